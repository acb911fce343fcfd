import type { Random } from './random.ts';

/** How retries space out: the first wait, the factor from one to the next, the cap, and the share (0..1) chance may take off. */
export interface Backoff {
  firstMs: number;
  factor: number;
  capMs: number;
  jitter: number;
}

/** Waits in milliseconds, without end. */
export function* delays(plan: Backoff, random: Pick<Random, 'unit'>): Generator<number, never> {
  for (let waitMs = plan.firstMs; ; waitMs = Math.min(waitMs * plan.factor, plan.capMs)) {
    yield Math.round(waitMs * (1 - plan.jitter * random.unit()));
  }
}
