import { Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import { keys, useCovers, useSignOut } from '../api/queries.ts';
import { Instant } from '../parts/instant.tsx';
import { Fault } from '../parts/notice.tsx';
import { ToneBadge } from '../parts/tone-badge.tsx';
import type { SessionInfo } from '../wire.ts';
import { browserName } from './browser-name.ts';
import classes from './settings.module.css';

/** Where one is signed in, and a way to end it there; administrators see everybody's. */
export function Sessions() {
  const client = useQueryClient();
  const admin = useCovers('admin');
  const sessions = useQuery({
    queryKey: keys.sessions,
    queryFn: ({ signal }) => call<{ sessions: SessionInfo[] }>('sessions', { signal }).then((body) => body.sessions),
    refetchInterval: 30_000,
  });
  const end = useMutation({
    mutationFn: (id: string) => call(`sessions/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.sessions }),
  });
  const signOut = useSignOut();
  const newestFirst = sessions.data?.toSorted(
    (a, b) => Number(b.current) - Number(a.current) || Date.parse(b.lastSeenAt) - Date.parse(a.lastSeenAt),
  );
  return (
    <section className={`card ${classes.panel}`} aria-labelledby="sessions">
      <Group justify="space-between" align="flex-start" mb="sm">
        <div style={{ flex: '1 1 18rem' }}>
          <Title order={2} id="sessions">
            Sessions
          </Title>
          <Text size="sm" c="dimmed" mt={4}>
            {admin
              ? 'Everybody who is signed in to this gateway. Ending a session takes effect at once.'
              : 'Everywhere you are signed in to this gateway. Ending a session takes effect at once.'}
          </Text>
        </div>
      </Group>
      {(sessions.error ?? end.error) && (
        <Fault error={sessions.error ?? end.error} onRetry={() => sessions.refetch()} />
      )}
      {!newestFirst ? (
        !sessions.error && (
          <Stack gap="sm" aria-busy="true">
            <Skeleton height={48} />
            <Skeleton height={48} />
          </Stack>
        )
      ) : (
        <ul className={classes.list}>
          {newestFirst.map((session) => (
            <li key={session.id}>
              <div>
                <Group gap="xs">
                  <Text fw={600} size="sm">
                    {admin ? session.name : browserName(session.userAgent)}
                  </Text>
                  {session.current && <ToneBadge tone="good">This one</ToneBadge>}
                  {session.remote && <ToneBadge tone="note">Remote</ToneBadge>}
                </Group>
                <Text size="xs" c="dimmed">
                  {admin && `${browserName(session.userAgent)} · `}
                  {session.remote ? 'through the cloud' : session.address} · signed in{' '}
                  <Instant at={session.startedAt} /> · last used <Instant at={session.lastSeenAt} />
                </Text>
              </div>
              <Button
                variant="default"
                size="compact-sm"
                aria-label={session.current ? 'Sign out here' : `End the session of ${session.name}`}
                loading={end.isPending && end.variables === session.id}
                onClick={() => (session.current ? signOut.mutate() : end.mutate(session.id))}
              >
                {session.current ? 'Sign out' : 'End'}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
