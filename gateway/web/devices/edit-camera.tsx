import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type FormEvent, useState } from 'react';
import { ApiError } from '../api/call.ts';
import { useEditCamera, useRemoveCamera } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Fault } from '../parts/notice.tsx';
import { PasswordField } from '../parts/password-field.tsx';
import type { Camera } from '../wire.ts';
import { credentialsRefused } from './camera-faults.ts';

interface DialogProps {
  camera: Camera | undefined;
  onClose: () => void;
}

const closeButtonProps = { 'aria-label': 'Close' };

export const RenameCamera = ({ camera, onClose }: DialogProps) => (
  <Modal opened={camera !== undefined} onClose={onClose} title="Rename camera" closeButtonProps={closeButtonProps}>
    {camera && <RenameForm camera={camera} onClose={onClose} />}
  </Modal>
);

function RenameForm({ camera, onClose }: { camera: Camera; onClose: () => void }) {
  const [name, setName] = useState(camera.name);
  const edit = useEditCamera(camera.id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    edit.mutate({ name: name.trim() }, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {edit.error && <Fault error={edit.error} />}
        <TextInput
          label="Name"
          description="As lists and events of this gateway show it; the camera itself keeps its own."
          required
          maxLength={64}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={edit.isPending} disabled={name.trim() === ''}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export const ChangePassword = ({ camera, onClose }: DialogProps) => (
  <Modal opened={camera !== undefined} onClose={onClose} title="Change password" closeButtonProps={closeButtonProps}>
    {camera && <PasswordForm camera={camera} onClose={onClose} />}
  </Modal>
);

function PasswordForm({ camera, onClose }: { camera: Camera; onClose: () => void }) {
  const [username, setUsername] = useState('admin');
  const [password, setPassword] = useState('');
  const edit = useEditCamera(camera.id);
  const refused = edit.error instanceof ApiError && edit.error.code === 'camera_auth_failed';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    edit.mutate(
      { username: username.trim(), password },
      {
        onSuccess: (changed) => {
          onClose();
          notifications.show({
            color: changed.state === 'wrong_password' ? 'red' : 'green',
            message:
              changed.state === 'wrong_password'
                ? `${camera.name} refused this password too.`
                : `${camera.name}: the new password is in use.`,
          });
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">
          The account by which the gateway signs in to <b>{camera.name}</b>. This does not change anything on the
          camera.
        </Text>
        {edit.error && !refused && <Fault error={edit.error} />}
        <TextInput
          label="User name"
          required
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordField
          label="Password"
          required
          data-autofocus
          autoComplete="off"
          value={password}
          error={refused && credentialsRefused}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={edit.isPending} disabled={password === '' || username.trim() === ''}>
            Use this password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function RemoveCamera({ camera, onClose, onRemoved }: DialogProps & { onRemoved: () => void }) {
  const remove = useRemoveCamera();
  return (
    <Confirm
      opened={camera !== undefined}
      title={`Remove ${camera?.name ?? ''}?`}
      action={camera?.adoptedBy === 'pairing' ? 'Unpair and remove' : 'Remove camera'}
      busy={remove.isPending}
      error={remove.error}
      onClose={() => {
        remove.reset();
        onClose();
      }}
      onConfirm={() =>
        camera &&
        remove.mutate(camera.id, {
          onSuccess: () => {
            notifications.show({ message: `${camera.name} was removed.` });
            onRemoved();
          },
        })
      }
    >
      {camera?.adoptedBy === 'pairing'
        ? 'The camera is unpaired: its certificate is revoked and its connection closed at once. To bring it back it has to be paired again with the Config Tool.'
        : 'The gateway forgets the camera’s address and password and no longer receives its events. Nothing changes on the camera itself.'}
    </Confirm>
  );
}
