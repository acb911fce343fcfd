import { Badge, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import { keys, useSignOut } from '../api/queries.ts';
import { Instant } from '../parts/instant.tsx';
import { Fault } from '../parts/notice.tsx';
import type { SessionInfo } from '../wire.ts';
import { browserName } from './browser-name.ts';
import classes from './settings.module.css';

/** Where my account is signed in, and a way to end it there. */
export function Sessions() {
  const client = useQueryClient();
  const sessions = useQuery({
    queryKey: keys.sessions,
    queryFn: ({ signal }) => call<{ sessions: SessionInfo[] }>('sessions', { signal }).then(({ sessions }) => sessions),
    refetchInterval: 30_000,
  });
  const end = useMutation({
    mutationFn: (id: string) => call(`sessions/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.sessions }),
  });
  const signOut = useSignOut();
  return (
    <section className={`card ${classes.panel}`} aria-labelledby="sessions">
      <Title order={2} id="sessions">
        My sessions
      </Title>
      <Text size="sm" c="dimmed" mt={4} mb="sm">
        Everywhere your account is signed in to this gateway. Ending a session takes effect at once.
      </Text>
      {(sessions.error ?? end.error) ? (
        <Fault error={sessions.error ?? end.error} onRetry={() => sessions.refetch()} />
      ) : !sessions.data ? (
        <Stack gap="sm" aria-busy="true">
          <Skeleton height={48} />
          <Skeleton height={48} />
        </Stack>
      ) : (
        <ul className={classes.list}>
          {sessions.data.map((session) => (
            <li key={session.id}>
              <div>
                <Group gap="xs">
                  <Text fw={600} size="sm">
                    {browserName(session.userAgent)}
                  </Text>
                  {session.current && (
                    <Badge color="green" tt="none">
                      This one
                    </Badge>
                  )}
                  {session.remote && (
                    <Badge color="grape" tt="none">
                      Remote
                    </Badge>
                  )}
                </Group>
                <Text size="xs" c="dimmed">
                  {session.remote ? 'through the cloud' : session.address} · signed in{' '}
                  <Instant at={session.createdAt} /> · last used <Instant at={session.lastSeenAt} />
                </Text>
              </div>
              <Button
                variant="default"
                size="compact-sm"
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
