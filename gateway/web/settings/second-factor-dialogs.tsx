import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError, call } from '../api/call.ts';
import { keys } from '../api/queries.ts';
import { CodeField, isCode } from '../parts/code-field.tsx';
import { CopyButton } from '../parts/copy.tsx';
import { Fault, sentence } from '../parts/notice.tsx';
import { PasswordField } from '../parts/password-field.tsx';
import { Qr } from '../parts/qr.tsx';
import classes from './settings.module.css';

interface DialogProps {
  opened: boolean;
  onClose: () => void;
}

/** What is said beside the field an error belongs to. */
const besideIf = (error: unknown, code: string) =>
  error instanceof ApiError && error.code === code ? sentence(error.message) : undefined;

function useDone(onClose: () => void, message: string) {
  const client = useQueryClient();
  return () => {
    for (const queryKey of [keys.secondFactor, keys.sessions, keys.users]) client.invalidateQueries({ queryKey });
    notifications.show({ color: 'green', message });
    onClose();
  };
}

export const SwitchOn = ({ opened, onClose }: DialogProps) => (
  <Modal
    opened={opened}
    onClose={onClose}
    title="Turn two-factor authentication on"
    closeButtonProps={{ 'aria-label': 'Close' }}
    closeOnClickOutside={false}
  >
    {opened && <SwitchOnForm onClose={onClose} />}
  </Modal>
);

function SwitchOnForm({ onClose }: { onClose: () => void }) {
  const [password, setPassword] = useState('');
  const begin = useMutation({
    mutationFn: () =>
      call<{ secret: string; uri: string }>('auth/second-factor', { method: 'POST', body: { password } }),
  });
  const wrong = besideIf(begin.error, 'wrong_credentials');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin.mutate();
  };
  if (begin.data) return <Scan {...begin.data} onClose={onClose} />;
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">Have an authenticator app at hand. First, your password:</Text>
        {begin.error && !wrong && <Fault error={begin.error} />}
        <PasswordField
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          data-autofocus
          value={password}
          error={wrong}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={begin.isPending} disabled={password === ''}>
            Continue
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Scan({ secret, uri, onClose }: { secret: string; uri: string; onClose: () => void }) {
  const [code, setCode] = useState('');
  const done = useDone(onClose, 'Two-factor authentication is on; your other sessions have ended.');
  const confirm = useMutation({
    mutationFn: () => call('auth/second-factor/confirm', { method: 'POST', body: { code } }),
    onSuccess: done,
    onError: () => setCode(''),
  });
  const wrong = besideIf(confirm.error, 'code_wrong');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">Scan this with the app, or type the key by hand:</Text>
        <Group justify="center">
          <Qr text={uri} label="QR code for an authenticator app" />
        </Group>
        <div className={classes.secret}>
          <span data-testid="totp-secret">{secret.replace(/(.{4})(?=.)/g, '$1 ')}</span>
          <CopyButton value={secret} label="Copy key" />
        </div>
        {confirm.error && !wrong && <Fault error={confirm.error} />}
        <CodeField
          description="What the app shows now"
          data-autofocus
          value={code}
          error={wrong}
          onChange={setCode}
          autoFocus
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={confirm.isPending} disabled={!isCode(code)}>
            Turn on
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export const SwitchOff = ({ opened, onClose }: DialogProps) => (
  <Modal
    opened={opened}
    onClose={onClose}
    title="Turn two-factor authentication off"
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    {opened && <SwitchOffForm onClose={onClose} />}
  </Modal>
);

function SwitchOffForm({ onClose }: { onClose: () => void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const done = useDone(onClose, 'Two-factor authentication is off; your other sessions have ended.');
  const off = useMutation({
    mutationFn: () => call('auth/second-factor/off', { method: 'POST', body: { password, code } }),
    onSuccess: done,
    onError: () => setCode(''),
  });
  const atPassword = besideIf(off.error, 'wrong_credentials');
  const atCode = besideIf(off.error, 'code_wrong');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    off.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">From then on your password alone signs you in, and adds no cameras.</Text>
        {off.error && !atPassword && !atCode && <Fault error={off.error} />}
        <PasswordField
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          data-autofocus
          value={password}
          error={atPassword}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <CodeField value={code} error={atCode} onChange={setCode} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red.9" loading={off.isPending} disabled={password === '' || !isCode(code)}>
            Turn off
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
