import { Button, Text, ThemeIcon, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDeviceMobileCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import { keys } from '../../api/queries.ts';
import type { Terminal } from '../../api/shapes.ts';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import classes from './account.module.css';

export const useTerminals = () =>
  useQuery({
    queryKey: keys.terminals,
    queryFn: ({ signal }) =>
      call<{ terminals: Terminal[] }>('GET', '/terminals', { signal }).then((answer) => answer.terminals),
  });

/** Terminals that an App was told to trust; most accounts have none, and then there is nothing to show. */
export function Terminals() {
  const client = useQueryClient();
  const { data } = useTerminals();
  const forget = useMutation({
    mutationFn: (id: string) => call<void>('DELETE', `/terminals/${encodeURIComponent(id)}`),
    onSuccess: () => notifications.show({ message: 'The terminal is asked for a code again.' }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.terminals }),
  });
  if (!data?.length) return null;
  return (
    <Panel id="terminals" labelledBy="terminals-title">
      <Title order={2} id="terminals-title">
        Trusted terminals
      </Title>
      <Text c="dimmed" mt={4}>
        They sign in with the password alone until their time is over.
      </Text>
      <ProblemNote error={forget.error} mt="md" />
      <ul className={classes.rows}>
        {data.map((terminal) => (
          <li key={terminal.id}>
            <ThemeIcon variant="light" color="gray" size={40} radius={11} aria-hidden>
              <IconDeviceMobileCheck size={22} stroke={1.7} />
            </ThemeIcon>
            <div className={classes.rowText}>
              <div className={classes.rowName}>{terminal.name}</div>
              <div className={classes.rowFacts}>
                <span>
                  Last used <Instant at={terminal.lastUsedAt} />
                </span>
                <span>
                  Trusted until <Instant at={terminal.expiresAt} as="day" />
                </span>
              </div>
            </div>
            <Button
              size="sm"
              variant="default"
              loading={forget.isPending && forget.variables === terminal.id}
              onClick={() => forget.mutate(terminal.id)}
              aria-label={`Forget ${terminal.name}`}
            >
              Forget
            </Button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
