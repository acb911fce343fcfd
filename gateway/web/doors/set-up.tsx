import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { ApiError, call } from '../api/call.ts';
import { useSignedIn } from '../api/queries.ts';
import { isFit, NewPassword } from '../parts/new-password.tsx';
import { Fault, sentence } from '../parts/notice.tsx';
import { belowRelay } from '../runtime/relay.ts';
import type { Status, User } from '../wire.ts';
import { DoorScreen } from './door-screen.tsx';

/** The first page of a new gateway: who holds the code printed at start makes the first administrator. */
export const SetUp = ({ status }: { status: Status }) =>
  belowRelay(status.gatewayId) ? (
    <DoorScreen title="Not set up yet" gatewayName={status.name}>
      <Text size="sm" mt="md">
        This gateway has no administrator. Set it up on its own network first; that cannot be done through the cloud.
      </Text>
    </DoorScreen>
  ) : (
    <DoorScreen
      title="Set up this gateway"
      lead="Make the first administrator. There is no default password."
      gatewayName={status.name}
    >
      <SetUpForm />
    </DoorScreen>
  );

function SetUpForm() {
  const [setupCode, setSetupCode] = useState('');
  const [username, setUsername] = useState('admin');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const signedIn = useSignedIn();
  const [, navigate] = useLocation();
  const complete = isFit(password, again, username) && setupCode.trim() !== '' && username.trim() !== '';
  const setUp = useMutation({
    mutationFn: () =>
      call<{ user: User }>('setup', {
        method: 'POST',
        body: { setupCode: setupCode.trim(), username: username.trim(), password },
      }),
    onSuccess: ({ user }) => {
      signedIn(user);
      navigate('/', { replace: true });
    },
  });

  const fault = setUp.error instanceof ApiError ? setUp.error : undefined;
  const beside = {
    setupCode:
      fault?.code === 'setup_code_wrong'
        ? 'This is not the code that was printed when the gateway started.'
        : undefined,
    username: fault?.code === 'body_invalid' ? sentence(fault.message) : undefined,
    password: fault?.code === 'password_unfit' ? sentence(fault.message) : undefined,
  };
  const elsewhere = setUp.error && !Object.values(beside).some(Boolean);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (complete) setUp.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack mt="lg">
        {elsewhere && <Fault error={setUp.error} />}
        <TextInput
          label="Set-up code"
          description="Printed where the gateway was started; it shows that you are in control of that machine."
          name="setup-code"
          autoComplete="one-time-code"
          autoCapitalize="characters"
          spellCheck={false}
          required
          autoFocus
          maxLength={64}
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
        <NewPassword
          username={username}
          password={password}
          again={again}
          error={beside.password}
          onPassword={setPassword}
          onAgain={setAgain}
        />
        <Button type="submit" size="md" loading={setUp.isPending} disabled={!complete}>
          Create administrator
        </Button>
      </Stack>
    </form>
  );
}
