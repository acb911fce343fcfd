import { Button, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import { keys } from '../../api/queries.ts';
import type { HistoryRow } from '../../api/shapes.ts';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { nameProgram } from '../../parts/program.ts';
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
                <div className={classes.rowName}>{sayKind(row)}</div>
                <div className={classes.rowFacts}>
                  <span>{nameProgram(row.userAgent)}</span>
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

const kinds: Record<string, string> = {
  signed_in: 'Signed in',
  'account.password_changed': 'Password changed',
  'account.registered': 'TP-Link ID created',
  'account.registration_refused': 'Somebody tried to register with your e-mail address',
  'elevation.made': 'Adding devices allowed by a fresh code',
  'elevation.redeemed': 'Devices added',
  'gateway.bound': 'VMS Local bound',
  'gateway.opened': 'VMS Local opened from outside',
  'gateway.refused': 'VMS Local denied',
  'gateway.unbound': 'VMS Local unbound',
  'recovery_codes.renewed': 'New recovery codes',
  'second_factor.locked': 'Codes locked after too many wrong ones',
  'second_factor.refused': 'Wrong code',
  'session.ended': 'Session ended',
  'session.others_ended': 'All other sessions ended',
  'sign_in.code_required': 'Right password; code asked for',
  'sign_in.refused': 'Wrong password',
  'terminal.approved': 'Program signed in by its code',
  'terminal.refused': 'Program denied',
  'terminal.trusted': 'Terminal trusted',
  'two_factor.confirm_refused': 'Wrong code while turning 2FA on',
  'two_factor.link_refused': 'Wrong password at the link that turns 2FA off',
  'two_factor.link_sent': 'Link to turn 2FA off sent by mail',
  'two_factor.turned_off': 'Two-factor authentication turned off',
  'two_factor.turned_on': 'Two-factor authentication turned on',
};

/** A kind this page does not know yet still reads as words: `device.paired` is "Device paired". */
const sayKind = ({ kind, detail }: HistoryRow) => {
  const words = kinds[kind] ?? kind.replaceAll(/[._]/g, ' ').replace(/^./, (first) => first.toUpperCase());
  return typeof detail?.name === 'string' ? `${words}: ${detail.name}` : words;
};
