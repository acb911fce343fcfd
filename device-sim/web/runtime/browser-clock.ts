import type { Clock } from '../../../core/runtime/clock.ts';
import type { Random } from '../../../core/runtime/random.ts';

/** The browser's clock: with `browserRandom` the only place in these pages that reaches for time and chance. */
export const browserClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.max(0, ms),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};

export const browserRandom: Pick<Random, 'unit'> = { unit: () => Math.random() };
