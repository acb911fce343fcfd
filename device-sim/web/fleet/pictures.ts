import type { Clock } from '../../../core/runtime/clock.ts';

/** What a watcher of one camera's picture is told. */
export interface PictureWatcher<Picture> {
  picture(picture: Picture, at: number): void;
  failed(error: unknown): void;
}

export interface Wanted {
  camera: string;
  stream: 'main' | 'sub';
  /** One picture in so many milliseconds, when the fleet keeps up. */
  everyMs: number;
}

export interface PictureDeps<Picture> {
  clock: Clock;
  fetch(wanted: Wanted, signal: AbortSignal): Promise<Picture>;
}

/** A browser opens six connections to one host; pictures take at most this many, so the API always has one free. */
const parallel = 4;
/** A slow picture is followed by a breath, so that one camera cannot hold a place for good. */
const leastPauseMs = 60;
const retryMs = [1000, 2000, 4000];

export interface Pictures<Picture> {
  /** Ask for pictures until disposed. */
  watch(wanted: Wanted, watcher: PictureWatcher<Picture>): Disposable;
}

/** Stills of many cameras over few connections, first come first served. */
export function createPictures<Picture>({ clock, fetch }: PictureDeps<Picture>): Pictures<Picture> {
  let free = parallel;
  const queue: (() => void)[] = [];

  const place = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
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

  const vacate = () => {
    const next = queue.shift();
    if (next) next();
    else free++;
  };

  const run = async (wanted: Wanted, watcher: PictureWatcher<Picture>, signal: AbortSignal) => {
    for (let failures = 0; ; ) {
      await place(signal);
      const startedAt = clock.now();
      let pauseMs = wanted.everyMs;
      try {
        const picture = await fetch(wanted, signal);
        if (signal.aborted) return;
        failures = 0;
        watcher.picture(picture, clock.now());
      } catch (error) {
        if (signal.aborted) return;
        watcher.failed(error);
        pauseMs = retryMs[Math.min(failures++, retryMs.length - 1)]!;
      } finally {
        vacate();
      }
      await clock.sleep(Math.max(leastPauseMs, pauseMs - (clock.now() - startedAt)), signal);
    }
  };

  return {
    watch(wanted, watcher) {
      const stop = new AbortController();
      run(wanted, watcher, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
      return { [Symbol.dispose]: () => stop.abort() };
    },
  };
}
