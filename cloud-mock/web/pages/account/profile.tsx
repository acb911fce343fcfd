import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { call, isApiError } from '../../api/client.ts';
import type { Account } from '../../api/shapes.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Panel } from '../../parts/panel.tsx';
import { PasswordField } from '../../parts/password-field.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { PasswordRules, passwordFault } from '../password-rules.tsx';
import classes from './account.module.css';

export function Profile({ account }: { account: Account }) {
  const [opened, dialog] = useDisclosure(false);
  return (
    <Panel id="profile" labelledBy="profile-title">
      <Group justify="space-between" gap="sm">
        <Title order={2} id="profile-title">
          Profile
        </Title>
        <Button size="sm" variant="default" onClick={dialog.open}>
          Change password
        </Button>
      </Group>
      <dl className={classes.facts}>
        <dt>Name</dt>
        <dd>{account.name}</dd>
        <dt>TP-Link ID</dt>
        <dd>{account.email}</dd>
      </dl>
      <Dialog opened={opened} onClose={dialog.close} title="Change password" keepOnClickOutside>
        <PasswordForm account={account} onClose={dialog.close} />
      </Dialog>
    </Panel>
  );
}

function PasswordForm({ account, onClose }: { account: Account; onClose(): void }) {
  const client = useQueryClient();
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNew] = useState('');
  const [faults, setFaults] = useState<{ current?: string; fresh?: string }>({});
  const currentField = useRef<HTMLInputElement>(null);
  const newField = useRef<HTMLInputElement>(null);
  const show = (next: typeof faults) => {
    setFaults(next);
    if (next.current) currentField.current?.focus();
    else if (next.fresh) newField.current?.focus();
    return Boolean(next.current ?? next.fresh);
  };
  const change = useMutation({
    mutationFn: () => call('POST', '/account/password', { body: { currentPassword, newPassword } }),
    onSuccess() {
      onClose();
      notifications.show({ color: 'teal', message: 'Your password is changed. All other sessions have ended.' });
      client.invalidateQueries();
    },
    onError(error) {
      if (isApiError(error, 'wrong_credentials')) show({ current: 'That is not your password.' });
      if (isApiError(error, 'password_unfit')) show({ fresh: error.message });
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    const wrong = show({
      current: currentPassword ? undefined : 'Enter the password you have now.',
      fresh: passwordFault(newPassword),
    });
    if (!wrong) change.mutate();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text>All other sessions of this TP-Link ID end.</Text>
        {!isApiError(change.error, 'wrong_credentials', 'password_unfit') && (
          <ProblemNote error={change.error} onOver={change.reset} />
        )}
        <input type="text" autoComplete="username" value={account.email} readOnly hidden />
        <PasswordField
          ref={currentField}
          label="Current password"
          autoComplete="current-password"
          data-autofocus
          value={currentPassword}
          error={faults.current}
          onChange={(event) => {
            setCurrent(event.currentTarget.value);
            setFaults({});
          }}
        />
        <PasswordField
          ref={newField}
          label="New password"
          autoComplete="new-password"
          description={<PasswordRules password={newPassword} />}
          value={newPassword}
          error={faults.fresh}
          onChange={(event) => {
            setNew(event.currentTarget.value);
            setFaults({});
          }}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={change.isPending}>
            Change password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
