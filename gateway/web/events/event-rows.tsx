import { Skeleton, Text, UnstyledButton } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { memo, useState } from 'react';
import { Link } from 'wouter';
import { routeName } from '../devices/camera-state.tsx';
import { absoluteTime, exactTime, relativeTime, span } from '../parts/time-text.ts';
import { ToneBadge } from '../parts/tone-badge.tsx';
import { useClock, useNow } from '../runtime/clock-context.tsx';
import type { CameraEvent } from '../wire.ts';
import classes from './events.module.css';
import { kindFacts } from './kinds.ts';

interface EventRowsProps {
  events: readonly CameraEvent[];
  loading?: boolean;
  skeletons?: number;
  /** Without the camera's name: the list is of one camera. */
  compact?: boolean;
}

const phase = (active: boolean | null) => (active === null ? 'Happened' : active ? 'Began' : 'Ended');

export function EventRows({ events, loading = false, skeletons = 8, compact = false }: EventRowsProps) {
  if (loading) {
    return (
      <div aria-busy="true" className={classes.rows}>
        {Array.from({ length: skeletons }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
          <div key={index} className={classes.skeleton}>
            <Skeleton height={28} width={28} radius="md" />
            <Skeleton height={14} width="35%" />
            <Skeleton height={14} width="15%" ml="auto" />
          </div>
        ))}
      </div>
    );
  }
  return (
    <ol className={classes.rows} aria-label="Events, newest first" data-compact={compact || undefined}>
      {events.map((event) => (
        <EventRow key={event.id} event={event} compact={compact} />
      ))}
    </ol>
  );
}

const EventRow = memo(function EventRow({ event, compact }: { event: CameraEvent; compact: boolean }) {
  const [open, setOpen] = useState(false);
  const { label, Icon } = kindFacts(event.kind);

  return (
    <li className={classes.row} data-event-id={event.id}>
      <div className={classes.line}>
        <span className={classes.kindIcon} data-active={String(event.active)}>
          <Icon size={17} stroke={1.75} aria-hidden />
        </span>
        <span className={classes.kind}>
          <b>{label}</b>
          <ToneBadge size="sm" tone={event.active ? 'bad' : 'idle'} solid={event.active === true}>
            {phase(event.active)}
          </ToneBadge>
        </span>
        {!compact && (
          <Link href={`/devices/${event.cameraId}`} className={classes.camera}>
            {event.cameraName}
          </Link>
        )}
        <EventTime at={event.occurredAt} />
        <UnstyledButton
          className={classes.more}
          aria-expanded={open}
          aria-label={`Details of ${label.toLowerCase()} event ${event.id}`}
          onClick={() => setOpen(!open)}
        >
          <IconChevronDown size={18} aria-hidden data-open={open || undefined} />
        </UnstyledButton>
      </div>
      {open && <EventDetails event={event} />}
    </li>
  );
});

/** Hundreds of these are on the page: an old one moves twice a minute only, and has its title from the browser. */
function EventTime({ at }: { at: string }) {
  const ms = Date.parse(at);
  const clock = useClock();
  const [young, setYoung] = useState(() => clock.now() - ms < 90_000);
  const now = useNow(young ? 1000 : 30_000);
  if (young && now - ms >= 90_000) setYoung(false);
  return (
    <time dateTime={at} className={classes.time} title={exactTime(ms)}>
      <span>{absoluteTime(ms, now)}</span>
      <span className={classes.relative}>{relativeTime(ms, now)}</span>
    </time>
  );
}

function EventDetails({ event }: { event: CameraEvent }) {
  const occurredAt = Date.parse(event.occurredAt);
  const receivedAt = Date.parse(event.receivedAt);
  const delayMs = receivedAt - occurredAt;
  return (
    <dl className={classes.details}>
      <dt>Event</dt>
      <dd className="numbers">{event.id}</dd>
      <dt>Topic</dt>
      <dd className="mono">{event.topic}</dd>
      <dt>Came by</dt>
      <dd>{routeName[event.route] ?? event.route}</dd>
      <dt>Occurred</dt>
      <dd className="numbers">{exactTime(occurredAt)}, by the camera’s clock</dd>
      <dt>Received</dt>
      <dd className="numbers">
        {exactTime(receivedAt)}
        <Text span inherit c="dimmed">
          {' '}
          · {span(delayMs)} {delayMs >= 0 ? 'later' : 'earlier: the camera’s clock is ahead'}
        </Text>
      </dd>
      <dt>Data</dt>
      <dd className="mono">
        {Object.entries(event.data).length === 0
          ? '–'
          : Object.entries(event.data).map(([name, value]) => (
              <span key={name} className={classes.datum}>
                {name}={typeof value === 'string' ? value : JSON.stringify(value)}
              </span>
            ))}
      </dd>
    </dl>
  );
}
