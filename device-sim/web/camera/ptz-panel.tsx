import { ActionIcon, Button, Group, TextInput, Tooltip } from '@mantine/core';
import { IconHome, IconTrash, IconZoomIn, IconZoomOut } from '@tabler/icons-react';
import { useState } from 'react';
import { usePtz, useVerb } from '../api/queries.ts';
import type { Camera } from '../wire.ts';
import classes from './camera.module.css';
import { Joystick } from './joystick.tsx';
import { Panel } from './panel.tsx';
import { sayRefused } from './trigger-panel.tsx';

const two = (number: number) => number.toFixed(2).replace('-', '−');

/** The head: a knob to drag, zoom, and the places it keeps. */
export function PtzPanel({ camera }: { camera: Camera }) {
  const { data: ptz } = usePtz(camera.name, camera.powered);
  const order = useVerb(camera.name, 'ptz');
  const [name, setName] = useState('');
  const send = (body: object) => order.mutate(body, { onError: sayRefused });
  const off = !camera.powered;
  const zoom = (speed: number) => ({
    onPointerDown: () => send({ drive: { zoom: speed }, timeoutMs: 3000 }),
    onPointerUp: () => send({ stop: true }),
    onKeyDown: (event: React.KeyboardEvent) =>
      (event.key === 'Enter' || event.key === ' ') && !event.repeat && send({ drive: { zoom: speed }, timeoutMs: 500 }),
  });
  return (
    <Panel
      title="Pan, tilt, zoom"
      aside={
        ptz && (
          <span className={classes.position}>
            {two(ptz.position.x)} / {two(ptz.position.y)}
            {ptz.zoom && ` · ${Math.round(ptz.position.zoom * 100)} %`}
          </span>
        )
      }
    >
      <div className={classes.ptz}>
        <Joystick
          disabled={off}
          onDrive={(velocity) => send({ drive: velocity })}
          onStop={() => send({ stop: true })}
        />
        <div className={classes.ptzSide}>
          <Group gap={6}>
            {ptz?.zoom && (
              <>
                <Tooltip label="Zoom in, while it is held">
                  <ActionIcon variant="default" size="lg" aria-label="Zoom in" disabled={off} {...zoom(0.5)}>
                    <IconZoomIn size={18} />
                  </ActionIcon>
                </Tooltip>
                <Tooltip label="Zoom out, while it is held">
                  <ActionIcon variant="default" size="lg" aria-label="Zoom out" disabled={off} {...zoom(-0.5)}>
                    <IconZoomOut size={18} />
                  </ActionIcon>
                </Tooltip>
              </>
            )}
            <Tooltip label="To its home position">
              <ActionIcon
                variant="default"
                size="lg"
                aria-label="Go home"
                disabled={off}
                onClick={() => send({ goto: 'home' })}
              >
                <IconHome size={18} />
              </ActionIcon>
            </Tooltip>
          </Group>
          {ptz && ptz.presets.length > 0 && (
            <ul className={classes.presets} aria-label="Presets">
              {ptz.presets.map((preset) => (
                <li key={preset.token}>
                  <Button
                    size="compact-sm"
                    variant="default"
                    disabled={off}
                    onClick={() => send({ goto: preset.token })}
                  >
                    {preset.name}
                  </Button>
                  <ActionIcon
                    size="sm"
                    variant="subtle"
                    color="gray"
                    aria-label={`Forget ${preset.name}`}
                    onClick={() => send({ forget: preset.token })}
                  >
                    <IconTrash size={14} />
                  </ActionIcon>
                </li>
              ))}
            </ul>
          )}
          <form
            className={classes.keep}
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim() === '') return;
              send({ keep: name.trim() });
              setName('');
            }}
          >
            <TextInput
              size="xs"
              aria-label="Name of a new preset"
              placeholder="Keep this view as …"
              maxLength={64}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button size="xs" variant="default" type="submit" disabled={off || name.trim() === ''}>
              Keep
            </Button>
          </form>
        </div>
      </div>
    </Panel>
  );
}
