import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { type Random, seededRandom } from '../../core/runtime/random.ts';
import type { Traffic } from '../plan.ts';

/** A camera before which things can move. */
export interface Onlooker {
  readonly name: string;
  readonly kinds: readonly string[];
  readonly traffic: Traffic;
  trigger(kind: string, how: { durationMs: number }): void;
}

interface Level {
  /** Mean time between two beginnings at one camera. */
  everyMs: number;
  lastsMs: [least: number, most: number];
}
const levels: Record<Exclude<Traffic, 'off'>, Level> = {
  calm: { everyMs: 600_000, lastsMs: [4_000, 20_000] },
  busy: { everyMs: 30_000, lastsMs: [3_000, 12_000] },
};

/** What comes by, how often of a hundred, and what a camera that knows the kind says besides motion. */
const comers: [share: number, kind: string | undefined][] = [
  [45, 'people'],
  [25, 'vehicle'],
  [10, 'pet'],
  [20, undefined],
];

/** People, cars and cats that come by. */
export interface TrafficMaker extends Disposable {
  set(name: string, level: Traffic): void;
}

/**
 * All cameras of a level share one wait, to the next beginning anywhere: a thousand quiet cameras cost one timer. The
 * same seed gives the same comings and goings.
 */
export function startTraffic(
  onlookers: readonly Onlooker[],
  seed: string,
  deps: Pick<RuntimeDeps, 'clock'>,
): TrafficMaker {
  const levelOf = new Map(onlookers.map(({ name, traffic }) => [name, traffic]));
  const running = (['calm', 'busy'] as const).map((level) => ({
    level,
    random: seededRandom(`${seed} traffic ${level}`),
    stop: new AbortController(),
  }));
  const restart = (one: (typeof running)[number]) => {
    one.stop.abort();
    const stop = new AbortController();
    one.stop = stop;
    const here = onlookers.filter(({ name }) => levelOf.get(name) === one.level);
    if (here.length === 0) return;
    comeBy(here, levels[one.level], one.random, deps, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
  };
  for (const one of running) restart(one);
  return {
    set(name, level) {
      const before = levelOf.get(name);
      if (before === undefined || before === level) return;
      levelOf.set(name, level);
      for (const one of running) if (one.level === before || one.level === level) restart(one);
    },
    [Symbol.dispose]: () => running.forEach(({ stop }) => void stop.abort()),
  };
}

async function comeBy(
  onlookers: Onlooker[],
  { everyMs, lastsMs }: Level,
  random: Random,
  { clock }: Pick<RuntimeDeps, 'clock'>,
  signal: AbortSignal,
) {
  const meanMs = everyMs / onlookers.length;
  for (;;) {
    // Arrivals without memory: exponential gaps.
    await clock.sleep(-Math.log(1 - random.unit()) * meanMs, signal);
    const onlooker = onlookers[random.int(onlookers.length)]!;
    const durationMs = Math.round(lastsMs[0] + random.unit() * (lastsMs[1] - lastsMs[0]));
    const comer = pick(random);
    for (const kind of ['motion', comer])
      if (kind !== undefined && onlooker.kinds.includes(kind)) onlooker.trigger(kind, { durationMs });
  }
}

function pick(random: Random): string | undefined {
  let at = random.int(100);
  for (const [share, kind] of comers) {
    if (at < share) return kind;
    at -= share;
  }
  return undefined;
}
