import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { call, isApiError } from '../../api/client.ts';
import type { Account } from '../../api/shapes.ts';
import { CodeField } from '../../parts/code-field.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { LockedOut } from '../sign-in/password-step.tsx';

interface Props {
  opened: boolean;
  account: Account;
  onClose(): void;
}

export const DisableDialog = ({ opened, account, onClose }: Props) => (
  <Dialog opened={opened} onClose={onClose} title="Turn off Two-Factor Authentication?" keepOnClickOutside>
    <DisableForm account={account} onClose={onClose} />
  </Dialog>
);

function DisableForm({ account, onClose }: { account: Account; onClose(): void }) {
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [faults, setFaults] = useState<{ password?: string; code?: string }>({});
  const passwordField = useRef<HTMLInputElement>(null);
  const codeField = useRef<HTMLInputElement>(null);
  const disable = useMutation({
    mutationFn: () => call<void>('POST', '/two-factor/disable', { body: { password, code } }),
    onSuccess() {
      onClose();
      notifications.show({ message: 'Two-factor authentication is off. Your password alone signs you in.' });
      client.invalidateQueries();
    },
    onError(error) {
      if (isApiError(error, 'wrong_code')) {
        setCode('');
        codeField.current?.focus();
      } else {
        passwordField.current?.select();
      }
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (disable.isPending) return;
    const next = {
      password: password ? undefined : 'Enter your password.',
      code: code.length === 6 ? undefined : 'Enter all 6 digits.',
    };
    setFaults(next);
    if (next.password) passwordField.current?.focus();
    else if (next.code) codeField.current?.focus();
    else disable.mutate();
  };
  const error = disable.error;
  const wrongPassword = isApiError(error, 'wrong_credentials');
  const wrongCode = isApiError(error, 'wrong_code');
  const lockedOut = isApiError(error, 'locked_out') ? error : undefined;
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text>
          Your password alone will sign you in, and Config Tool can no longer add cameras to a VMS with this TP-Link ID.
          All other sessions end.
        </Text>
        {lockedOut && <LockedOut seconds={Number(lockedOut.details.retryAfterSeconds)} onOver={disable.reset} />}
        {!wrongPassword && !wrongCode && !lockedOut && <ProblemNote error={error} />}
        <input type="text" autoComplete="username" value={account.email} readOnly hidden />
        <PasswordInput
          ref={passwordField}
          label="TP-Link ID password"
          autoComplete="current-password"
          data-autofocus
          value={password}
          errorProps={{ role: 'alert' }}
          error={faults.password ?? (wrongPassword && 'That is not the password of this TP-Link ID.')}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
            setFaults({});
            if (error) disable.reset();
          }}
        />
        <CodeField
          ref={codeField}
          value={code}
          onChange={(next) => {
            setCode(next);
            setFaults({});
            if (next && error) disable.reset();
          }}
          description="A fresh one from your authenticator app."
          error={faults.code ?? (wrongCode && 'That code was not accepted. Wait for the next one, then enter it.')}
        />
        <Text size="sm" c="dimmed">
          No phone at hand? Sign out, sign in again, and choose “Lost your phone?” at the question for the code: a mail
          then leads here without it.
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red" loading={disable.isPending}>
            Turn off
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
