import { Button, Group, Loader, Stack, Text } from '@mantine/core';
import { IconRadar } from '@tabler/icons-react';
import { useDiscovery } from '../api/queries.ts';
import { Fault } from '../parts/notice.tsx';
import { ToneBadge } from '../parts/tone-badge.tsx';
import type { DiscoveredDevice } from '../wire.ts';
import classes from './devices.module.css';

const seconds = 4;

const isUninitialized = ({ scopes }: DiscoveredDevice) =>
  scopes.some((scope) => scope.toLowerCase().endsWith('/vigil/state/uninitialized'));

interface DiscoverCamerasProps {
  /** A camera to add: its address. */
  onChoose: (address: string) => void;
  onPairing: () => void;
}

/** Ask the network who is there (WS-Discovery), as the gateway sees it. */
export function DiscoverCameras({ onChoose, onPairing }: DiscoverCamerasProps) {
  const discovery = useDiscovery();
  const found = discovery.data;
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        Asks for ONVIF cameras on the network the gateway is in. Cameras in other subnets do not hear the question: add
        those by address.
      </Text>
      <Group>
        <Button
          leftSection={<IconRadar size={16} />}
          onClick={() => discovery.mutate(seconds)}
          disabled={discovery.isPending}
          data-autofocus
        >
          {found ? 'Search again' : 'Search'}
        </Button>
        <Group gap="xs" role="status">
          {discovery.isPending && (
            <>
              <Loader size="xs" aria-hidden />
              <Text size="sm" c="dimmed">
                Listening for {seconds} seconds
              </Text>
            </>
          )}
          {!discovery.isPending && found && (
            <Text size="sm" c="dimmed">
              {found.length === 0
                ? 'No camera answered.'
                : `${found.length} ${found.length === 1 ? 'camera' : 'cameras'} answered.`}
            </Text>
          )}
        </Group>
      </Group>
      {discovery.error && <Fault error={discovery.error} />}
      {found && found.length > 0 && (
        <ul className={classes.found}>
          {found.map((device) => (
            <li key={device.address}>
              <div>
                <Text size="sm" fw={600} truncate>
                  {device.name || device.model || device.address}
                </Text>
                <Text size="xs" c="dimmed" className="numbers">
                  {[device.name && device.model !== device.name && device.model, device.address, device.mac]
                    .filter(Boolean)
                    .join(' · ')}
                </Text>
              </div>
              {device.known ? (
                <ToneBadge tone="idle">In the list</ToneBadge>
              ) : isUninitialized(device) ? (
                <>
                  <ToneBadge tone="note">Uninitialized</ToneBadge>
                  <Button size="compact-sm" variant="default" onClick={onPairing}>
                    How to
                  </Button>
                </>
              ) : (
                <Button
                  size="compact-sm"
                  variant="light"
                  aria-label={`Add ${device.name || device.address}`}
                  onClick={() => onChoose(device.address)}
                >
                  Add
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}
