import { ActionIcon, Button, Chip, Group, Pagination, Skeleton, TextInput } from '@mantine/core';
import { IconDeviceCctv, IconQrcode, IconSearch, IconX } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import { useCameras } from '../api/queries.ts';
import { Empty, Refusal } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import type { Camera } from '../wire.ts';
import { CameraCard } from './camera-card.tsx';
import classes from './fleet.module.css';
import { found, type GroupName, groups } from './found.ts';

/** Pictures on one page: as many as the fleet and a browser move at a rate that looks alive. */
const pageSize = 24;

/** All cameras, page by page. */
export function FleetPage() {
  const { data: cameras, error, refetch } = useCameras();
  const [search, setSearch] = useState('');
  const [group, setGroup] = useState<GroupName>('all');
  const [wanted, setPage] = useState(1);
  const top = useRef<HTMLDivElement>(null);

  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fit = cameras?.filter((camera) => groups[group].has(camera) && found(camera, words)) ?? [];
  const pages = Math.max(1, Math.ceil(fit.length / pageSize));
  const page = Math.min(wanted, pages);
  const shown = fit.slice((page - 1) * pageSize, page * pageSize);
  const turnTo = (next: number) => {
    setPage(next);
    top.current?.scrollIntoView({ block: 'start' });
  };
  const showAll = () => {
    setSearch('');
    setGroup('all');
  };

  return (
    <Page
      title="Cameras"
      lead={cameras ? summary(cameras) : <>&nbsp;</>}
      actions={
        cameras &&
        cameras.length > 0 && (
          <Button component={Link} href="/labels" variant="default" leftSection={<IconQrcode size={16} aria-hidden />}>
            Labels
          </Button>
        )
      }
    >
      {error && !cameras ? (
        <Refusal error={error} what="The cameras could not be read" onRetry={() => refetch()} />
      ) : cameras?.length === 0 ? (
        <Empty icon={<IconDeviceCctv size={32} stroke={1.5} />} title="No cameras">
          This fleet was started without cameras. Start it with <code>--cameras 4</code> or a <code>--fleet</code> file.
        </Empty>
      ) : (
        <>
          <div className={classes.toolbar} ref={top}>
            <TextInput
              className={classes.search}
              aria-label="Search cameras"
              placeholder="Name, model, MAC, serial, address …"
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
          </div>
          {!cameras ? (
            <Waiting />
          ) : fit.length === 0 ? (
            <Empty
              icon={<IconSearch size={30} stroke={1.5} />}
              title="No camera fits"
              actions={
                <Button variant="default" onClick={showAll}>
                  Show all
                </Button>
              }
            >
              None of the {cameras.length} cameras matches this search and filter.
            </Empty>
          ) : (
            <>
              <ul className={classes.grid} aria-label="Cameras">
                {shown.map((camera) => (
                  <CameraCard key={camera.name} camera={camera} />
                ))}
              </ul>
              {pages > 1 && (
                <Group justify="space-between" mt="lg" className={classes.pager}>
                  <span className="numbers">
                    {(page - 1) * pageSize + 1}–{Math.min(page * pageSize, fit.length)} of {fit.length}
                  </span>
                  <Pagination
                    total={pages}
                    value={page}
                    onChange={turnTo}
                    siblings={1}
                    boundaries={1}
                    size="sm"
                    getControlProps={(control) => ({ 'aria-label': `${control} page` })}
                    getItemProps={(number) => ({ 'aria-label': `Page ${number}` })}
                  />
                </Group>
              )}
            </>
          )}
        </>
      )}
    </Page>
  );
}

function summary(cameras: Camera[]): string {
  const count = (name: GroupName) => cameras.filter(groups[name].has).length;
  const viewers = cameras.reduce((sum, one) => sum + one.viewers, 0);
  const subscriptions = cameras.reduce((sum, one) => sum + one.subscriptions, 0);
  const parts = [
    `${cameras.length} simulated ${cameras.length === 1 ? 'camera' : 'cameras'}`,
    `${viewers} ${viewers === 1 ? 'viewer' : 'viewers'}`,
    `${subscriptions} event ${subscriptions === 1 ? 'subscription' : 'subscriptions'}`,
  ];
  if (count('off') > 0) parts.push(`${count('off')} off`);
  return parts.join(' · ');
}

const Waiting = () => (
  <div className={classes.grid} aria-busy="true">
    {[1, 2, 3, 4].map((key) => (
      <div key={key} className={`card ${classes.cameraCard}`}>
        <Skeleton style={{ aspectRatio: '16 / 9' }} radius={0} />
        <div className={classes.cardBody}>
          <Skeleton height={16} width="55%" my={9} />
        </div>
      </div>
    ))}
  </div>
);
