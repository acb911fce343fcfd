import { Button, SegmentedControl, Switch } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useVerb } from '../api/queries.ts';
import { kindText } from '../fleet/camera-badges.tsx';
import { faultText } from '../parts/notice.tsx';
import type { Camera } from '../wire.ts';
import classes from './camera.module.css';
import { Panel } from './panel.tsx';

export const sayRefused = (error: unknown) =>
  notifications.show({ color: 'red', title: 'That did not work', message: faultText(error).title });

const times = [
  { label: '5 s', value: '5000' },
  { label: '20 s', value: '20000' },
  { label: '2 min', value: '120000' },
];

/** Every kind the camera sees: for a while by its button, or on and off by its switch. */
export function TriggerPanel({ camera }: { camera: Camera }) {
  const trigger = useVerb(camera.name, 'trigger');
  const [durationMs, setDurationMs] = useState('20000');
  const play = (body: object) => trigger.mutate(body, { onError: sayRefused });
  return (
    <Panel
      title="Events"
      aside={
        <SegmentedControl
          size="xs"
          aria-label="How long an event lasts"
          data={times}
          value={durationMs}
          onChange={setDurationMs}
        />
      }
    >
      <ul className={classes.kinds}>
        {camera.kinds.map((kind) => {
          const active = camera.active.includes(kind);
          return (
            <li key={kind} data-active={active || undefined}>
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconPlayerPlay size={13} aria-hidden />}
                onClick={() => play({ kind, durationMs: Number(durationMs) })}
              >
                {kindText(kind)}
              </Button>
              <Switch
                size="sm"
                aria-label={`${kindText(kind)} on`}
                checked={active}
                onChange={(event) => play({ kind, active: event.currentTarget.checked })}
              />
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
