import { ActionIcon, Button, Group, Menu, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconDotsVertical, IconKey, IconPlus, IconShieldOff, IconTrash, IconUserCog } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { roleCovers } from '../../people/roles.ts';
import { call } from '../api/call.ts';
import { keys, useSession } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Instant } from '../parts/instant.tsx';
import { Fault } from '../parts/notice.tsx';
import { roleName } from '../parts/role.ts';
import type { LocalUser, Member } from '../wire.ts';
import classes from './settings.module.css';
import { AddUser, ChangeRole, SetPassword } from './user-dialogs.tsx';

type Asked = { what: 'role' | 'password' | 'second-factor' | 'remove'; user: LocalUser };

/** Local accounts of this gateway, and the TP-Link IDs the cloud lets in. */
export function Users() {
  const users = useQuery({
    queryKey: keys.users,
    queryFn: ({ signal }) => call<{ users: LocalUser[]; members: Member[] }>('users', { signal }),
  });
  const { data: me } = useSession();
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<Asked>();
  const askedFor = (what: Asked['what']) => (asked?.what === what ? asked.user : undefined);
  const close = () => setAsked(undefined);
  return (
    <div className={classes.columns}>
      <section className={`card ${classes.panel}`} aria-labelledby="local-users">
        <Group justify="space-between" align="flex-start" mb="sm">
          <div style={{ flex: '1 1 18rem' }}>
            <Title order={2} id="local-users">
              Local users
            </Title>
            <Text size="sm" c="dimmed" mt={4}>
              Accounts of this gateway itself. They sign in on its own network only.
            </Text>
          </div>
          <Button leftSection={<IconPlus size={18} />} onClick={() => setAdding(true)}>
            Add user
          </Button>
        </Group>
        {users.error ? (
          <Fault error={users.error} onRetry={() => users.refetch()} />
        ) : !users.data ? (
          <Stack gap="sm" aria-busy="true">
            <Skeleton height={44} />
            <Skeleton height={44} />
          </Stack>
        ) : (
          <ul className={classes.list}>
            {users.data.users.map((user) => (
              <li key={user.id}>
                <div>
                  <Text fw={600} size="sm">
                    {user.name}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {roleName(user.role)} · {user.secondFactor ? 'two-factor on' : 'no second factor'} · added{' '}
                    <Instant at={user.createdAt} show="absolute" />
                  </Text>
                </div>
                {me && roleCovers(me.role, user.role) && (
                  <UserActions
                    user={user}
                    self={user.name === me.name && me.via === 'local'}
                    onAsk={(what) => setAsked({ what, user })}
                  />
                )}
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className={`card ${classes.panel}`} aria-labelledby="members">
        <Title order={2} id="members">
          TP-Link IDs
        </Title>
        <Text size="sm" c="dimmed" mt={4} mb="sm">
          The owner and members as the cloud lists them, once Cloud Access is bound. They are invited and removed there.
        </Text>
        {users.data && users.data.members.length === 0 && <Text size="sm">None.</Text>}
        <ul className={classes.list}>
          {users.data?.members.map((member) => (
            <li key={member.email}>
              <div>
                <Text fw={600} size="sm">
                  {member.name}
                </Text>
                <Text size="xs" c="dimmed">
                  {member.email} · {roleName(member.role)}
                </Text>
              </div>
            </li>
          ))}
        </ul>
      </section>
      <AddUser opened={adding} onClose={() => setAdding(false)} />
      <ChangeRole user={askedFor('role')} onClose={close} />
      <SetPassword user={askedFor('password')} onClose={close} />
      <ForgetSecondFactor user={askedFor('second-factor')} onClose={close} />
      <RemoveUser user={askedFor('remove')} onClose={close} />
    </div>
  );
}

const UserActions = ({
  user,
  self,
  onAsk,
}: {
  user: LocalUser;
  self: boolean;
  onAsk: (what: Asked['what']) => void;
}) => (
  <Menu position="bottom-end" shadow="md">
    <Menu.Target>
      <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${user.name}`}>
        <IconDotsVertical size={18} />
      </ActionIcon>
    </Menu.Target>
    <Menu.Dropdown>
      <Menu.Item leftSection={<IconUserCog size={16} />} onClick={() => onAsk('role')}>
        Change role
      </Menu.Item>
      <Menu.Item leftSection={<IconKey size={16} />} onClick={() => onAsk('password')}>
        Set password
      </Menu.Item>
      {user.secondFactor && !self && (
        <Menu.Item leftSection={<IconShieldOff size={16} />} onClick={() => onAsk('second-factor')}>
          Turn two-factor off
        </Menu.Item>
      )}
      <Menu.Divider />
      <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => onAsk('remove')}>
        Remove
      </Menu.Item>
    </Menu.Dropdown>
  </Menu>
);

function ForgetSecondFactor({ user, onClose }: { user: LocalUser | undefined; onClose: () => void }) {
  const client = useQueryClient();
  const off = useMutation({
    mutationFn: (id: string) => call(`users/${encodeURIComponent(id)}/second-factor`, { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.users }),
  });
  const close = () => {
    off.reset();
    onClose();
  };
  return (
    <Confirm
      opened={user !== undefined}
      title={`Turn two-factor off for ${user?.name ?? ''}?`}
      action="Turn off"
      busy={off.isPending}
      error={off.error}
      onClose={close}
      onConfirm={() => user && off.mutate(user.id, { onSuccess: close })}
    >
      For somebody who lost the phone. Their sessions end at once; the password alone signs them in until they turn it
      on again.
    </Confirm>
  );
}

function RemoveUser({ user, onClose }: { user: LocalUser | undefined; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (id: string) => call(`users/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.users }),
  });
  const close = () => {
    remove.reset();
    onClose();
  };
  return (
    <Confirm
      opened={user !== undefined}
      title={`Remove ${user?.name ?? ''}?`}
      action="Remove user"
      busy={remove.isPending}
      error={remove.error}
      onClose={close}
      onConfirm={() => user && remove.mutate(user.id, { onSuccess: close })}
    >
      The account is gone and its sessions end at once. What it did stays in the audit log.
    </Confirm>
  );
}
