import type { Clock } from '../../core/runtime/clock.ts';

/** How often a move in progress is looked at. */
const tickMs = 50;

interface Move {
  /** Units a second, signed. */
  velocity: number;
  target: number | undefined;
}

/**
 * One motor: a position that takes time to change. Time is the clock's, so a move can be followed in a test; between
 * ticks the position is worked out when asked for.
 */
export class AxisMotor {
  private at: number;
  private since: number;
  private move: Move | undefined;

  constructor(
    private readonly clock: Pick<Clock, 'now'>,
    start: number,
    private readonly fullSpeed: number,
    private limits: readonly [number, number],
  ) {
    this.at = start;
    this.since = clock.now();
  }

  get position(): number {
    this.settle();
    return this.at;
  }
  get moving(): boolean {
    this.settle();
    return this.move !== undefined;
  }

  limit(limits: readonly [number, number]) {
    this.settle();
    this.limits = limits;
    if (this.at < limits[0] || this.at > limits[1]) this.moveTo(this.at, 1);
  }

  /** `speed` is a share of full speed, 0 to 1. */
  moveTo(target: number, speed: number) {
    this.settle();
    const end = this.clamp(target);
    const velocity = Math.sign(end - this.at) * this.fullSpeed * (speed > 0 ? speed : 1);
    this.move = end === this.at ? undefined : { velocity, target: end };
  }

  /** `speed` from -1 to 1; 0 stops. */
  drive(speed: number) {
    this.settle();
    this.move = speed === 0 ? undefined : { velocity: speed * this.fullSpeed, target: undefined };
    this.settle();
  }

  stop() {
    this.settle();
    this.move = undefined;
  }

  private clamp(value: number) {
    return Math.min(this.limits[1], Math.max(this.limits[0], value));
  }

  private settle() {
    const now = this.clock.now();
    const elapsed = (now - this.since) / 1000;
    this.since = now;
    if (!this.move || elapsed < 0) return;
    const { velocity, target } = this.move;
    const next = this.clamp(this.at + velocity * elapsed);
    const end = target ?? this.limits[velocity > 0 ? 1 : 0];
    const arrived = velocity > 0 ? next >= end : next <= end;
    this.at = arrived ? end : next;
    if (arrived) this.move = undefined;
  }
}

/** Call `onTick` while something moves and once more when it stands. One loop at a time; ends with the signal. */
export function createTicker(clock: Clock, signal: AbortSignal, isMoving: () => boolean, onTick: () => void) {
  let running = false;
  return async () => {
    onTick();
    if (running) return;
    running = true;
    try {
      while (isMoving()) {
        await clock.sleep(tickMs, signal);
        onTick();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      running = false;
    }
  };
}
