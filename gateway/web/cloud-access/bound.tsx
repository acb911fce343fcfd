import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconCloudCheck, IconCloudOff, IconUnlink } from '@tabler/icons-react';
import { useState } from 'react';
import { Confirm } from '../parts/confirm.tsx';
import { ToneBadge } from '../parts/tone-badge.tsx';
import type { CloudAccess } from '../wire.ts';
import { useUnbind } from './bind.ts';
import classes from './cloud-access.module.css';

export function Bound({ access, mayChange }: { access: CloudAccess; mayChange: boolean }) {
  const [asking, setAsking] = useState(false);
  const unbind = useUnbind();
  return (
    <Stack gap="lg">
      <div className={classes.who}>
        <span className={classes.whoIcon} aria-hidden>
          {access.online ? <IconCloudCheck size={24} /> : <IconCloudOff size={24} />}
        </span>
        <div style={{ minWidth: 0, flex: 1 }}>
          <Title order={2}>Bound</Title>
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            to {access.account ?? 'a TP-Link ID'}
          </Text>
        </div>
        <ToneBadge tone={access.online ? 'good' : 'warn'} role="status">
          {access.online ? 'Online' : 'Connecting'}
        </ToneBadge>
      </div>
      <Text size="sm">
        {access.online
          ? 'The tunnel to the cloud is open: this gateway can be reached from away.'
          : 'The cloud does not answer right now. The gateway keeps dialling; on the local network everything works as before.'}
      </Text>
      {access.cloudUrl && (
        <Text size="sm" c="dimmed">
          Cloud:{' '}
          <Anchor href={access.cloudUrl} target="_blank" rel="noreferrer" inherit underline="always">
            {access.cloudUrl}
          </Anchor>
        </Text>
      )}
      {mayChange && (
        <Group>
          <Button variant="default" leftSection={<IconUnlink size={18} />} onClick={() => setAsking(true)}>
            Unbind
          </Button>
        </Group>
      )}
      <Confirm
        opened={asking}
        title="Unbind this gateway?"
        action="Unbind"
        busy={unbind.isPending}
        error={unbind.error}
        onClose={() => {
          setAsking(false);
          unbind.reset();
        }}
        onConfirm={() => unbind.mutate(undefined, { onSuccess: () => setAsking(false) })}
      >
        Nobody can sign in with a TP-Link ID any more, here or from away, and all such sessions end at once. Cameras,
        events and local accounts stay as they are. You can bind it again at any time.
      </Confirm>
    </Stack>
  );
}
