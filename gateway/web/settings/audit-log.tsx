import { Button, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import { keys } from '../api/queries.ts';
import { Instant } from '../parts/instant.tsx';
import { Fault } from '../parts/notice.tsx';
import type { AuditEntry } from '../wire.ts';
import classes from './settings.module.css';

const pageSize = 100;

const detailText = (details: unknown) =>
  typeof details === 'object' && details !== null
    ? Object.entries(details)
        .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(', ')
    : '';

/** Who did what, newest first. */
export function AuditLog() {
  const log = useInfiniteQuery({
    queryKey: keys.audit,
    queryFn: ({ pageParam, signal }) =>
      call<{ entries: AuditEntry[]; next?: number }>(
        `audit?limit=${pageSize}${pageParam === undefined ? '' : `&before=${pageParam}`}`,
        { signal },
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next,
  });
  const entries = log.data?.pages.flatMap((page) => page.entries);
  return (
    <section className={`card ${classes.panel}`} aria-labelledby="audit">
      <Title order={2} id="audit" mb="sm">
        Audit log
      </Title>
      {log.error ? (
        <Fault error={log.error} onRetry={() => log.refetch()} />
      ) : !entries ? (
        <Stack gap="sm" aria-busy="true">
          <Skeleton height={28} />
          <Skeleton height={28} />
          <Skeleton height={28} />
        </Stack>
      ) : entries.length === 0 ? (
        <Text size="sm">Nothing yet.</Text>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reachable by keyboard
        <section className={classes.tableWrap} tabIndex={0} aria-label="Entries">
          <Table verticalSpacing={6} fz="sm" className={classes.entries}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>Who</Table.Th>
                <Table.Th>From</Table.Th>
                <Table.Th>Details</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map((entry) => (
                <Table.Tr key={entry.id}>
                  <Table.Td>
                    <Instant at={entry.at} show="absolute" />
                  </Table.Td>
                  <Table.Td className="mono">{entry.action}</Table.Td>
                  <Table.Td title={entry.actor}>{entry.who ?? entry.actor}</Table.Td>
                  <Table.Td className="mono">{entry.address}</Table.Td>
                  <Table.Td c="dimmed">{detailText(entry.details)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      )}
      {log.hasNextPage && (
        <Button variant="subtle" mt="sm" loading={log.isFetchingNextPage} onClick={() => log.fetchNextPage()}>
          Load older
        </Button>
      )}
    </section>
  );
}
