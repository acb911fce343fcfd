import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconPoint } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { ApiError, call } from '../api/call.ts';
import { useSignedIn } from '../api/queries.ts';
import { Fault } from '../parts/notice.tsx';
import { belowRelay } from '../runtime/relay.ts';
import type { Status, User } from '../wire.ts';
import { DoorScreen } from './door-screen.tsx';
import classes from './doors.module.css';

/** As the gateway judges it; what it refuses beyond (a password everybody uses) it says itself. */
const passwordRules: [text: string, met: (password: string, again: string, username: string) => boolean][] = [
  ['At least 8 characters', (password) => password.length >= 8],
  [
    'Not the user name',
    (password, _again, username) => password !== '' && password.toLowerCase() !== username.trim().toLowerCase(),
  ],
  ['Twice the same', (password, again) => password !== '' && password === again],
];

/** The code may be typed as it was printed, with or without dashes and spaces. */
const tidyCode = (text: string) => text.trim();

export function SetUp({ status }: { status: Status }) {
  const [setupCode, setSetupCode] = useState('');
  const [username, setUsername] = useState('admin');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const signedIn = useSignedIn();
  const [, navigate] = useLocation();
  const unmet = passwordRules.filter(([, met]) => !met(password, again, username));
  const setUp = useMutation({
    mutationFn: () =>
      call<{ user: User }>('setup', {
        method: 'POST',
        body: { setupCode: tidyCode(setupCode), username: username.trim(), password },
      }),
    onSuccess: ({ user }) => {
      signedIn(user);
      navigate('/', { replace: true });
    },
  });

  const fault = setUp.error;
  const code = fault instanceof ApiError ? fault.code : undefined;
  const beside = {
    setupCode:
      code === 'setup_code_wrong' ? 'This is not the code that was printed when the gateway started.' : undefined,
    username: code === 'user_exists' ? (fault as ApiError).message : undefined,
    password: code === 'password_unfit' ? (fault as ApiError).message : undefined,
  };
  const elsewhere = fault && !Object.values(beside).some(Boolean);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (unmet.length === 0) setUp.mutate();
  };

  if (belowRelay(status.gatewayId)) {
    return (
      <DoorScreen title="Not set up yet" gatewayName={status.name}>
        <Text size="sm" mt="md">
          This gateway has no administrator. Set it up on its own network first; that cannot be done through the cloud.
        </Text>
      </DoorScreen>
    );
  }
  return (
    <DoorScreen
      title="Set up this gateway"
      lead="Make the first administrator. There is no default password."
      gatewayName={status.name}
    >
      <form onSubmit={submit}>
        <Stack mt="lg">
          {elsewhere && <Fault error={fault} />}
          <TextInput
            label="Set-up code"
            description="Printed where the gateway was started; it shows that you are in control of that machine."
            name="setup-code"
            autoComplete="one-time-code"
            autoCapitalize="characters"
            spellCheck={false}
            required
            autoFocus
            value={setupCode}
            error={beside.setupCode}
            onChange={(event) => setSetupCode(event.currentTarget.value)}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          />
          <TextInput
            label="User name"
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            maxLength={64}
            value={username}
            error={beside.username}
            onChange={(event) => setUsername(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            name="new-password"
            autoComplete="new-password"
            required
            maxLength={128}
            value={password}
            error={beside.password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleFocusable
            aria-describedby="password-rules"
          />
          <PasswordInput
            label="Password again"
            name="new-password-again"
            autoComplete="new-password"
            required
            maxLength={128}
            value={again}
            onChange={(event) => setAgain(event.currentTarget.value)}
            visibilityToggleFocusable
          />
          <ul className={classes.rules} id="password-rules" aria-label="What the password must be">
            {passwordRules.map(([text, met]) => {
              const isMet = met(password, again, username);
              return (
                <li key={text} data-met={isMet}>
                  {isMet ? <IconCheck size={14} aria-hidden /> : <IconPoint size={14} aria-hidden />}
                  {text}
                </li>
              );
            })}
          </ul>
          <Button
            type="submit"
            size="md"
            loading={setUp.isPending}
            disabled={unmet.length > 0 || !setupCode.trim() || !username.trim()}
          >
            Create administrator
          </Button>
        </Stack>
      </form>
    </DoorScreen>
  );
}
