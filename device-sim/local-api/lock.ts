import type { Clock } from '../../core/runtime/clock.ts';

/** Wrong passwords before the lock: VIGI recorders lock after about ten. */
export const maxTries = 10;
/** How long the lock holds; the real time is not known. */
export const lockMs = 300_000;

/**
 * Counts wrong passwords. All doors of a camera that take the admin password share one, so none leads round another.
 * `clock` is the fleet's: setting a camera's own clock must not open its lock.
 */
export class Lock {
  private tries = 0;
  private until = 0;

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  /** Wrong tries so far; 0 again once a lock has run out. */
  get used(): number {
    this.settle();
    return this.tries;
  }
  /** How long the lock still holds; 0: not locked. */
  get secondsLeft(): number {
    this.settle();
    return this.left();
  }

  wrong() {
    this.settle();
    this.tries += 1;
    if (this.tries >= maxTries) this.until = this.clock.now() + lockMs;
  }
  right() {
    this.tries = 0;
  }

  private left() {
    return Math.max(0, Math.ceil((this.until - this.clock.now()) / 1000));
  }
  private settle() {
    if (this.until > 0 && this.left() === 0) this.tries = this.until = 0;
  }
}
