import { Button, SegmentedControl, Select, Text } from '@mantine/core';
import { IconActivity, IconFilterOff, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useCameras } from '../api/queries.ts';
import type { EventFilter } from '../feed/event-window.ts';
import { useFeedStatus } from '../feed/feed-context.tsx';
import { Empty, Fault } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { ToneBadge } from '../parts/tone-badge.tsx';
import { EventRows } from './event-rows.tsx';
import classes from './events.module.css';
import { kindFacts, kindOptions } from './kinds.ts';
import { useEventWindow } from './use-event-window.ts';

const pageSize = 100;
const keptLive = 500;
/** While paused the list may grow behind the scenes, so that what is being read does not fall off its end. */
const keptPaused = 5000;

const activeText = { all: undefined, began: true, ended: false } as const;
type ActiveWord = keyof typeof activeText;

/** The filter lives in the address: it can be linked to, and survives a reload. */
function useFilter() {
  const [, navigate] = useLocation();
  const search = new URLSearchParams(useSearch());
  const word = search.get('active');
  const active: ActiveWord = word === 'began' || word === 'ended' ? word : 'all';
  const filter: EventFilter = {
    camera: search.get('camera') || undefined,
    kind: search.get('kind') || undefined,
    active: activeText[active],
  };
  const set = (name: string, value: string | null) => {
    if (value) search.set(name, value);
    else search.delete(name);
    navigate(search.size > 0 ? `/events?${search}` : '/events', { replace: true });
  };
  return { filter, active, set, clear: () => navigate('/events', { replace: true }) };
}

export function EventsPage() {
  const { filter, active, set, clear } = useFilter();
  const live = useFeedStatus().phase === 'live';
  const { data: cameras } = useCameras(live);
  const [pausedAt, setPausedAt] = useState<number>();
  const paused = pausedAt !== undefined;
  const { shown, more, loading, error, retry, loadOlder, loadingOlder } = useEventWindow(filter, {
    pageSize,
    limit: paused ? keptPaused : keptLive,
  });
  const visible = paused ? shown.filter(({ id }) => id <= pausedAt) : shown;
  const waiting = shown.length - visible.length;
  const filtered = Boolean(filter.camera || filter.kind || filter.active !== undefined);

  const cameraOptions = (cameras ?? []).map(({ id, name }) => ({ value: id, label: name }));
  if (filter.camera && cameras && !cameras.some(({ id }) => id === filter.camera)) {
    cameraOptions.push({ value: filter.camera, label: 'A removed camera' });
  }

  return (
    <Page
      title="Events"
      lead="What the cameras detect, the moment it happens. Everything is kept, also while nobody looks."
    >
      <div className={classes.toolbar}>
        <Select
          aria-label="Camera"
          placeholder="All cameras"
          data={cameraOptions}
          value={filter.camera ?? null}
          onChange={(value) => set('camera', value)}
          clearable
          searchable
          nothingFoundMessage="No such camera"
        />
        <Select
          aria-label="Kind"
          placeholder="All kinds"
          data={kindOptions}
          value={filter.kind ?? null}
          onChange={(value) => set('kind', value)}
          clearable
        />
        <SegmentedControl
          aria-label="Phase"
          value={active}
          onChange={(value) => set('active', value === 'all' ? null : value)}
          data={[
            { value: 'all', label: 'All' },
            { value: 'began', label: 'Began' },
            { value: 'ended', label: 'Ended' },
          ]}
        />
        <div className={classes.toolbarEnd}>
          <Text size="sm" c="dimmed" role="status" className="numbers">
            {paused ? (
              <ToneBadge tone="warn" className="numbers">
                Paused · {waiting > 999 ? '999+' : waiting} new
              </ToneBadge>
            ) : live ? (
              'Following live'
            ) : (
              'Not live: asking every 5 s'
            )}
          </Text>
          <Button
            variant={paused ? 'filled' : 'default'}
            leftSection={paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
            onClick={() => setPausedAt(paused ? undefined : (shown[0]?.id ?? 0))}
          >
            {paused ? 'Resume' : 'Pause'}
          </Button>
        </div>
      </div>
      {error !== undefined && <Fault error={error} what="The events could not be read" onRetry={retry} />}
      {!loading && visible.length === 0 && error === undefined ? (
        <Empty
          icon={filtered ? <IconFilterOff size={30} stroke={1.5} /> : <IconActivity size={32} stroke={1.5} />}
          title={filtered ? 'No event fits this filter' : 'No events yet'}
          actions={
            filtered && (
              <Button variant="default" onClick={clear}>
                Show all
              </Button>
            )
          }
        >
          {filtered
            ? `${filter.kind ? `${kindFacts(filter.kind).label}: nothing` : 'Nothing'} so far. It appears here as soon as it happens.`
            : cameras?.length === 0
              ? 'Add a camera first, under Devices. As soon as one of them sees something, it appears here.'
              : 'As soon as one of the cameras sees something, it appears here. Walk past one.'}
        </Empty>
      ) : (
        (loading || visible.length > 0) && (
          <div className="card">
            <EventRows events={visible} loading={loading} />
            {!loading && more && (
              <div className={classes.foot}>
                <Button variant="subtle" size="compact-sm" loading={loadingOlder} onClick={loadOlder}>
                  Load older
                </Button>
              </div>
            )}
          </div>
        )
      )}
    </Page>
  );
}
