import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import type { Random } from './random.ts';

/** What every part is given instead of reaching for globals. */
export interface RuntimeDeps {
  clock: Clock;
  random: Random;
  log: Log;
}
