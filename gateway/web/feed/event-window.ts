import type { CameraEvent } from '../wire.ts';

/** A stretch of history without holes, newest first, whose upper end is the present. */
export interface EventWindow {
  readonly events: readonly CameraEvent[];
  /** There are older ones behind the last. */
  readonly more: boolean;
}

export const emptyWindow: EventWindow = { events: [], more: false };

const newestFirst = (a: CameraEvent, b: CameraEvent) => b.id - a.id;

const union = (a: readonly CameraEvent[], b: readonly CameraEvent[]): CameraEvent[] =>
  [...new Map([...a, ...b].map((event) => [event.id, event])).values()].sort(newestFirst);

/** Add events as they happen. Beyond `limit` the oldest go, and can be asked for again. */
export function withNewer(window: EventWindow, events: readonly CameraEvent[], limit: number): EventWindow {
  // An event older than the window's end belongs to history not loaded yet: taking it in would leave a hole above it.
  const oldest = window.more ? window.events.at(-1)?.id : undefined;
  const fitting = oldest === undefined ? events : events.filter(({ id }) => id >= oldest);
  if (fitting.length === 0) return window;
  const all = union(window.events, fitting);
  return all.length > limit ? { events: all.slice(0, limit), more: true } : { events: all, more: window.more };
}

/** Add the page asked for with `before` the window's last event. */
export const withOlder = (window: EventWindow, page: readonly CameraEvent[], more: boolean): EventWindow => ({
  events: union(window.events, page),
  more,
});

export interface EventFilter {
  camera?: string;
  kind?: string;
  active?: boolean;
}

export const matches = (filter: EventFilter, event: CameraEvent) =>
  (!filter.camera || event.cameraId === filter.camera) &&
  (!filter.kind || event.kind === filter.kind) &&
  (filter.active === undefined || event.active === filter.active);
