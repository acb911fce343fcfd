import { Anchor, Button, Drawer, Group, Stack, Text, Title } from '@mantine/core';
import { IconKey, IconPencil, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useCovers } from '../api/queries.ts';
import { EventRows } from '../events/event-rows.tsx';
import { useEventWindow } from '../events/use-event-window.ts';
import { CopyValue } from '../parts/copy.tsx';
import { Instant } from '../parts/instant.tsx';
import { Fault } from '../parts/notice.tsx';
import { span } from '../parts/time-text.ts';
import type { Camera } from '../wire.ts';
import { ActiveBadges } from './active-badges.tsx';
import type { CameraAction } from './camera-actions.tsx';
import { addressText, adoptionName, routeName, StateBadge, stateFacts } from './camera-state.tsx';
import classes from './devices.module.css';
import { Snapshot } from './snapshot.tsx';

interface CameraDrawerProps {
  camera: Camera | undefined;
  onClose: () => void;
  onAction: (action: CameraAction, camera: Camera) => void;
}

/** Everything about one camera. */
export const CameraDrawer = ({ camera, onClose, onAction }: CameraDrawerProps) => (
  <Drawer
    opened={camera !== undefined}
    onClose={onClose}
    position="right"
    size="34rem"
    title={
      <Text fw={650} size="lg" component="span">
        {camera?.name}
      </Text>
    }
    closeButtonProps={{ 'aria-label': 'Close' }}
    overlayProps={{ backgroundOpacity: 0.4 }}
  >
    {camera && <Details key={camera.id} camera={camera} onAction={onAction} />}
  </Drawer>
);

function Details({ camera, onAction }: { camera: Camera; onAction: CameraDrawerProps['onAction'] }) {
  const { attention, explanation } = stateFacts[camera.state];
  const mayChange = useCovers('admin');
  const viewer = useCovers('viewer');
  return (
    <Stack gap="lg">
      <div className={classes.drawerPicture}>
        <Snapshot camera={camera} maxWidth={1280}>
          <div className={classes.actives}>
            <ActiveBadges cameraId={camera.id} />
          </div>
        </Snapshot>
      </div>
      <div>
        <Group gap="xs">
          <StateBadge camera={camera} />
          {camera.stateDetail && (
            <Text size="sm" fw={500}>
              {camera.stateDetail}
            </Text>
          )}
        </Group>
        {attention && (
          <Text size="sm" c="dimmed" mt={6}>
            {explanation}
          </Text>
        )}
      </div>
      {mayChange && (
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPencil size={15} />}
            onClick={() => onAction('edit', camera)}
          >
            Rename
          </Button>
          {camera.adoptedBy === 'onvif' && (
            <Button
              size="xs"
              variant={camera.state === 'wrong_password' ? 'filled' : 'default'}
              leftSection={<IconKey size={15} />}
              onClick={() => onAction('password', camera)}
            >
              Change password
            </Button>
          )}
          <Button
            size="xs"
            variant="subtle"
            color="red"
            leftSection={<IconTrash size={15} />}
            onClick={() => onAction('remove', camera)}
          >
            Remove
          </Button>
        </Group>
      )}
      <Facts camera={camera} />
      {viewer && <CameraEvents camera={camera} />}
    </Stack>
  );
}

const copyable = (value: string | null, label: string) => (value ? <CopyValue value={value} label={label} /> : '–');

function Facts({ camera }: { camera: Camera }) {
  const rows: [string, ReactNode][] = [
    ['Model', [camera.manufacturer, camera.model].filter(Boolean).join(' ') || '–'],
    ['Address', copyable(addressText(camera), 'Copy address')],
    ['MAC', copyable(camera.mac, 'Copy MAC')],
    ['Serial', copyable(camera.serial, 'Copy serial')],
    ['Firmware', camera.firmware ?? '–'],
    [
      'Added by',
      `${adoptionName[camera.adoptedBy]}${camera.adoptedBy === 'pairing' ? ' with the Config Tool' : ' address and password'}`,
    ],
    ['Added', <Instant key="added" at={camera.addedAt} show="absolute" />],
    ['Last seen', <Instant key="seen" at={camera.lastSeenAt} />],
    ['Events come by', camera.eventRoute ? routeName[camera.eventRoute] : '–'],
    ['Clock', clockText(camera.clockOffsetMs)],
  ];
  return (
    <dl className={classes.facts}>
      {rows.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Cameras refuse a sign-in that is more than a few seconds off; the gateway signs with the camera's own time. */
function clockText(offsetMs: number | null): string {
  if (offsetMs === null) return 'not measured yet';
  if (Math.abs(offsetMs) < 1000) return 'agrees with the gateway';
  return `${span(offsetMs)} ${offsetMs > 0 ? 'ahead of' : 'behind'} the gateway`;
}

function CameraEvents({ camera }: { camera: Camera }) {
  const { shown, loading, error, retry } = useEventWindow({ camera: camera.id }, { pageSize: 20, limit: 20 });
  return (
    <section aria-labelledby="camera-events">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="camera-events">
          Events
        </Title>
        <Anchor component={Link} href={`/events?camera=${encodeURIComponent(camera.id)}`} size="sm">
          All events of this camera
        </Anchor>
      </Group>
      {error ? (
        <Fault error={error} onRetry={retry} />
      ) : !loading && shown.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing yet. What the camera detects appears here at once.
        </Text>
      ) : (
        <EventRows events={shown} loading={loading} skeletons={4} compact />
      )}
    </section>
  );
}
