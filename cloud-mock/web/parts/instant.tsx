import { useForceUpdate, useInterval } from '@mantine/hooks';
import { useEffect } from 'react';
import { cloudClock } from '../api/client.ts';

const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const steps = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 7],
] as const;

/** `3 minutes ago`, or the date when that is more than a week away. */
export function formatAgo(at: Date, now: Date): string {
  let amount = (at.getTime() - now.getTime()) / 1000;
  if (Math.abs(amount) < 10) return 'just now';
  for (const [unit, size] of steps) {
    if (Math.abs(amount) < size) return relative.format(Math.round(amount), unit);
    amount /= size;
  }
  return day.format(at);
}

/** Draw again every `everyMs`, for what shows the time that has passed. */
export function useTicking(everyMs: number) {
  const draw = useForceUpdate();
  const { start, stop } = useInterval(draw, everyMs);
  useEffect(() => {
    start();
    return stop;
  }, [start, stop]);
}

/** A moment in the past: how long ago, with the full date and time on hover and for machines. */
export function Instant({ at, as = 'ago' }: { at: string | null | undefined; as?: 'ago' | 'day' | 'full' }) {
  useTicking(10_000);
  if (!at) return <>never</>;
  const date = new Date(at);
  const text = as === 'ago' ? formatAgo(date, cloudClock.now()) : as === 'day' ? day.format(date) : full.format(date);
  return (
    <time dateTime={date.toISOString()} title={full.format(date)}>
      {text}
    </time>
  );
}
