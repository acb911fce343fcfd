import { ActionIcon, Button, Group, Modal, Skeleton, Stack, Text, TextInput, Title, Tooltip } from '@mantine/core';
import { IconPlus, IconTransfer, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError, call } from '../api/call.ts';
import { keys, useBrokerAccounts, useStatus } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Command, CopyButton } from '../parts/copy.tsx';
import { Instant } from '../parts/instant.tsx';
import { Empty, Fault, sentence } from '../parts/notice.tsx';
import classes from './settings.module.css';

/** Accounts by which other programs read events from the gateway's broker. */
export function BrokerAccounts() {
  const { data: accounts, error, refetch } = useBrokerAccounts();
  const { data: status } = useStatus();
  const [creating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<string>();
  const topic = `vigi/${status?.gatewayId ?? '<gateway>'}/event/#`;
  return (
    <div className={classes.columns}>
      <section className={`card ${classes.panel}`} aria-labelledby="broker-accounts">
        <Group justify="space-between" align="flex-start" mb="sm">
          <div style={{ flex: '1 1 18rem' }}>
            <Title order={2} id="broker-accounts">
              Broker accounts
            </Title>
            <Text size="sm" c="dimmed" mt={4}>
              For Home Assistant, Node-RED and the like: they read events, and nothing else.
            </Text>
          </div>
          <Button leftSection={<IconPlus size={18} />} onClick={() => setCreating(true)}>
            Create account
          </Button>
        </Group>
        {error ? (
          <Fault error={error} onRetry={() => refetch()} />
        ) : !accounts ? (
          <Stack gap="sm" aria-busy="true">
            <Skeleton height={44} />
            <Skeleton height={44} />
          </Stack>
        ) : accounts.length === 0 ? (
          <Empty icon={<IconTransfer size={30} stroke={1.5} />} title="No accounts yet">
            Create one for each program that should hear the events. Its password is made here and shown once.
          </Empty>
        ) : (
          <ul className={classes.list}>
            {accounts.map((account) => (
              <li key={account.name}>
                <div>
                  <Text fw={600} size="sm" className="mono">
                    {account.name}
                  </Text>
                  <Text size="xs" c="dimmed">
                    created <Instant at={account.createdAt} show="absolute" /> · last connected{' '}
                    <Instant at={account.lastSeenAt} />
                  </Text>
                </div>
                <Tooltip label="Remove">
                  <ActionIcon
                    variant="subtle"
                    color="red"
                    aria-label={`Remove ${account.name}`}
                    onClick={() => setRemoving(account.name)}
                  >
                    <IconTrash size={18} />
                  </ActionIcon>
                </Tooltip>
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className={`card ${classes.panel}`} aria-labelledby="broker-topics">
        <Title order={2} id="broker-topics" mb="xs">
          What to subscribe to
        </Title>
        <Stack gap="sm">
          <Text size="sm">
            Events of all cameras; each message is JSON with <code>kind</code>, <code>active</code>,{' '}
            <code>occurredAt</code> and <code>camera</code>:
          </Text>
          <Command value={topic} label="Copy the topic" />
          <Text size="sm">Home Assistant finds the cameras by itself through its discovery topics:</Text>
          <Command value="homeassistant/#" label="Copy the topic" />
          <Text size="sm" c="dimmed">
            Connect with MQTT 3.1.1 to this gateway: port 1883 on the machine itself, port 8883 with TLS from elsewhere,
            unless other ports were chosen at start.
          </Text>
        </Stack>
      </section>
      <CreateAccount opened={creating} topic={topic} onClose={() => setCreating(false)} />
      <RemoveAccount name={removing} onClose={() => setRemoving(undefined)} />
    </div>
  );
}

interface CreateAccountProps {
  opened: boolean;
  topic: string;
  onClose: () => void;
}

function CreateAccount({ opened, topic, onClose }: CreateAccountProps) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: () =>
      call<{ name: string; password: string }>('broker-accounts', { method: 'POST', body: { name: name.trim() } }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.brokerAccounts }),
  });
  const made = create.data;
  const code = create.error instanceof ApiError ? create.error.code : undefined;
  const beside =
    code === 'broker_account_exists' || code === 'body_invalid' ? sentence(create.error!.message) : undefined;
  const close = () => {
    onClose();
    setName('');
    create.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={made ? 'Account created' : 'Create broker account'}
      closeButtonProps={{ 'aria-label': 'Close' }}
      closeOnClickOutside={!made}
      closeOnEscape={!made}
    >
      {made ? (
        <Stack>
          <Text size="sm">
            The password of <b>{made.name}</b> is shown now and never again:
          </Text>
          <div className={classes.secret}>
            <span data-testid="broker-password">{made.password}</span>
            <CopyButton value={made.password} label="Copy password" />
          </div>
          <Text size="sm">To try it out on this machine:</Text>
          <Command value={`mosquitto_sub -p 1883 -u ${made.name} -P '${made.password}' -t '${topic}' -v`} />
          <Group justify="flex-end">
            <Button onClick={close}>I have kept it</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack>
            {create.error && !beside && <Fault error={create.error} />}
            <TextInput
              label="Name"
              description="Letters, digits, dot, dash and underscore: the MQTT user name"
              placeholder="home-assistant"
              required
              data-autofocus
              maxLength={64}
              pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
              title="Letters, digits, dot, dash and underscore"
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              value={name}
              error={beside}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
                Create
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function RemoveAccount({ name, onClose }: { name: string | undefined; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (account: string) => call(`broker-accounts/${encodeURIComponent(account)}`, { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.brokerAccounts }),
  });
  const close = () => {
    onClose();
    remove.reset();
  };
  return (
    <Confirm
      opened={name !== undefined}
      title={`Remove ${name ?? ''}?`}
      action="Remove account"
      busy={remove.isPending}
      error={remove.error}
      onClose={close}
      onConfirm={() => name && remove.mutate(name, { onSuccess: close })}
    >
      Programs that use this account are disconnected at once and hear no more events.
    </Confirm>
  );
}
