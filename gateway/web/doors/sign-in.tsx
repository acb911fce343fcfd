import { Alert, Button, Stack, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle, IconCloud, IconInfoCircle } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { ApiError, apiUrl, call } from '../api/call.ts';
import { nextLocation, useSignedIn } from '../api/queries.ts';
import { CodeField, isCode } from '../parts/code-field.tsx';
import { Fault } from '../parts/notice.tsx';
import { PasswordField } from '../parts/password-field.tsx';
import { span } from '../parts/time-text.ts';
import { belowRelay } from '../runtime/relay.ts';
import type { Status, User } from '../wire.ts';
import { DoorScreen } from './door-screen.tsx';
import classes from './doors.module.css';
import { endText, refusalText } from './sign-in-errors.ts';

export function SignIn({ status }: { status: Status }) {
  const search = new URLSearchParams(useSearch());
  const error = search.get('error');
  const reason = search.get('reason');
  const remote = belowRelay(status.gatewayId);
  return (
    <DoorScreen title="Sign in" lead={<>to {status.name}</>}>
      <Stack mt="lg">
        {error ? (
          <Alert color="red" icon={<IconAlertTriangle />} role="alert">
            {refusalText(error)}
          </Alert>
        ) : (
          reason && (
            <Alert color="gray" icon={<IconInfoCircle />} role="status">
              {endText(reason)}
            </Alert>
          )
        )}
        {remote ? <RemoteReturn /> : <LocalForm />}
        {!remote && status.cloudAccess.bound && (
          <>
            <div className={classes.or}>or</div>
            <Button
              component="a"
              href={apiUrl('auth/tplink/start').href}
              variant="default"
              leftSection={<IconCloud size={18} />}
              size="md"
            >
              Sign in with TP-Link ID
            </Button>
            {!status.cloudAccess.online && (
              <Text size="xs" c="dimmed">
                The cloud is not connected right now; a local account always works.
              </Text>
            )}
          </>
        )}
      </Stack>
    </DoorScreen>
  );
}

/** Through the relay only a TP-Link ID comes in, and it does so at the cloud. */
const RemoteReturn = () => (
  <Text size="sm">
    You came through the cloud. Go back to <b>VMS Locals</b> in the cloud and open this gateway again. Local accounts
    sign in on the gateway’s own network only.
  </Text>
);

function LocalForm() {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  /** The password was right, and the account has a second factor. */
  const [asksForCode, setAsksForCode] = useState(false);
  const passwordInput = useRef<HTMLInputElement>(null);
  const signedIn = useSignedIn();
  const [, navigate] = useLocation();
  const search = useSearch();
  const signIn = useMutation({
    mutationFn: () =>
      call<{ user: User }>('auth/sign-in', {
        method: 'POST',
        body: { username, password, ...(asksForCode ? { code } : {}) },
      }),
    onSuccess: ({ user }) => {
      signedIn(user);
      navigate(nextLocation(search), { replace: true });
    },
    onError: (error) => {
      setCode('');
      const refused = error instanceof ApiError ? error.code : undefined;
      if (refused === 'second_factor_required') return setAsksForCode(true);
      if (refused === 'code_wrong') return;
      setAsksForCode(false);
      setPassword('');
      passwordInput.current?.focus();
    },
  });
  const asked = signIn.error instanceof ApiError && signIn.error.code === 'second_factor_required';
  const fault = asked ? null : signIn.error;
  const beside = fault instanceof ApiError ? besideText(fault) : undefined;
  const atCode = fault instanceof ApiError && fault.code === 'code_wrong' ? beside : undefined;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Local account">
      <Stack>
        {fault && !beside && <Fault error={fault} />}
        <TextInput
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          withAsterisk={false}
          autoFocus
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordField
          ref={passwordInput}
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          error={atCode ? undefined : beside}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {asksForCode && (
          <>
            <Text size="sm" role="status">
              Two-factor authentication is on: enter the code of your authenticator app.
            </Text>
            <CodeField autoFocus value={code} error={atCode} onChange={setCode} />
          </>
        )}
        <Button type="submit" size="md" loading={signIn.isPending} disabled={asksForCode && !isCode(code)}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}

function besideText(fault: ApiError): string | undefined {
  if (fault.code === 'wrong_credentials') return 'User name or password is wrong.';
  if (fault.code === 'code_wrong') return 'The code is wrong or was used already: take the one the app shows now.';
  if (fault.code === 'locked_out') {
    const seconds = Number(fault.details['retryAfterSeconds']);
    return `Too many wrong tries: sign-in is locked${seconds > 0 ? ` for ${span(seconds * 1000)}` : ' for a while'}.`;
  }
  return undefined;
}
