import { Button, Group, Text } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useAccess } from '../api/queries.ts';
import { LabelCard } from '../labels/label-card.tsx';
import { CopyValue } from '../parts/copy.tsx';
import { Refusal } from '../parts/notice.tsx';
import type { Access, Camera } from '../wire.ts';
import classes from './camera.module.css';
import { Panel } from './panel.tsx';
import { Secret } from './secret.tsx';

/** How to reach the camera, with what, and the label on its back. */
export function AccessPanel({ camera }: { camera: Camera }) {
  const { data: access, error, refetch } = useAccess(camera.name, camera.state);
  if (error) return <Refusal error={error} onRetry={() => refetch()} />;
  if (!access) return null;
  return (
    <div className={classes.panels}>
      <Reach access={access} />
      <Label camera={camera} access={access} />
    </div>
  );
}

const Reach = ({ access }: { access: Access }) => {
  const rows: [string, string | null][] = [
    ['ONVIF', access.onvifUrl],
    ...access.rtspUrls.map((url, at): [string, string] => [`RTSP, ${['main', 'sub'][at] ?? at + 1}`, url]),
    ['Still picture', access.snapshotUrl],
    ['Local API', access.httpsUrl],
    ['OpenAPI', access.openApiUrl],
    ['UUID', access.uuid],
    ['Firmware', `${access.maker} ${access.firmware}`],
  ];
  return (
    <Panel title="How to reach it">
      <dl className={classes.facts}>
        <dt>User</dt>
        <dd>
          {access.username === null ? (
            <Nothing>none yet: not activated</Nothing>
          ) : (
            <CopyValue value={access.username} label="Copy the user name" />
          )}
        </dd>
        <dt>Password</dt>
        <dd>
          {access.password === null ? <Nothing>none yet</Nothing> : <Secret value={access.password} label="password" />}
        </dd>
        {rows.map(([name, value]) => (
          <div key={name} className={classes.factRow}>
            <dt>{name}</dt>
            <dd>{value === null ? <Nothing>closed</Nothing> : <CopyValue value={value} label={`Copy: ${name}`} />}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
};

const Nothing = ({ children }: { children: ReactNode }) => (
  <Text span inherit c="dimmed">
    {children}
  </Text>
);

const Label = ({ camera, access }: { camera: Camera; access: Access }) => (
  <Panel
    title="Label"
    aside={
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPrinter size={14} aria-hidden />}
        onClick={() => print()}
      >
        Print
      </Button>
    }
  >
    <div data-print>
      <LabelCard label={{ ...access, name: camera.name }} />
    </div>
    <Group mt="sm">
      <CopyValue value={access.label} label="Copy the text of the QR" />
    </Group>
  </Panel>
);
