import {
  type Clock,
  type ManualClock,
  manualClock,
  parseDuration,
  realClock,
  shiftedClock,
} from '../../core/runtime/clock.ts';

/** The clock of a lab: real time that can be moved on, or time that stands still until it is. */
export interface LabClock extends Clock {
  /**
   * Move on by `90s`, `10m`, `24h` or milliseconds. A manual clock wakes every sleeper that falls due on the way; a real
   * one only shows a later time from now on (codes, expiry, lock-outs), and its timers keep running in real time.
   */
  advance(by: number | string): Promise<void>;
}

export function createLabClock(kind: 'real' | 'manual'): LabClock {
  if (kind === 'manual') {
    const clock: ManualClock = manualClock(Date.UTC(2026, 2, 1, 8));
    return clock;
  }
  let offsetMs = 0;
  return {
    ...shiftedClock(realClock, () => offsetMs),
    async advance(by) {
      offsetMs += typeof by === 'number' ? by : parseDuration(by);
    },
  };
}
