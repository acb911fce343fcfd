import type { CameraEvent } from '../wire.ts';
import type { Feed } from './feed.ts';

export type ActiveKind = Pick<CameraEvent, 'kind' | 'occurredAt'>;

export interface ActiveKinds extends Disposable {
  /** The same array until something changes for this camera. */
  of(cameraId: string): readonly ActiveKind[];
  /** Take in history (newest first), to know what began before we came. */
  seed(history: readonly CameraEvent[]): void;
  subscribe: (listener: () => void) => () => void;
}

const none: readonly ActiveKind[] = [];

/** What has begun and not ended, camera by camera, as the feed tells it. */
export function createActiveKinds(feed: Pick<Feed, 'subscribe'>): ActiveKinds {
  const cameras = new Map<string, readonly ActiveKind[]>();
  /** Newest event known for camera and kind: history must not undo what the feed said since. */
  const newest = new Map<string, number>();
  const listeners = new Set<() => void>();

  const take = (event: CameraEvent) => {
    const key = `${event.cameraId} ${event.kind}`;
    if (event.active === null || event.id <= (newest.get(key) ?? 0)) return;
    newest.set(key, event.id);
    const others = (cameras.get(event.cameraId) ?? none).filter(({ kind }) => kind !== event.kind);
    const { kind, occurredAt } = event;
    cameras.set(event.cameraId, event.active ? [{ kind, occurredAt }, ...others] : others);
  };

  const takeAll = (events: readonly CameraEvent[]) => {
    events.forEach(take);
    for (const listener of listeners) listener();
  };

  const subscription = feed.subscribe({
    events: takeAll,
    restart() {
      cameras.clear();
      newest.clear();
    },
  });

  return {
    of: (cameraId) => cameras.get(cameraId) ?? none,
    seed: takeAll,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}
