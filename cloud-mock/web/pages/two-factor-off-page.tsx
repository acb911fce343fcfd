import { Alert, Button, List, Stack, Text } from '@mantine/core';
import { useWindowEvent } from '@mantine/hooks';
import { IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { call, isApiError } from '../api/client.ts';
import { keys } from '../api/queries.ts';
import { Gate } from '../layout/gate.tsx';
import { Heading } from '../parts/heading.tsx';
import { PasswordField } from '../parts/password-field.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';

/** The token of the mail's link, taken out of the address at once: it must not stay in the history or a screenshot. */
function takeToken(): string {
  const token = window.location.hash.slice(1);
  if (token) window.history.replaceState(null, '', `${window.location.pathname}${window.location.search}`);
  return token;
}

/** Where the mail's link leads. Looking at it changes nothing; the password does. */
export function TwoFactorOffPage() {
  const [token, setToken] = useState(takeToken);
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const client = useQueryClient();
  useWindowEvent('hashchange', () => setToken((before) => takeToken() || before));

  const off = useMutation({
    mutationFn: () => call<void>('POST', '/two-factor/off', { body: { token, password } }),
    onSuccess() {
      setToken('');
      setPassword('');
      // Every session has ended, this browser's as well.
      client.clear();
      client.setQueryData(keys.session, null);
    },
    onError(error) {
      if (isApiError(error, 'wrong_credentials')) field.current?.select();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (off.isPending) return;
    setMissing(!password);
    if (password) off.mutate();
    else field.current?.focus();
  };

  if (off.isSuccess) {
    return (
      <Gate>
        <Stack gap="lg" key="done">
          <Heading title="2FA is off">Two-factor authentication is off</Heading>
          <Alert color="teal" variant="light" role="status" icon={<IconCircleCheck aria-hidden />}>
            All sessions of your TP-Link ID were ended, and a mail tells you so. From now on your password alone signs
            you in. Turn 2FA on again when you have a new phone.
          </Alert>
          <Button component={Link} href="/sign-in">
            Sign in
          </Button>
        </Stack>
      </Gate>
    );
  }
  const error = off.error;
  if (!token || isApiError(error, 'link_invalid')) {
    return (
      <Gate>
        <Stack gap="lg" key="invalid">
          <Heading title="This link does not work" />
          <Text role="alert">
            It was used already, is older than 10 minutes, or a newer one was sent. Nothing has been changed.
          </Text>
          <Text c="dimmed">
            To get a fresh one, sign in with your password; at the question for the code choose “Lost your phone?”.
          </Text>
          <Button component={Link} href="/sign-in">
            Sign in
          </Button>
        </Stack>
      </Gate>
    );
  }
  const refused = isApiError(error, 'wrong_credentials');
  return (
    <Gate>
      <Stack gap="lg" key="ask">
        <Stack gap={6}>
          <Heading title="Turn 2FA off?">Turn two-factor authentication off?</Heading>
          <Text c="dimmed">Nothing has been changed yet. When you go on:</Text>
        </Stack>
        <List spacing={6}>
          <List.Item>your password alone signs you in;</List.Item>
          <List.Item>every session of your TP-Link ID ends, in the App and at every VMS Local;</List.Item>
          <List.Item>recovery codes and the entry in your authenticator app no longer work.</List.Item>
        </List>
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            {!refused && <ProblemNote error={error} onOver={off.reset} />}
            <PasswordField
              ref={field}
              label="TP-Link ID password"
              autoComplete="current-password"
              autoFocus
              value={password}
              error={
                missing
                  ? 'Enter your password.'
                  : refused
                    ? 'That is not the password of this TP-Link ID. Nothing has been changed.'
                    : undefined
              }
              onChange={(event) => {
                setPassword(event.currentTarget.value);
                setMissing(false);
                if (refused) off.reset();
              }}
            />
            <Button type="submit" color="red" loading={off.isPending} fullWidth>
              Turn 2FA off
            </Button>
            <Button component={Link} href="/" variant="subtle" color="gray" fullWidth>
              Leave it on
            </Button>
          </Stack>
        </form>
        <Text size="sm" c="dimmed">
          You did not ask for this? Then someone knows your password. Leave 2FA on, sign in, and change the password.
        </Text>
      </Stack>
    </Gate>
  );
}
