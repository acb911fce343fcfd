import { Alert, Group, Tabs, Text, Title, Tooltip } from '@mantine/core';
import { useDocumentTitle, useMediaQuery } from '@mantine/hooks';
import { IconArrowLeft, IconBug, IconKey, IconListDetails, IconPower } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { ApiError } from '../api/call.ts';
import { useCamera } from '../api/queries.ts';
import { ActiveBadges, Counts, StateBadge } from '../fleet/camera-badges.tsx';
import { Picture } from '../fleet/picture.tsx';
import { Empty, Refusal } from '../parts/notice.tsx';
import { ToneBadge } from '../parts/tone-badge.tsx';
import { Timeline } from '../timeline/timeline.tsx';
import type { Camera } from '../wire.ts';
import { AccessPanel } from './access-panel.tsx';
import classes from './camera.module.css';
import { FaultsPanel } from './faults-panel.tsx';
import { PowerPanel } from './power-panel.tsx';
import { PtzPanel } from './ptz-panel.tsx';
import { TriggerPanel } from './trigger-panel.tsx';

const tabs: { value: string; label: string; Icon: typeof IconBug; panel: (camera: Camera) => ReactNode }[] = [
  { value: 'wire', label: 'Wire', Icon: IconListDetails, panel: ({ name }) => <Timeline camera={name} /> },
  { value: 'faults', label: 'Faults', Icon: IconBug, panel: ({ name }) => <FaultsPanel camera={name} /> },
  { value: 'power', label: 'Power & clock', Icon: IconPower, panel: (camera) => <PowerPanel camera={camera} /> },
  { value: 'access', label: 'Access', Icon: IconKey, panel: (camera) => <AccessPanel camera={camera} /> },
];

/** One camera: what it shows, what can be done to it, what it hears. */
export function CameraPage({ name, tab }: { name: string; tab: string }) {
  const { data: camera, error, refetch } = useCamera(name);
  const [, navigate] = useLocation();
  useDocumentTitle(`${name} · Fleet · Vigil`);
  // A phone has no use for four megapixels.
  const wide = useMediaQuery('(min-width: 48em)', undefined, { getInitialValueInEffect: false });
  const gone = error instanceof ApiError && error.code === 'camera_unknown';

  return (
    <>
      <Link href="/cameras" className={classes.back}>
        <IconArrowLeft size={16} aria-hidden /> All cameras
      </Link>
      <div className={classes.head}>
        <Title order={1}>{name}</Title>
        {camera && <HeadFacts camera={camera} />}
      </div>
      {gone ? (
        <Empty icon={<IconBug size={30} stroke={1.5} />} title="No such camera">
          This fleet has no camera “{name}”. <Link href="/cameras">See those it has.</Link>
        </Empty>
      ) : error && !camera ? (
        <Refusal error={error} what="The camera could not be read" onRetry={() => refetch()} />
      ) : (
        camera && (
          <>
            {camera.state === 'uninitialized' && (
              <Alert color="yellow" variant="light" mb="md" p="sm">
                Not activated: like a real one out of the box it refuses ONVIF, RTSP and pictures until it has an admin
                password. <code>config-tool activate --all</code> sets one.
              </Alert>
            )}
            <div className={classes.top}>
              <div className={`card ${classes.stage}`}>
                <Picture camera={camera} stream={wide ? 'main' : 'sub'} everyMs={400} maxWidth={1600}>
                  <div className={classes.actives}>
                    <ActiveBadges camera={camera} />
                  </div>
                </Picture>
              </div>
              <div className={classes.side}>
                <TriggerPanel camera={camera} />
                {camera.ptz && <PtzPanel camera={camera} />}
              </div>
            </div>
            <Tabs
              value={tabs.some(({ value }) => value === tab) ? tab : 'wire'}
              onChange={(next) => navigate(`/cameras/${name}/${next}`, { replace: true })}
              keepMounted={false}
            >
              <Tabs.List className={classes.tabs}>
                {tabs.map(({ value, label, Icon }) => (
                  <Tabs.Tab key={value} value={value} leftSection={<Icon size={16} aria-hidden />}>
                    {label}
                    {value === 'faults' && camera.faults > 0 && (
                      <ToneBadge tone="bad" size="sm" ml={6}>
                        {camera.faults}
                      </ToneBadge>
                    )}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              {tabs.map(({ value, panel }) => (
                <Tabs.Panel key={value} value={value} pt="md">
                  {panel(camera)}
                </Tabs.Panel>
              ))}
            </Tabs>
          </>
        )
      )}
    </>
  );
}

const HeadFacts = ({ camera }: { camera: Camera }) => (
  <Group gap="sm">
    <StateBadge camera={camera} />
    <Text size="sm" c="dimmed" component="span">
      {camera.model}
    </Text>
    <Text size="sm" c="dimmed" component="span" className="numbers">
      {camera.mac}
    </Text>
    <Text size="sm" c="dimmed" component="span" className="numbers">
      {camera.serial}
    </Text>
    <Text size="sm" component="span">
      <Counts camera={camera} />
    </Text>
    {camera.linked && (
      <Tooltip label="Its MQTT link to the gateway is up.">
        <ToneBadge tone="good">MQTT</ToneBadge>
      </Tooltip>
    )}
  </Group>
);
