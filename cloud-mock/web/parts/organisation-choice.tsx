import { NativeSelect, Skeleton, Stack } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useOrganisations } from '../api/queries.ts';
import type { Organisation } from '../api/shapes.ts';
import { ProblemNote } from './problem-note.tsx';

/** The organisation a page is about: the one there is, or the one that was chosen last in this window. */
export function ForOrganisation({ children }: { children(organisation: Organisation, choice: ReactNode): ReactNode }) {
  const { data, error, refetch } = useOrganisations();
  const [chosen, choose] = useSessionStorage({ key: 'vigil-organisation', defaultValue: '' });
  if (!data) {
    if (error) return <ProblemNote error={error} onRetry={refetch} title="Your organisations could not be listed" />;
    return (
      <Stack gap="md" aria-busy="true" aria-label="Loading">
        <Skeleton height={36} width={240} />
        <Skeleton height={132} radius={14} />
      </Stack>
    );
  }
  const organisation = data.find(({ id }) => id === chosen) ?? data[0];
  if (!organisation) return <ProblemNote error title="There is no organisation" />;
  const choice = data.length > 1 && (
    <NativeSelect
      label="Organisation"
      size="md"
      w={{ base: '100%', xs: 280 }}
      value={organisation.id}
      data={data.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(event) => choose(event.currentTarget.value)}
    />
  );
  return <>{children(organisation, choice)}</>;
}
