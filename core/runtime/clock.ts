import { setTimeout as delay } from 'node:timers/promises';

/** Where a part gets its time. `now` is milliseconds since the Unix epoch; `sleep` rejects with the signal's reason. */
export interface Clock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Longest wait one Node timer can hold (2^31-1 ms); longer sleeps are taken in pieces. */
const longestTimerMs = 0x7fffffff;

/** Taken once: a library that must be given another time may be given it by the global, and we keep the machine's. */
const machineNow = Date.now;

/** The machine's clock. */
export const realClock: Clock = {
  now: () => machineNow(),
  async sleep(ms, signal) {
    for (let leftMs = Math.max(0, ms); ; leftMs -= longestTimerMs) {
      await delay(Math.min(leftMs, longestTimerMs), undefined, { signal });
      if (leftMs <= longestTimerMs) return;
    }
  },
};

/** A clock that runs `offsetMs` ahead of another (behind when negative). */
export const shiftedClock = (clock: Clock, offsetMs: () => number): Clock => ({
  now: () => clock.now() + offsetMs(),
  sleep: (ms, signal) => clock.sleep(ms, signal),
});

interface Sleeper {
  dueAt: number;
  wake(): void;
}

/** A clock that stands still until `advance` moves it: sleepers wake in the order in which they are due. */
export interface ManualClock extends Clock {
  /** Move on by milliseconds or a text such as `90s`, `10m`, `24h`; sleepers that fall due on the way wake in order. */
  advance(by: number | string): Promise<void>;
  /** Jump to an instant without waking anyone on the way; sleepers now overdue wake at the next `advance`. */
  set(at: number): void;
  /** How many sleepers wait. */
  readonly sleeping: number;
}

export function manualClock(startAt = Date.UTC(2026, 0, 1)): ManualClock {
  let nowAt = startAt;
  const sleepers = new Set<Sleeper>();
  // Woken code does real I/O (sockets, SQLite); a few turns of the event loop let it reach its next sleep.
  const settle = async () => {
    for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => nowAt,
    get sleeping() {
      return sleepers.size;
    },
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          dueAt: nowAt + Math.max(0, ms),
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        sleepers.add(sleeper);
      });
    },
    set(at) {
      nowAt = at;
    },
    async advance(by) {
      const endAt = nowAt + (typeof by === 'number' ? by : parseDuration(by));
      await settle();
      for (;;) {
        const next = [...sleepers].filter((s) => s.dueAt <= endAt).sort((a, b) => a.dueAt - b.dueAt)[0];
        if (!next) break;
        nowAt = Math.max(nowAt, next.dueAt);
        next.wake();
        await settle();
      }
      nowAt = endAt;
      await settle();
    },
  };
}

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `250ms`, `90s`, `10m`, `1.5h`, `7d` or a plain number of milliseconds, in milliseconds. Throws RangeError otherwise. */
export function parseDuration(text: string): number {
  const match = /^(-?\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
  if (!match) throw new RangeError(`"${text}" is not a duration: write 250ms, 90s, 10m, 24h or 7d`);
  return Number(match[1]) * unitMs[match[2] ?? 'ms']!;
}

/** Run `fn` once after `ms` on the given clock, unless disposed before. */
export function startTimer(clock: Clock, ms: number, fn: () => void): Disposable {
  const stop = new AbortController();
  clock.sleep(ms, stop.signal).then(fn, (error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return { [Symbol.dispose]: () => stop.abort() };
}

/** Run `fn` every `ms` on the given clock, one run after the other, until disposed. */
export function startInterval(clock: Clock, ms: number, fn: () => unknown): Disposable {
  const stop = new AbortController();
  (async () => {
    for (;;) {
      await clock.sleep(ms, stop.signal);
      await fn();
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return { [Symbol.dispose]: () => stop.abort() };
}
