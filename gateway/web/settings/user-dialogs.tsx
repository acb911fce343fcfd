import { Button, Group, Modal, Radio, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type Role, roleCovers, roles } from '../../people/roles.ts';
import { ApiError, call } from '../api/call.ts';
import { keys, useSession } from '../api/queries.ts';
import { isFit, NewPassword } from '../parts/new-password.tsx';
import { Fault, sentence } from '../parts/notice.tsx';
import { roleMeaning, roleName } from '../parts/role.ts';
import type { LocalUser } from '../wire.ts';

const closeButtonProps = { 'aria-label': 'Close' };

interface UserDialogProps {
  user: LocalUser | undefined;
  onClose: () => void;
}

/** Change something about users and read them again. */
function useChange<V>(change: (input: V) => Promise<unknown>, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      client.invalidateQueries({ queryKey: keys.users });
      onDone();
    },
  });
}

function RoleChoice({ value, onChange }: { value: Role; onChange: (role: Role) => void }) {
  const { data: me } = useSession();
  return (
    <Radio.Group label="Role" value={value} onChange={(role) => onChange(role as Role)}>
      <Stack gap="xs" mt={6}>
        {roles
          .filter((role) => me && roleCovers(me.role, role))
          .map((role) => (
            <Radio key={role} value={role} label={roleName(role)} description={roleMeaning[role]} />
          ))}
      </Stack>
    </Radio.Group>
  );
}

const Buttons = ({
  action,
  busy,
  disabled,
  onClose,
}: {
  action: string;
  busy: boolean;
  disabled?: boolean;
  onClose: () => void;
}) => (
  <Group justify="flex-end">
    <Button variant="default" onClick={onClose}>
      Cancel
    </Button>
    <Button type="submit" loading={busy} disabled={disabled}>
      {action}
    </Button>
  </Group>
);

export const AddUser = ({ opened, onClose }: { opened: boolean; onClose: () => void }) => (
  <Modal opened={opened} onClose={onClose} title="Add user" closeButtonProps={closeButtonProps}>
    {opened && <AddUserForm onClose={onClose} />}
  </Modal>
);

function AddUserForm({ onClose }: { onClose: () => void }) {
  const [username, setUsername] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const add = useChange(
    () => call('users', { method: 'POST', body: { username: username.trim(), password, role } }),
    onClose,
  );
  const fault = add.error instanceof ApiError ? add.error : undefined;
  const atName = fault?.code === 'user_exists' || fault?.code === 'body_invalid' ? sentence(fault.message) : undefined;
  const atPassword = fault?.code === 'password_unfit' ? sentence(fault.message) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {add.error && !atName && !atPassword && <Fault error={add.error} />}
        <TextInput
          label="User name"
          description="Letters, digits, dot, dash and underscore"
          required
          data-autofocus
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          value={username}
          error={atName}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <NewPassword
          username={username}
          password={password}
          again={again}
          error={atPassword}
          onPassword={setPassword}
          onAgain={setAgain}
        />
        <RoleChoice value={role} onChange={setRole} />
        <Buttons
          action="Add user"
          busy={add.isPending}
          disabled={username.trim() === '' || !isFit(password, again, username)}
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}

export const ChangeRole = ({ user, onClose }: UserDialogProps) => (
  <Modal
    opened={user !== undefined}
    onClose={onClose}
    title={`Role of ${user?.name ?? ''}`}
    closeButtonProps={closeButtonProps}
  >
    {user && <ChangeRoleForm user={user} onClose={onClose} />}
  </Modal>
);

function ChangeRoleForm({ user, onClose }: { user: LocalUser; onClose: () => void }) {
  const [role, setRole] = useState(user.role);
  const change = useChange(
    () => call(`users/${encodeURIComponent(user.id)}`, { method: 'PATCH', body: { role } }),
    onClose,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(undefined);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {change.error && <Fault error={change.error} />}
        <RoleChoice value={role} onChange={setRole} />
        <Buttons action="Save" busy={change.isPending} disabled={role === user.role} onClose={onClose} />
      </Stack>
    </form>
  );
}

export const SetPassword = ({ user, onClose }: UserDialogProps) => (
  <Modal
    opened={user !== undefined}
    onClose={onClose}
    title={`New password for ${user?.name ?? ''}`}
    closeButtonProps={closeButtonProps}
  >
    {user && <SetPasswordForm user={user} onClose={onClose} />}
  </Modal>
);

function SetPasswordForm({ user, onClose }: { user: LocalUser; onClose: () => void }) {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const change = useChange(
    () => call(`users/${encodeURIComponent(user.id)}`, { method: 'PATCH', body: { password } }),
    onClose,
  );
  const unfit =
    change.error instanceof ApiError && change.error.code === 'password_unfit'
      ? sentence(change.error.message)
      : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(undefined);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {change.error && !unfit && <Fault error={change.error} />}
        <NewPassword
          username={user.name}
          password={password}
          again={again}
          error={unfit}
          onPassword={setPassword}
          onAgain={setAgain}
        />
        <Buttons
          action="Set password"
          busy={change.isPending}
          disabled={!isFit(password, again, user.name)}
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}
