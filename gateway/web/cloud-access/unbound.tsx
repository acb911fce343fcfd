import { Alert, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconInfoCircle, IconLink } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { ApiError } from '../api/call.ts';
import { Fault, sentence } from '../parts/notice.tsx';
import type { CloudAccess } from '../wire.ts';
import { useBind } from './bind.ts';

export function Unbound({ access, mayChange }: { access: CloudAccess; mayChange: boolean }) {
  const [cloudUrl, setCloudUrl] = useState(access.cloudUrl ?? '');
  const bind = useBind();
  const beside =
    bind.error instanceof ApiError &&
    (bind.error.code === 'cloud_url_refused' || bind.error.code === 'cloud_unreachable')
      ? sentence(bind.error.message)
      : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = cloudUrl.trim();
    bind.mutate(given && given !== access.cloudUrl ? given : undefined);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Title order={2}>Not bound</Title>
        {access.lastRefusal && (
          <Alert color="yellow" icon={<IconInfoCircle />} role="status">
            The last try came to nothing: {access.lastRefusal}.
          </Alert>
        )}
        <Text size="sm">
          Binding opens the cloud’s page in a new tab. Sign in there with your TP-Link ID, compare the code, and
          approve. This page notices by itself.
        </Text>
        {bind.error && !beside && <Fault error={bind.error} />}
        <TextInput
          label="Cloud address"
          type="url"
          required
          placeholder="http://127.0.0.1:7300"
          autoComplete="off"
          spellCheck={false}
          maxLength={300}
          disabled={!mayChange}
          value={cloudUrl}
          error={beside}
          onChange={(event) => setCloudUrl(event.currentTarget.value)}
        />
        <Group>
          <Button
            type="submit"
            leftSection={<IconLink size={18} />}
            loading={bind.isPending}
            disabled={!mayChange || cloudUrl.trim() === ''}
          >
            Bind to a TP-Link ID
          </Button>
          {!mayChange && (
            <Text size="sm" c="dimmed">
              Only an administrator can bind the gateway.
            </Text>
          )}
        </Group>
      </Stack>
    </form>
  );
}
