import { Alert, Anchor, Button, Stack, Text, TextInput } from '@mantine/core';
import { IconMail } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { call, isApiError } from '../api/client.ts';
import { keys } from '../api/queries.ts';
import type { SignInAnswer } from '../api/shapes.ts';
import { Gate } from '../layout/gate.tsx';
import { Heading } from '../parts/heading.tsx';
import { PasswordField } from '../parts/password-field.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { PasswordRules, passwordFault } from './password-rules.tsx';
import { localPath } from './sign-in/local-path.ts';

type Field = 'name' | 'email' | 'password';
type Faults = Partial<Record<Field, string>>;

const emailFault = 'Enter an e-mail address, such as ann@example.com.';

export function SignUpPage() {
  const [search] = useSearchParams();
  const [, go] = useLocation();
  const client = useQueryClient();
  const [values, setValues] = useState({ name: '', email: search.get('email') ?? '', password: '' });
  const [faults, setFaults] = useState<Faults>({});
  const fields = {
    name: useRef<HTMLInputElement>(null),
    email: useRef<HTMLInputElement>(null),
    password: useRef<HTMLInputElement>(null),
  };
  const email = values.email.trim();
  const interaction = search.get('interaction');
  const signInPath = `/sign-in${interaction ? `?interaction=${encodeURIComponent(interaction)}` : window.location.search}`;

  const show = (next: Faults) => {
    setFaults(next);
    const first = (['name', 'email', 'password'] as const).find((field) => next[field]);
    if (first) fields[first].current?.focus();
    return first !== undefined;
  };

  /** True: signed in. False: the cloud says neither that the address was free nor that it was taken; the mail does. */
  const signUp = useMutation({
    mutationFn: async () => {
      await call('POST', '/sign-up', { body: { name: values.name.trim(), email, password: values.password } });
      try {
        const answer = await call<SignInAnswer>('POST', '/sign-in', { body: { email, password: values.password } });
        if (answer.status !== 'signed_in') return false;
      } catch (error) {
        if (isApiError(error, 'wrong_credentials', 'locked_out')) return false;
        throw error;
      }
      await client.invalidateQueries({ queryKey: keys.session });
      return true;
    },
    onSuccess(signedIn) {
      if (signedIn) go(interaction ? signInPath : localPath(search.get('next')), { replace: true });
    },
    onError(error) {
      if (isApiError(error, 'password_unfit')) show({ password: error.message });
      if (isApiError(error, 'body_invalid') && error.details.field === 'email') show({ email: emailFault });
    },
  });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (signUp.isPending) return;
    const wrong = show({
      name: values.name.trim() ? undefined : 'Enter the name other people will see.',
      email: /^\S+@\S+$/.test(email) ? undefined : emailFault,
      password: passwordFault(values.password),
    });
    if (!wrong) signUp.mutate();
  };
  const bind = (field: Field) => ({
    ref: fields[field],
    value: values[field],
    error: faults[field],
    errorProps: { role: 'alert' },
    onChange(event: { currentTarget: HTMLInputElement }) {
      const { value } = event.currentTarget;
      setValues((before) => ({ ...before, [field]: value }));
      setFaults((before) => ({ ...before, [field]: undefined }));
    },
  });

  if (signUp.data === false) {
    return (
      <Gate>
        <Stack gap="lg" key="mail">
          <Heading title="Look into your mail" />
          <Alert color="teal" variant="light" role="status" icon={<IconMail aria-hidden />}>
            A mail to <strong>{email}</strong> says how things stand with this address. If you had a TP-Link ID already,
            nothing about it was changed: sign in with the password you gave it.
          </Alert>
          <Text size="sm" c="dimmed">
            In this laboratory the mail lands in the{' '}
            <Anchor component={Link} href="/mailbox" inherit>
              lab mailbox
            </Anchor>
            .
          </Text>
          <Button component={Link} href={signInPath}>
            Sign in
          </Button>
        </Stack>
      </Gate>
    );
  }
  const besideField = isApiError(signUp.error, 'password_unfit', 'body_invalid') && Object.values(faults).some(Boolean);
  return (
    <Gate>
      <Stack gap="lg">
        <Stack gap={6}>
          <Heading title="Create a TP-Link ID" />
          <Text c="dimmed">It exists in this laboratory only.</Text>
        </Stack>
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            {!besideField && !isApiError(signUp.error, 'password_unfit') && (
              <ProblemNote error={signUp.error} onOver={signUp.reset} />
            )}
            <TextInput label="Name" autoComplete="name" maxLength={64} autoFocus {...bind('name')} />
            <TextInput
              label="E-mail"
              type="email"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              {...bind('email')}
            />
            <PasswordField
              label="Password"
              autoComplete="new-password"
              description={<PasswordRules password={values.password} />}
              {...bind('password')}
            />
            <Button type="submit" loading={signUp.isPending} fullWidth mt={4}>
              Create TP-Link ID
            </Button>
            <Text c="dimmed" ta="center">
              Have one already?{' '}
              <Anchor component={Link} href={`/sign-in${window.location.search}`} inherit>
                Sign in
              </Anchor>
            </Text>
          </Stack>
        </form>
      </Stack>
    </Gate>
  );
}
