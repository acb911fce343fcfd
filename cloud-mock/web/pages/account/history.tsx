import { Button, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { nameProgram } from '../../../sign-in/program-name.ts';
import { call } from '../../api/client.ts';
import { keys } from '../../api/queries.ts';
import type { HistoryRow } from '../../api/shapes.ts';
import { sayHappening } from '../../parts/happenings.ts';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import classes from './account.module.css';

/** Rows fetched at a time. */
const pageRows = 10;

export function History() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: keys.history,
    queryFn: ({ signal, pageParam }) =>
      call<{ history: HistoryRow[]; next?: number }>(
        'GET',
        `/history?limit=${pageRows}${pageParam ? `&before=${pageParam}` : ''}`,
        { signal },
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    refetchInterval: 15_000,
  });
  const rows = data?.pages.flatMap((page) => page.history);
  return (
    <Panel id="history" labelledBy="history-title">
      <Title order={2} id="history-title">
        Sign-in history
      </Title>
      <Text c="dimmed" mt={4}>
        What happened to this TP-Link ID, newest first.
      </Text>
      <ProblemNote error={error && !data && error} onRetry={refetch} mt="md" />
      {rows ? (
        <ul className={classes.rows}>
          {rows.map((row) => (
            <li key={row.id}>
              <div className={classes.rowText}>
                <div className={classes.rowName}>{sayHappening(row)}</div>
                <div className={classes.rowFacts}>
                  {row.userAgent && <span>{nameProgram(row.userAgent)}</span>}
                  {row.address && <span>{row.address}</span>}
                </div>
              </div>
              <div className={classes.when}>
                <Instant at={row.at} />
              </div>
            </li>
          ))}
        </ul>
      ) : (
        !error && (
          <Stack gap="sm" mt="md" aria-busy="true">
            <Skeleton height={44} />
            <Skeleton height={44} />
            <Skeleton height={44} />
          </Stack>
        )
      )}
      {hasNextPage && (
        <Button variant="default" size="sm" mt="md" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
          Show older
        </Button>
      )}
    </Panel>
  );
}
