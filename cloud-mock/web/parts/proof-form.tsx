import { Button, Group, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, type SubmitEvent, useRef, useState } from 'react';
import { isApiError } from '../api/client.ts';
import type { Account } from '../api/shapes.ts';
import { CodeField } from './code-field.tsx';
import { PasswordField } from './password-field.tsx';
import { ProblemNote } from './problem-note.tsx';

interface Props<T> {
  account: Account;
  /** With 2FA on, a fresh code as well. */
  withCode: boolean;
  submitLabel: string;
  danger?: boolean;
  /** What the proof is for. */
  run(proof: { password: string; code?: string }): Promise<T>;
  onDone(result: T): void;
  onCancel(): void;
  children?: ReactNode;
}

/** The password again, and a fresh code: asked before anything about the second factor changes. */
export function ProofForm<T>(props: Props<T>) {
  const { account, withCode, submitLabel, danger, run, onDone, onCancel, children } = props;
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [faults, setFaults] = useState<{ password?: string; code?: string }>({});
  const passwordField = useRef<HTMLInputElement>(null);
  const codeField = useRef<HTMLInputElement>(null);
  const prove = useMutation({
    mutationFn: () => run(withCode ? { password, code } : { password }),
    onSuccess: onDone,
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
    if (prove.isPending) return;
    const next = {
      password: password ? undefined : 'Enter your password.',
      code: !withCode || code.length === 6 ? undefined : 'Enter all 6 digits.',
    };
    setFaults(next);
    if (next.password) passwordField.current?.focus();
    else if (next.code) codeField.current?.focus();
    else prove.mutate();
  };
  const edited = () => {
    setFaults({});
    if (prove.isError) prove.reset();
  };
  const wrongPassword = isApiError(prove.error, 'wrong_credentials');
  const wrongCode = isApiError(prove.error, 'wrong_code');
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {children}
        {!wrongPassword && !wrongCode && <ProblemNote error={prove.error} onOver={prove.reset} />}
        <input type="text" autoComplete="username" value={account.email} readOnly hidden />
        <PasswordField
          ref={passwordField}
          label="TP-Link ID password"
          autoComplete="current-password"
          autoFocus
          data-autofocus
          value={password}
          error={faults.password ?? (wrongPassword && 'That is not the password of this TP-Link ID.')}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
            edited();
          }}
        />
        {withCode && (
          <CodeField
            ref={codeField}
            value={code}
            onChange={(next) => {
              setCode(next);
              if (next) edited();
            }}
            description="A fresh one from your authenticator app; each works once."
            error={faults.code ?? (wrongCode && 'That code was not accepted. Wait for the next one, then enter it.')}
          />
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" color={danger ? 'red' : undefined} loading={prove.isPending}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
