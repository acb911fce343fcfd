import { Button, Group, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { call, isApiError } from '../../api/client.ts';
import { keys } from '../../api/queries.ts';
import type { Grant, Organisation, User } from '../../api/shapes.ts';
import { AccessEditor } from '../../parts/access-editor.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';

interface Props {
  organisation: Organisation;
  /** Whose role is changed; none: somebody is invited. */
  user?: User;
  onClose(): void;
}

/** Invite somebody, or change what a user may do. */
export function UserDialog({ organisation, user, onClose }: Props) {
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const [access, setAccess] = useState<Grant[]>(user?.access ?? []);
  const [faults, setFaults] = useState<{ email?: string; access?: string }>({});
  const field = useRef<HTMLInputElement>(null);
  const path = `/organisations/${organisation.id}`;
  const send = useMutation({
    mutationFn: () =>
      user
        ? call<void>('PATCH', `${path}/users/${user.id}`, { body: { access } })
        : call<unknown>('POST', `${path}/invitations`, { body: { email: email.trim(), access } }),
    async onSuccess() {
      notifications.show({
        message: user ? `${user.name} has another role now.` : `An invitation was mailed to ${email.trim()}.`,
      });
      await client.invalidateQueries({ queryKey: keys.users(organisation.id) });
      onClose();
    },
    onError(error) {
      if (isApiError(error, 'already_member')) setFaults({ email: 'This TP-Link ID is a user already.' });
      else if (isApiError(error, 'access_invalid')) setFaults({ access: error.message });
      else if (isApiError(error, 'body_invalid'))
        setFaults({ email: 'Enter an e-mail address, such as ann@example.com.' });
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (send.isPending) return;
    const found = {
      email: user || /^\S+@\S+$/.test(email.trim()) ? undefined : 'Enter an e-mail address, such as ann@example.com.',
      access: access.length > 0 ? undefined : 'Choose a role for at least one site.',
    };
    setFaults(found);
    if (found.email) field.current?.focus();
    if (!found.email && !found.access) send.mutate();
  };
  const beside = isApiError(send.error, 'already_member', 'access_invalid', 'body_invalid');
  return (
    <Dialog
      opened
      onClose={onClose}
      title={user ? `Role of ${user.name}` : 'Add a user'}
      subtitle={user ? user.email : 'An invitation goes out by mail. It is good for 7 days.'}
      keepOnClickOutside
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {!beside && <ProblemNote error={send.error} onOver={send.reset} />}
          {!user && (
            <TextInput
              ref={field}
              label="TP-Link ID (e-mail)"
              type="email"
              autoCapitalize="none"
              spellCheck={false}
              data-autofocus
              value={email}
              error={faults.email}
              errorProps={{ role: 'alert' }}
              onChange={(event) => {
                setEmail(event.currentTarget.value);
                setFaults((before) => ({ ...before, email: undefined }));
              }}
            />
          )}
          <AccessEditor
            organisation={organisation}
            value={access}
            error={faults.access}
            onChange={(next) => {
              setAccess(next);
              setFaults((before) => ({ ...before, access: undefined }));
            }}
          />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={send.isPending}>
              {user ? 'Save' : 'Invite'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
