import { Badge, Button, Group, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconBrowser, IconDeviceMobile, IconTerminal2 } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { nameProgram } from '../../../sign-in/program-name.ts';
import { call } from '../../api/client.ts';
import { keys } from '../../api/queries.ts';
import type { SessionRow } from '../../api/shapes.ts';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import classes from './account.module.css';

export function Sessions() {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: keys.sessions,
    queryFn: ({ signal }) => call<{ sessions: SessionRow[] }>('GET', '/sessions', { signal }).then((a) => a.sessions),
    refetchInterval: 15_000,
  });
  const end = useMutation({
    mutationFn: (id: string | undefined) =>
      call<void>('DELETE', id ? `/sessions/${encodeURIComponent(id)}` : '/sessions'),
    onSuccess(_, id) {
      notifications.show({ message: id ? 'The session has ended.' : 'All other sessions have ended.' });
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.sessions }),
  });
  const others = data?.filter((row) => !row.current).length ?? 0;
  return (
    <Panel id="sessions" labelledBy="sessions-title">
      <Group justify="space-between" gap="sm">
        <Title order={2} id="sessions-title">
          Sessions
        </Title>
        <Button
          size="sm"
          variant="default"
          disabled={others === 0}
          loading={end.isPending && end.variables === undefined}
          onClick={() => end.mutate(undefined)}
        >
          End all others
        </Button>
      </Group>
      <Text c="dimmed" mt={4}>
        Where your TP-Link ID is signed in now.
      </Text>
      <ProblemNote error={error && !data && error} onRetry={refetch} mt="md" />
      <ProblemNote error={end.error} mt="md" />
      {data ? (
        <ul className={classes.rows}>
          {data.map((row) => (
            <Row
              key={row.id}
              row={row}
              ending={end.isPending && end.variables === row.id}
              onEnd={() => end.mutate(row.id)}
            />
          ))}
        </ul>
      ) : (
        !error && (
          <Stack gap="sm" mt="md" aria-busy="true">
            <Skeleton height={48} />
            <Skeleton height={48} />
          </Stack>
        )
      )}
    </Panel>
  );
}

const iconOf = (row: SessionRow) => {
  if (row.kind === 'app') return IconDeviceMobile;
  return /Mozilla/.test(row.userAgent ?? '') ? IconBrowser : IconTerminal2;
};

/** What a session is called whose program did not say. */
const kindNames: Record<string, string> = { web: 'Browser', app: 'App', terminal: 'Program in a terminal' };

/** How sure the cloud is of who it is. */
function sayAmr(amr: string[]): string {
  if (amr.includes('recovery')) return 'Password and recovery code';
  if (amr.includes('otp')) return 'Password and code';
  return amr.includes('trusted') ? 'Password, trusted terminal' : 'Password only';
}

function Row({ row, ending, onEnd }: { row: SessionRow; ending: boolean; onEnd(): void }) {
  const Icon = iconOf(row);
  const name = nameProgram(row.userAgent, kindNames[row.kind]);
  return (
    <li>
      <ThemeIcon variant="light" color={row.current ? 'dusk' : 'gray'} size={40} radius={11} aria-hidden>
        <Icon size={22} stroke={1.7} />
      </ThemeIcon>
      <div className={classes.rowText}>
        <div className={classes.rowName}>
          {name}
          {row.current && (
            <Badge variant="light" tt="none" size="md">
              This session
            </Badge>
          )}
        </div>
        <div className={classes.rowFacts}>
          <span>{sayAmr(row.amr)}</span>
          {row.address && <span>{row.address}</span>}
          <span>
            Signed in <Instant at={row.authenticatedAt} />
          </span>
          {!row.current && row.lastSeenAt && (
            <span>
              Last used <Instant at={row.lastSeenAt} />
            </span>
          )}
        </div>
      </div>
      {!row.current && (
        <Button size="sm" variant="default" loading={ending} onClick={onEnd} aria-label={`End the session of ${name}`}>
          End
        </Button>
      )}
    </li>
  );
}
