import { Button, Group, NumberInput, SegmentedControl, Switch, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconBellOff, IconBolt, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { useVerb } from '../api/queries.ts';
import { durationOf } from '../parts/duration.ts';
import { absoluteTime } from '../parts/time-text.ts';
import { useNow } from '../runtime/clock-context.tsx';
import type { Camera } from '../wire.ts';
import classes from './camera.module.css';
import { Panel } from './panel.tsx';
import { sayRefused } from './trigger-panel.tsx';

/** Power, cable and clock of one camera. */
export function PowerPanel({ camera }: { camera: Camera }) {
  return (
    <div className={classes.panels}>
      <Power camera={camera} />
      <Network camera={camera} />
      <CameraClock camera={camera} />
      <Traffic camera={camera} />
    </div>
  );
}

function Power({ camera: { name, powered, bootCount } }: { camera: Camera }) {
  const reboot = useVerb(name, 'reboot');
  const cut = useVerb(name, 'power-cut');
  const [seconds, setSeconds] = useState<number | string>(30);
  return (
    <Panel
      title="Power"
      hint={`Booted ${bootCount} ${bootCount === 1 ? 'time' : 'times'}. A cut resets every connection without goodbye; a reboot says Bye.`}
    >
      <Group align="flex-end">
        <NumberInput
          label="Dark for (seconds)"
          size="sm"
          w={140}
          min={0}
          max={86_400}
          allowDecimal={false}
          value={seconds}
          onChange={setSeconds}
        />
        <Button
          variant="default"
          leftSection={<IconBolt size={16} aria-hidden />}
          disabled={!powered}
          loading={cut.isPending}
          onClick={() => cut.mutate({ offMs: Number(seconds) * 1000 }, { onError: sayRefused })}
        >
          Cut the power
        </Button>
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          disabled={!powered}
          loading={reboot.isPending}
          onClick={() => reboot.mutate({}, { onError: sayRefused })}
        >
          Reboot
        </Button>
      </Group>
    </Panel>
  );
}

function Network({ camera: { name, connected, connections, subscriptions } }: { camera: Camera }) {
  const network = useVerb(name, 'network');
  const lose = useVerb(name, 'lose-subscriptions');
  return (
    <Panel
      title="Network"
      hint={`${connections} open ${connections === 1 ? 'connection' : 'connections'}, ${subscriptions} event ${subscriptions === 1 ? 'subscription' : 'subscriptions'}. Without the cable it runs on, and who connects meets silence.`}
    >
      <Group>
        <Switch
          label="Cable is in"
          checked={connected}
          onChange={(event) => network.mutate({ connected: event.currentTarget.checked }, { onError: sayRefused })}
        />
        <Button
          variant="default"
          leftSection={<IconBellOff size={16} aria-hidden />}
          loading={lose.isPending}
          onClick={() =>
            lose.mutate(
              {},
              {
                onError: sayRefused,
                onSuccess: () =>
                  notifications.show({ message: 'Its subscriptions are gone; clients find out when they ask.' }),
              },
            )
          }
        >
          Lose subscriptions
        </Button>
      </Group>
    </Panel>
  );
}

const jumps = [
  { label: '−1 h', byMs: -3_600_000 },
  { label: '−5 min', byMs: -300_000 },
  { label: '+5 min', byMs: 300_000 },
  { label: '+1 h', byMs: 3_600_000 },
];

function CameraClock({ camera: { name, clockOffsetMs } }: { camera: Camera }) {
  const now = useNow();
  const clock = useVerb(name, 'clock');
  const drift = useVerb(name, 'drift');
  const [ppm, setPpm] = useState<number | string>(200);
  const set = (offsetMs: number) => clock.mutate({ offsetMs: Math.round(offsetMs) }, { onError: sayRefused });
  const off =
    Math.abs(clockOffsetMs) < 1000
      ? 'as this machine’s'
      : `${durationOf(Math.abs(clockOffsetMs))} ${clockOffsetMs > 0 ? 'ahead of' : 'behind'} this machine’s`;
  return (
    <Panel
      title="Clock"
      hint={
        <>
          It says{' '}
          <Text span inherit c="var(--mantine-color-text)" className="numbers">
            {absoluteTime(now + clockOffsetMs, now)}
          </Text>
          , {off}. Five minutes are enough for WS-Security to fail.
        </>
      }
    >
      <Group gap={6} mb="sm">
        {jumps.map(({ label, byMs }) => (
          <Button key={label} size="compact-sm" variant="default" onClick={() => set(clockOffsetMs + byMs)}>
            {label}
          </Button>
        ))}
        <Button size="compact-sm" variant="default" disabled={clockOffsetMs === 0} onClick={() => set(0)}>
          Set right
        </Button>
      </Group>
      <Group align="flex-end">
        <NumberInput
          label="Drift (millionths)"
          description="0 ends it"
          size="sm"
          w={160}
          min={-100_000}
          max={100_000}
          allowDecimal={false}
          value={ppm}
          onChange={setPpm}
        />
        <Button variant="default" onClick={() => drift.mutate({ ppm: Number(ppm) }, { onError: sayRefused })}>
          Let it drift
        </Button>
      </Group>
    </Panel>
  );
}

function Traffic({ camera: { name, traffic } }: { camera: Camera }) {
  const set = useVerb(name, 'traffic');
  return (
    <Panel
      title="Traffic"
      hint="People and cars that come by on their own, at random; the fleet’s seed makes it repeat."
    >
      <SegmentedControl
        aria-label="Traffic"
        data={[
          { label: 'Off', value: 'off' },
          { label: 'Calm', value: 'calm' },
          { label: 'Busy', value: 'busy' },
        ]}
        value={traffic}
        onChange={(level) => set.mutate({ level }, { onError: sayRefused })}
      />
    </Panel>
  );
}
