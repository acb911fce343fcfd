import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type FormEvent, useRef, useState } from 'react';
import { useAddCamera } from '../api/queries.ts';
import { Fault } from '../parts/notice.tsx';
import { PasswordField } from '../parts/password-field.tsx';
import { type AddField, besideField } from './camera-faults.ts';
import classes from './devices.module.css';

/** Add any ONVIF camera by where it is and an account on it. */
export function AddByAddress({ initialAddress, onDone }: { initialAddress: string; onDone: () => void }) {
  const [address, setAddress] = useState(initialAddress);
  const [username, setUsername] = useState('admin');
  const [password, setPassword] = useState('');
  const [name, setName] = useState('');
  const inputs = useRef<Partial<Record<AddField, HTMLInputElement | null>>>({});
  const add = useAddCamera();
  const beside = besideField(add.error);
  const errorAt = (field: AddField) => (beside?.field === field ? beside.text : undefined);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(
      { address: address.trim(), username: username.trim(), password, ...(name.trim() ? { name: name.trim() } : {}) },
      {
        onSuccess: (camera) => {
          notifications.show({
            color: 'green',
            title: `${camera.name} was added`,
            message: 'Its events arrive from now on.',
          });
          onDone();
        },
        onError: (error) => {
          const field = besideField(error)?.field;
          if (field) inputs.current[field]?.focus();
        },
      },
    );
  };

  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm" c="dimmed">
          For any camera that speaks ONVIF. ONVIF and an account for it may have to be switched on in the camera’s own
          pages first.
        </Text>
        {add.error && !beside && <Fault error={add.error} />}
        <TextInput
          ref={(input) => {
            inputs.current.address = input;
          }}
          label="Address"
          description="Host or IP address, with the ONVIF port if it is not 80"
          placeholder="192.168.1.64:2020"
          required
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={300}
          data-autofocus={initialAddress === '' || undefined}
          value={address}
          error={errorAt('address')}
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
        <div className={classes.pair}>
          <TextInput
            label="User name"
            required
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            maxLength={64}
            value={username}
            error={errorAt('username')}
            onChange={(event) => setUsername(event.currentTarget.value)}
          />
          <PasswordField
            ref={(input) => {
              inputs.current.password = input;
            }}
            label="Password"
            required
            autoComplete="off"
            data-autofocus={initialAddress !== '' || undefined}
            value={password}
            error={errorAt('password')}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
        </div>
        <TextInput
          label="Name (optional)"
          description="Left empty, the camera’s own name is taken"
          maxLength={64}
          value={name}
          error={errorAt('name')}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending} disabled={!address.trim() || !username.trim() || !password}>
            Add camera
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
