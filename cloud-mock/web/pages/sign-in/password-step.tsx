import { Anchor, Button, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { type ApiError, call, isApiError } from '../../api/client.ts';
import type { SignInAnswer } from '../../api/shapes.ts';
import { PasswordField } from '../../parts/password-field.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';

interface Props {
  email: string;
  onEmail(email: string): void;
  /** Signing in again as a given person: the e-mail stands, only the password is asked. */
  emailFixed?: boolean;
  submitLabel?: string;
  onAnswer(answer: SignInAnswer): void;
  onLocked(refusal: ApiError): void;
}

/** Both fields in one form, so that password managers fill both and a refusal never says which of them was wrong. */
export function PasswordStep({ email, onEmail, emailFixed, submitLabel = 'Sign in', onAnswer, onLocked }: Props) {
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState<{ email?: string; password?: string }>({});
  const emailField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const signIn = useMutation({
    mutationFn: () => call<SignInAnswer>('POST', '/sign-in', { body: { email: email.trim(), password } }),
    onSuccess: onAnswer,
    onError(error) {
      if (isApiError(error, 'wrong_credentials')) passwordField.current?.select();
      // The password was right but codes are locked: the challenge that comes along still takes a recovery code.
      if (isApiError(error, 'locked_out') && typeof error.details.challengeId === 'string') onLocked(error);
    },
  });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (signIn.isPending) return;
    const gaps = {
      email: /^\S+@\S+$/.test(email.trim()) ? undefined : 'Enter the e-mail address of your TP-Link ID.',
      password: password ? undefined : 'Enter your password.',
    };
    setMissing(gaps);
    if (gaps.email && !emailFixed) emailField.current?.focus();
    else if (gaps.password) passwordField.current?.focus();
    else signIn.mutate();
  };

  const error = signIn.error;
  const refused = isApiError(error, 'wrong_credentials');
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {!refused && <ProblemNote error={error} onOver={signIn.reset} />}
        {emailFixed ? (
          <>
            <Text>
              Signed in as <strong>{email}</strong>
            </Text>
            <input type="text" autoComplete="username" value={email} readOnly hidden />
          </>
        ) : (
          <TextInput
            ref={emailField}
            label="E-mail"
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus={!email}
            value={email}
            error={missing.email}
            errorProps={{ role: 'alert' }}
            onChange={(event) => {
              onEmail(event.currentTarget.value);
              setMissing((before) => ({ ...before, email: undefined }));
            }}
          />
        )}
        <PasswordField
          ref={passwordField}
          label="Password"
          autoComplete="current-password"
          autoFocus={Boolean(email)}
          data-autofocus
          value={password}
          error={
            missing.password ??
            (refused ? 'E-mail and password do not fit together. Check both, then try again.' : undefined)
          }
          onChange={(event) => {
            setPassword(event.currentTarget.value);
            setMissing((before) => ({ ...before, password: undefined }));
            if (refused) signIn.reset();
          }}
        />
        <Button type="submit" loading={signIn.isPending} fullWidth mt={4}>
          {submitLabel}
        </Button>
        {!emailFixed && (
          <Text size="md" c="dimmed" ta="center">
            No TP-Link ID yet?{' '}
            <Anchor component={Link} href={`/sign-up${window.location.search}`} inherit>
              Create one
            </Anchor>
          </Text>
        )}
      </Stack>
    </form>
  );
}
