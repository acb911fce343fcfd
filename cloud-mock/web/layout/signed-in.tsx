import { Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Redirect } from 'wouter';
import { useSession } from '../api/queries.ts';
import type { SessionInfo } from '../api/shapes.ts';
import { Heading } from '../parts/heading.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { Frame } from './frame.tsx';

interface Props {
  width?: 'wide' | 'narrow';
  children(session: SessionInfo): ReactNode;
}

/** A page for a signed-in person: everybody else signs in first and comes back. */
export function SignedIn({ width, children }: Props) {
  const { data, error, refetch } = useSession();
  if (data === null) {
    const here = `${window.location.pathname}${window.location.search}${window.location.hash}`;
    return <Redirect to={here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`} replace />;
  }
  return (
    <Frame width={width}>
      {data ? (
        children(data)
      ) : error ? (
        <Stack gap="lg">
          <Heading title="Not to be had just now" />
          <ProblemNote error={error} onRetry={refetch} />
        </Stack>
      ) : (
        <Stack gap="lg" aria-busy="true" aria-label="Loading">
          <Skeleton height={36} width={240} />
          <Skeleton height={132} radius={14} />
          <Skeleton height={132} radius={14} />
        </Stack>
      )}
    </Frame>
  );
}
