import {
  ActionIcon,
  Button,
  Chip,
  SegmentedControl,
  Skeleton,
  TextInput,
  Tooltip,
  VisuallyHidden,
} from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconDeviceCctv, IconLayoutGrid, IconList, IconPlus, IconSearch, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useCameras, useCovers } from '../api/queries.ts';
import { useFeedStatus } from '../feed/feed-context.tsx';
import { Empty, Fault } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import type { Camera } from '../wire.ts';
import { AddCamera, type AddTab } from './add-camera.tsx';
import type { CameraAction } from './camera-actions.tsx';
import { CameraCard } from './camera-card.tsx';
import { CameraDrawer } from './camera-drawer.tsx';
import { addressText, stateFacts } from './camera-state.tsx';
import { CameraTable } from './camera-table.tsx';
import classes from './devices.module.css';
import { ChangePassword, RemoveCamera, RenameCamera } from './edit-camera.tsx';
import { SnapshotsProvider } from './snapshot.tsx';

const groups = {
  all: { label: 'All', has: () => true },
  online: { label: 'Online', has: ({ state }: Camera) => state === 'online' },
  attention: { label: 'Needs attention', has: ({ state }: Camera) => stateFacts[state].attention },
} as const;
type GroupName = keyof typeof groups;

const found = (camera: Camera, words: string[]) => {
  const text = [
    camera.name,
    camera.model,
    camera.manufacturer,
    camera.serial,
    camera.mac,
    camera.firmware,
    addressText(camera),
  ]
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
};

export function DevicesPage({ openId }: { openId: string | undefined }) {
  const live = useFeedStatus().phase === 'live';
  const { data: cameras, error, refetch } = useCameras(live);
  const mayChange = useCovers('admin');
  const [, navigate] = useLocation();
  const [view, setView] = useLocalStorage<'grid' | 'table'>({ key: 'vigil-devices-view', defaultValue: 'grid' });
  const [search, setSearch] = useState('');
  const [group, setGroup] = useState<GroupName>('all');
  const [adding, setAdding] = useState<AddTab>();
  const [asked, setAsked] = useState<{ action: CameraAction; id: string }>();

  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = cameras?.filter((camera) => groups[group].has(camera) && found(camera, words));
  const askedFor = (action: CameraAction) =>
    asked?.action === action ? cameras?.find(({ id }) => id === asked.id) : undefined;
  const stopAsking = () => setAsked(undefined);
  const onAction = (action: CameraAction, camera: Camera) =>
    action === 'open' ? navigate(`/devices/${camera.id}`) : setAsked({ action, id: camera.id });
  const clearFilter = () => {
    setSearch('');
    setGroup('all');
  };

  return (
    <SnapshotsProvider>
      <Page
        title="Devices"
        lead={cameras && cameras.length > 0 ? summary(cameras) : <>&nbsp;</>}
        actions={
          mayChange && (
            <Button leftSection={<IconPlus size={18} />} onClick={() => setAdding('address')}>
              Add camera
            </Button>
          )
        }
      >
        {error && !cameras ? (
          <Fault error={error} what="The cameras could not be read" onRetry={() => refetch()} />
        ) : cameras?.length === 0 ? (
          <Empty
            icon={<IconDeviceCctv size={32} stroke={1.5} />}
            title="No cameras yet"
            actions={
              mayChange && (
                <>
                  <Button onClick={() => setAdding('discover')}>Search this network</Button>
                  <Button variant="default" onClick={() => setAdding('address')}>
                    Add by address
                  </Button>
                  <Button variant="subtle" onClick={() => setAdding('pairing')}>
                    Pair a VIGI camera
                  </Button>
                </>
              )
            }
          >
            {mayChange
              ? 'Search the network for ONVIF cameras, add one by its address, or pair a VIGI camera with the Config Tool. Pictures, states and events appear here at once.'
              : 'An administrator of this gateway has to add some. They appear here at once.'}
          </Empty>
        ) : (
          <>
            <div className={classes.toolbar}>
              <TextInput
                className={classes.search}
                aria-label="Search cameras"
                placeholder="Name, model, address, serial …"
                leftSection={<IconSearch size={16} aria-hidden />}
                rightSection={
                  search && (
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size="sm"
                      aria-label="Clear search"
                      onClick={() => setSearch('')}
                    >
                      <IconX size={14} />
                    </ActionIcon>
                  )
                }
                value={search}
                onChange={(event) => setSearch(event.currentTarget.value)}
              />
              <Chip.Group value={group} onChange={(next) => setGroup(next as GroupName)}>
                <div className={classes.filters} role="radiogroup" aria-label="Show">
                  {Object.entries(groups).map(([key, { label, has }]) => (
                    <Chip key={key} value={key} size="sm" variant="outline" icon={null} className="numbers">
                      {label} {cameras?.filter(has).length}
                    </Chip>
                  ))}
                </div>
              </Chip.Group>
              <SegmentedControl
                className={classes.toolbarEnd}
                aria-label="View"
                value={view}
                onChange={(next) => setView(next as 'grid' | 'table')}
                data={[
                  {
                    value: 'grid',
                    label: <ViewLabel text="Pictures" icon={<IconLayoutGrid size={18} aria-hidden />} />,
                  },
                  { value: 'table', label: <ViewLabel text="Table" icon={<IconList size={18} aria-hidden />} /> },
                ]}
              />
            </div>
            {!shown ? (
              <Waiting />
            ) : shown.length === 0 ? (
              <Empty
                icon={<IconSearch size={30} stroke={1.5} />}
                title="No camera fits"
                actions={
                  <Button variant="default" onClick={clearFilter}>
                    Show all
                  </Button>
                }
              >
                None of the {cameras?.length} cameras matches this search and filter.
              </Empty>
            ) : view === 'grid' ? (
              <ul className={classes.grid} aria-label="Cameras">
                {shown.map((camera) => (
                  <CameraCard key={camera.id} camera={camera} onAction={onAction} />
                ))}
              </ul>
            ) : (
              <CameraTable cameras={shown} onAction={onAction} />
            )}
          </>
        )}
      </Page>
      <CameraDrawer
        camera={cameras?.find(({ id }) => id === openId)}
        onClose={() => navigate('/devices')}
        onAction={onAction}
      />
      <AddCamera tab={adding} onTab={setAdding} />
      <RenameCamera camera={askedFor('edit')} onClose={stopAsking} />
      <ChangePassword camera={askedFor('password')} onClose={stopAsking} />
      <RemoveCamera
        camera={askedFor('remove')}
        onClose={stopAsking}
        onRemoved={() => {
          stopAsking();
          if (openId) navigate('/devices');
        }}
      />
    </SnapshotsProvider>
  );
}

const ViewLabel = ({ text, icon }: { text: string; icon: React.ReactNode }) => (
  <Tooltip label={text}>
    <span style={{ display: 'grid' }}>
      {icon}
      <VisuallyHidden>{text}</VisuallyHidden>
    </span>
  </Tooltip>
);

function summary(cameras: Camera[]): string {
  const online = cameras.filter(groups.online.has).length;
  const attention = cameras.filter(groups.attention.has).length;
  const parts = [`${cameras.length} ${cameras.length === 1 ? 'camera' : 'cameras'}`, `${online} online`];
  if (attention > 0) parts.push(`${attention} ${attention === 1 ? 'needs' : 'need'} attention`);
  return parts.join(' · ');
}

const Waiting = () => (
  <div className={classes.grid} aria-busy="true">
    {[1, 2, 3, 4].map((key) => (
      <div key={key} className={`card ${classes.cameraCard}`}>
        <Skeleton style={{ aspectRatio: '16 / 9' }} radius={0} />
        <div className={classes.cardBody}>
          <Skeleton height={16} width="55%" my={9} />
          <div className={classes.cardFacts}>
            <Skeleton height={12} width="70%" my={4} />
            <Skeleton height={12} width="45%" my={7} />
          </div>
        </div>
      </div>
    ))}
  </div>
);
