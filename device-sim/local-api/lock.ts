import type { Clock } from '../../core/runtime/clock.ts';

/** Wrong passwords before the lock: VIGI recorders lock after about ten. */
export const maxTries = 10;
/** How long the lock holds; the real time is not known. */
export const lockMs = 300_000;

/** Counts wrong passwords. All doors of a camera that take the admin password share one, so none leads round another. */
export interface Lock {
  /** Wrong tries so far; 0 again once a lock has run out. */
  readonly used: number;
  /** How long the lock still holds; 0: not locked. */
  readonly secondsLeft: number;
  wrong(): void;
  right(): void;
}

/** `clock` is the fleet's: setting a camera's own clock must not open its lock. */
export function createLock(clock: Pick<Clock, 'now'>): Lock {
  let used = 0;
  let until = 0;
  const secondsLeft = () => Math.max(0, Math.ceil((until - clock.now()) / 1000));
  const settle = () => {
    if (until > 0 && secondsLeft() === 0) used = until = 0;
  };
  return {
    get used() {
      settle();
      return used;
    },
    get secondsLeft() {
      settle();
      return secondsLeft();
    },
    wrong() {
      settle();
      used += 1;
      if (used >= maxTries) until = clock.now() + lockMs;
    },
    right() {
      used = 0;
    },
  };
}
