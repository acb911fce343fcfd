import { Button, Group, NativeSelect, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFileDownload, IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { nameProgram } from '../../sign-in/program-name.ts';
import { call } from '../api/client.ts';
import { keys } from '../api/queries.ts';
import type { AuditLine, Organisation } from '../api/shapes.ts';
import { SignedIn } from '../layout/signed-in.tsx';
import { happeningGroups, sayHappening } from '../parts/happenings.ts';
import { Heading } from '../parts/heading.tsx';
import { Instant } from '../parts/instant.tsx';
import { ForOrganisation } from '../parts/organisation-choice.tsx';
import { Panel } from '../parts/panel.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import classes from './organisation/organisation.module.css';

/** Rows fetched at a time. */
const pageRows = 50;

/** Admin > Audit log. */
export const AuditPage = () => (
  <SignedIn>
    {() => (
      <Stack gap="xl">
        <div>
          <Heading title="Audit log" />
          <Text c="dimmed" mt={4}>
            What happened in the organisation, and how its users signed in.
          </Text>
        </div>
        <ForOrganisation>
          {(organisation, choice) => <Log key={organisation.id} organisation={organisation} choice={choice} />}
        </ForOrganisation>
      </Stack>
    )}
  </SignedIn>
);

const filterOf = (q: string, kind: string) =>
  new URLSearchParams(Object.entries({ q, kind }).filter(([, value]) => value));

function Log({ organisation, choice }: { organisation: Organisation; choice: ReactNode }) {
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), 250);
  const [kind, setKind] = useState('');
  const path = `/organisations/${organisation.id}/audit`;
  const filter = filterOf(q, kind);
  const reads = organisation.rights.includes('audit.read');
  const log = useInfiniteQuery({
    queryKey: [...keys.audit, organisation.id, filter.toString()],
    queryFn: ({ signal, pageParam }) =>
      call<{ lines: AuditLine[]; next?: number }>(
        'GET',
        `${path}?limit=${pageRows}${pageParam ? `&before=${pageParam}` : ''}&${filter}`,
        { signal },
      ),
    enabled: reads,
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });
  if (!reads) {
    return (
      <>
        {choice}
        <Panel>
          <Text c="dimmed">Only Super Admins read the audit log of {organisation.name}.</Text>
        </Panel>
      </>
    );
  }
  const lines = log.data?.pages.flatMap((page) => page.lines);
  return (
    <>
      {choice}
      <search>
        <Group align="flex-end" gap="md">
          <TextInput
            label="Search"
            type="search"
            placeholder="Person, address, name …"
            leftSection={<IconSearch size={18} aria-hidden />}
            maxLength={100}
            w={{ base: '100%', xs: 320 }}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <NativeSelect
            label="What"
            size="md"
            w={{ base: '100%', xs: 260 }}
            value={kind}
            data={happeningGroups}
            onChange={(event) => setKind(event.currentTarget.value)}
          />
          <Button
            component="a"
            href={`/api/v1${path}?format=ndjson&${filterOf(typed.trim(), kind)}`}
            download="audit.ndjson"
            variant="default"
            leftSection={<IconFileDownload size={18} aria-hidden />}
          >
            Download as NDJSON
          </Button>
        </Group>
      </search>
      <Panel labelledBy="audit-title">
        <Title order={2} id="audit-title">
          {organisation.name}
        </Title>
        <ProblemNote error={log.error && !lines && log.error} onRetry={log.refetch} mt="md" />
        {lines ? (
          <ul className={classes.rows}>
            {lines.map((line) => (
              <li key={line.id}>
                <div className={classes.text}>
                  <div className={classes.name}>{sayHappening(line)}</div>
                  <div className={classes.facts}>
                    {line.who && <span>{line.who.email}</span>}
                    {line.userAgent && <span>{nameProgram(line.userAgent)}</span>}
                    {line.address && <span>{line.address}</span>}
                    <span>
                      <Instant at={line.at} as="full" />
                    </span>
                  </div>
                </div>
              </li>
            ))}
          </ul>
        ) : (
          !log.error && <Skeleton height={120} mt="md" aria-busy="true" />
        )}
        {lines?.length === 0 && <Text c="dimmed">Nothing fits. Take a word away, or choose everything.</Text>}
        {log.hasNextPage && (
          <Button
            variant="default"
            size="sm"
            mt="md"
            loading={log.isFetchingNextPage}
            onClick={() => log.fetchNextPage()}
          >
            Show older
          </Button>
        )}
      </Panel>
    </>
  );
}
