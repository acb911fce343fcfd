import type { Clock } from '../../../core/runtime/clock.ts';

/** What a watcher of one camera's picture is told. */
export interface SnapshotWatcher<Picture> {
  picture(picture: Picture, at: number): void;
  /** `final`: the camera gives no stills, it is not asked again. */
  failed(error: unknown, final: boolean): void;
}

export interface SnapshotDeps<Picture> {
  clock: Clock;
  fetch(cameraId: string, signal: AbortSignal): Promise<Picture>;
  /** The camera will never give a still, or the session is over. */
  isFinal(error: unknown): boolean;
}

/** A browser opens six connections to one host; pictures take at most this many, so the API always has one free. */
const parallel = 4;
const everyMs = 1000;
/** A slow picture is followed by a breath, so that one camera cannot hold a place for good. */
const leastPauseMs = 150;
const retryMs = [2000, 4000, 8000, 15_000];

export interface Snapshots<Picture> {
  /** Ask for a picture about once a second until disposed. */
  watch(cameraId: string, watcher: SnapshotWatcher<Picture>): Disposable;
}

/** Live stills of many cameras over few connections, first come first served. */
export function createSnapshots<Picture>({ clock, fetch, isFinal }: SnapshotDeps<Picture>): Snapshots<Picture> {
  let free = parallel;
  const queue: (() => void)[] = [];

  const place = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (free > 0) {
        free--;
        return resolve();
      }
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        const at = queue.indexOf(enter);
        if (at >= 0) queue.splice(at, 1);
        reject(signal.reason);
      };
      queue.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });

  const leave = () => {
    const next = queue.shift();
    if (next) next();
    else free++;
  };

  const run = async (cameraId: string, watcher: SnapshotWatcher<Picture>, signal: AbortSignal) => {
    for (let failures = 0; ; ) {
      await place(signal);
      const startedAt = clock.now();
      let pauseMs = everyMs;
      try {
        const picture = await fetch(cameraId, signal);
        if (signal.aborted) return;
        failures = 0;
        watcher.picture(picture, clock.now());
      } catch (error) {
        if (signal.aborted) return;
        const final = isFinal(error);
        watcher.failed(error, final);
        if (final) return;
        pauseMs = retryMs[Math.min(failures++, retryMs.length - 1)]!;
      } finally {
        leave();
      }
      await clock.sleep(Math.max(leastPauseMs, pauseMs - (clock.now() - startedAt)), signal);
    }
  };

  return {
    watch(cameraId, watcher) {
      const stop = new AbortController();
      run(cameraId, watcher, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
      return { [Symbol.dispose]: () => stop.abort() };
    },
  };
}
