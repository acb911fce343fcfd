import { Button, Checkbox, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { call, isApiError } from '../../api/client.ts';
import type { Account, Enrolment } from '../../api/shapes.ts';
import { CodeField } from '../../parts/code-field.tsx';
import { CopyAction } from '../../parts/copy-action.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Qr } from '../../parts/qr.tsx';
import { LockedOut } from '../sign-in/password-step.tsx';
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

interface PasswordProps {
  account: Account;
  onEnrolment(enrolment: Enrolment): void;
  onCancel(): void;
}

export function GivePassword({ account, onEnrolment, onCancel }: PasswordProps) {
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const begin = useMutation({
    mutationFn: () => call<Enrolment>('POST', '/two-factor/enrolment', { body: { password } }),
    onSuccess: onEnrolment,
    onError: () => field.current?.select(),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (begin.isPending) return;
    setMissing(!password);
    if (password) begin.mutate();
    else field.current?.focus();
  };
  const error = begin.error;
  const refused = isApiError(error, 'wrong_credentials');
  const lockedOut = isApiError(error, 'locked_out') ? error : undefined;
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {lockedOut && <LockedOut seconds={Number(lockedOut.details.retryAfterSeconds)} onOver={begin.reset} />}
        {!refused && !lockedOut && <ProblemNote error={error} />}
        <input type="text" autoComplete="username" value={account.email} readOnly hidden />
        <PasswordInput
          ref={field}
          label="TP-Link ID password"
          description={account.email}
          autoComplete="current-password"
          autoFocus
          value={password}
          errorProps={{ role: 'alert' }}
          error={missing ? 'Enter your password.' : refused && 'That is not the password of this TP-Link ID.'}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
            setMissing(false);
            if (refused) begin.reset();
          }}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={begin.isPending}>
            Next
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

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
  const ended = isApiError(error, 'enrolment_ended', 'enrolment_invalid', 'not_found');
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

const recoveryFile = (account: Account, codes: string[]) =>
  [
    `Recovery codes of ${account.email}`,
    'TP-Link ID (simulated), Vigil VMS Cloud',
    '',
    'Each code works once, in place of the 6-digit code.',
    '',
    ...codes,
    '',
  ].join('\n');

function download(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

export function SaveRecoveryCodes(props: { account: Account; codes: string[]; onSaved(): void }) {
  const { account, codes, onSaved } = props;
  const [saved, setSaved] = useState(false);
  return (
    <Stack gap="md">
      <Text>
        Two-factor authentication is on. When your phone is lost, one of these codes signs you in instead. Each works
        once, and <strong>they are not shown again</strong>.
      </Text>
      <ol className={classes.codes} aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <Group gap="sm">
        <CopyAction value={codes.join('\n')} label="Copy all" data-autofocus />
        <Button
          variant="default"
          size="sm"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => download('vigil-recovery-codes.txt', recoveryFile(account, codes))}
        >
          Download
        </Button>
      </Group>
      <Checkbox
        label="I saved them in a safe place"
        checked={saved}
        onChange={(event) => setSaved(event.currentTarget.checked)}
      />
      <Group justify="flex-end">
        <Button disabled={!saved} onClick={onSaved}>
          Done
        </Button>
      </Group>
    </Stack>
  );
}
