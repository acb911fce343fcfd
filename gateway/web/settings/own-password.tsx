import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError, call } from '../api/call.ts';
import { keys, useSecondFactor, useSession } from '../api/queries.ts';
import { CodeField, isCode } from '../parts/code-field.tsx';
import { isFit, NewPassword } from '../parts/new-password.tsx';
import { Fault, sentence } from '../parts/notice.tsx';
import { PasswordField } from '../parts/password-field.tsx';

export const OwnPassword = ({ opened, onClose }: { opened: boolean; onClose: () => void }) => (
  <Modal opened={opened} onClose={onClose} title="Change my password" closeButtonProps={{ 'aria-label': 'Close' }}>
    {opened && <OwnPasswordForm onDone={onClose} />}
  </Modal>
);

function OwnPasswordForm({ onDone }: { onDone: () => void }) {
  const client = useQueryClient();
  const { data: user } = useSession();
  const username = user?.name ?? '';
  const [currentPassword, setCurrentPassword] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [code, setCode] = useState('');
  const { data: secondFactor = false } = useSecondFactor();
  const change = useMutation({
    mutationFn: () =>
      call('auth/password', {
        method: 'POST',
        body: { currentPassword, password, ...(secondFactor ? { code } : {}) },
      }),
    onSuccess: () => {
      client.invalidateQueries({ queryKey: keys.sessions });
      notifications.show({ color: 'green', message: 'Your password was changed; your other sessions have ended.' });
      onDone();
    },
  });
  const fault = change.error instanceof ApiError ? change.error : undefined;
  const wrong = fault?.code === 'wrong_credentials' ? sentence(fault.message) : undefined;
  const unfit = fault?.code === 'password_unfit' ? sentence(fault.message) : undefined;
  const atCode = fault?.code === 'code_wrong' ? sentence(fault.message) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm" c="dimmed">
          Your other sessions end; this one stays.
        </Text>
        {change.error && !wrong && !unfit && !atCode && <Fault error={change.error} />}
        {/* For password managers. */}
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
        <PasswordField
          label="Current password"
          autoComplete="current-password"
          required
          data-autofocus
          value={currentPassword}
          error={wrong}
          onChange={(event) => setCurrentPassword(event.currentTarget.value)}
        />
        {secondFactor && <CodeField value={code} error={atCode} onChange={setCode} />}
        <NewPassword
          label="New password"
          username={username}
          password={password}
          again={again}
          error={unfit}
          onPassword={setPassword}
          onAgain={setAgain}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={change.isPending}
            disabled={!isFit(password, again, username) || currentPassword === '' || (secondFactor && !isCode(code))}
          >
            Change password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
