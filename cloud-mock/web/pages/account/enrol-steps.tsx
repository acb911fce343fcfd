import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { call, isApiError } from '../../api/client.ts';
import type { Account, Enrolment } from '../../api/shapes.ts';
import { CodeField } from '../../parts/code-field.tsx';
import { CopyAction } from '../../parts/copy-action.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Qr } from '../../parts/qr.tsx';
import classes from './account.module.css';

interface SettingsProps {
  account: Account;
  replacing: boolean;
  onConfirm(): void;
  onCancel(): void;
}

export const ConfirmSettings = ({ account, replacing, onConfirm, onCancel }: SettingsProps) => (
  <Stack gap="md">
    <dl className={classes.facts} style={{ marginTop: 0 }}>
      <dt>TP-Link ID</dt>
      <dd>{account.email}</dd>
      <dt>Method</dt>
      <dd>Authenticator app, 6 digits, a new code every 30 seconds</dd>
      <dt>Asked at</dt>
      <dd>
        VMS Cloud, VMS Local with this TP-Link ID, VIGI App, PC Client, and Config Tool when it adds devices to a VMS
        Local
      </dd>
    </dl>
    <Text size="sm" c="dimmed">
      {replacing
        ? 'The code of the old phone and your old recovery codes stop working, and all other sessions end.'
        : 'All other sessions of this TP-Link ID end. This one stays.'}
    </Text>
    <Group justify="flex-end" gap="sm">
      <Button variant="default" onClick={onCancel}>
        Cancel
      </Button>
      <Button onClick={onConfirm} data-autofocus>
        Confirm
      </Button>
    </Group>
  </Stack>
);

interface ScanProps {
  enrolment: Enrolment;
  onEnabled(recoveryCodes: string[]): void;
  onStartAgain(): void;
  onCancel(): void;
}

/** In fours, as authenticator apps show it. */
const inGroups = (secret: string) => secret.replaceAll(/(.{4})(?=.)/g, '$1 ');

export function ScanAndSubmit({ enrolment, onEnabled, onStartAgain, onCancel }: ScanProps) {
  const [code, setCode] = useState('');
  const [blank, setBlank] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const busy = useRef(false);
  const confirm = useMutation({
    mutationFn: () =>
      call<{ recoveryCodes: string[] }>('POST', '/two-factor/enrolment/confirm', {
        body: { enrolmentId: enrolment.enrolmentId, code },
      }),
    onSuccess: ({ recoveryCodes }) => onEnabled(recoveryCodes),
    onError(error) {
      if (isApiError(error, 'wrong_code')) setCode('');
      field.current?.focus();
    },
    onSettled: () => {
      busy.current = false;
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (busy.current) return;
    if (code.length < 6) {
      setBlank(true);
      field.current?.focus();
      return;
    }
    busy.current = true;
    confirm.mutate();
  };
  const error = confirm.error;
  const refused = isApiError(error, 'wrong_code');
  const ended = isApiError(error, 'enrolment_ended');
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <div className={classes.enrol}>
          <Qr text={enrolment.uri} label="QR code for your authenticator app" />
          <Stack gap="sm" className={classes.enrolText}>
            <Text size="sm">
              Open your authenticator app, choose to add an account, and scan this code. Keep the pop-up open.
            </Text>
            <div>
              <Text size="sm" fw={600} mb={4}>
                No camera? Type this key in
              </Text>
              <code className={classes.secret}>{inGroups(enrolment.secret)}</code>
            </div>
            <Group gap="sm">
              <CopyAction value={enrolment.secret} label="Copy key" size="xs" />
            </Group>
          </Stack>
        </div>
        {!refused && (
          <ProblemNote
            error={error}
            action={
              ended && (
                <Button mt="sm" size="xs" color="red" variant="outline" onClick={onStartAgain}>
                  Get a new QR code
                </Button>
              )
            }
          >
            {ended ? 'This QR code is too old or was replaced by a newer one. Nothing has been changed.' : undefined}
          </ProblemNote>
        )}
        <CodeField
          ref={field}
          autoFocus
          value={code}
          onChange={(next) => {
            setCode(next);
            setBlank(false);
            if (next && refused) confirm.reset();
          }}
          readOnly={confirm.isPending}
          description="What the app shows now for this account."
          error={
            refused
              ? 'That code was not accepted. Let your phone set its clock by itself, then enter the next code.'
              : blank && 'Enter all 6 digits.'
          }
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={confirm.isPending}>
            Submit
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
