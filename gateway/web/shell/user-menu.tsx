import { Avatar, Menu, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconDevices, IconLogout } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useSignOut } from '../api/queries.ts';
import { roleName } from '../parts/role.ts';
import type { User } from '../wire.ts';
import classes from './shell.module.css';

export function UserMenu({ user }: { user: User }) {
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end" width={240} shadow="md">
      <Menu.Target>
        <UnstyledButton className={classes.user}>
          <VisuallyHidden>Account:</VisuallyHidden>
          <Avatar size={30} radius="xl" name={user.name} color="iris" aria-hidden />
          <span className={classes.userName}>{user.name}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div style={{ padding: '0.375rem 0.75rem 0.5rem' }}>
          <Text size="sm" fw={600} truncate>
            {user.name}
          </Text>
          {user.email && (
            <Text size="xs" c="dimmed" truncate>
              {user.email}
            </Text>
          )}
          <Text size="xs" c="dimmed">
            {roleName(user.role)} · {user.via === 'tplink' ? 'TP-Link ID' : 'local account'}
          </Text>
        </div>
        <Menu.Divider />
        <Menu.Item component={Link} href="/settings/sessions" leftSection={<IconDevices size={16} />}>
          Sessions
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
