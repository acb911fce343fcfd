import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { hint, UsageError } from '../../core/runtime/settings.ts';
import { SimError } from '../errors.ts';
import type { FleetCamera } from '../fleet-camera.ts';
import type { Traffic } from '../plan.ts';
import { type Action, formatAction } from './action.ts';
import type { Scenario, Step } from './scenario-file.ts';

/** What a scenario plays upon. */
export interface Stage {
  readonly cameras: readonly FleetCamera[];
  setTraffic(camera: string, level: Traffic): void;
}

export interface Played {
  /** Since the beginning. */
  atMs: number;
  camera: string;
  what: string;
}

export interface RunningScenario extends Disposable {
  /** Settles when it is over; rejects when it was ended before. */
  readonly over: Promise<void>;
}

/** Begin a scenario now, on the clock given. Names are checked before anything happens. */
export function startScenario(
  scenario: Scenario,
  stage: Stage,
  deps: Pick<RuntimeDeps, 'clock' | 'log'>,
  onPlayed: (one: Played) => void = () => undefined,
): RunningScenario {
  const byName = new Map(stage.cameras.map((one) => [one.name, one]));
  for (const { cameras = [] } of scenario.steps)
    for (const name of cameras)
      if (!byName.has(name))
        throw new UsageError(`${scenario.name}: there is no camera "${name}"${hint(name, byName.keys())}`);
  const stop = new AbortController();
  const beganAt = deps.clock.now();
  const sleepUntil = (atMs: number) => deps.clock.sleep(Math.max(0, beganAt + atMs - deps.clock.now()), stop.signal);

  const play = (step: Step, atMs: number) => {
    for (const one of step.cameras ? step.cameras.map((name) => byName.get(name)!) : stage.cameras) {
      for (const action of step.actions) {
        if (!perform(action, one)) continue;
        onPlayed({ atMs, camera: one.name, what: formatAction(action) });
      }
      if (step.fault) {
        one.faults.add(step.fault);
        onPlayed({ atMs, camera: one.name, what: `fault at ${step.fault.at}` });
      }
    }
  };
  const follow = async (step: Step) => {
    const untilMs = Math.min(step.untilMs ?? scenario.lastsMs, scenario.lastsMs);
    for (let atMs = step.atMs; atMs <= untilMs; atMs += step.everyMs ?? Infinity) {
      await sleepUntil(atMs);
      play(step, atMs);
    }
  };

  /** False: this camera does not see such a thing; a step for all cameras passes it by. */
  function perform(action: Action, one: FleetCamera): boolean {
    try {
      act(action, one);
      return true;
    } catch (error) {
      if (!(error instanceof SimError)) throw error;
      deps.log.debug({ camera: one.name, reason: error.message }, 'a step passed by');
      return false;
    }
  }

  function act(action: Action, one: FleetCamera) {
    switch (action.do) {
      case 'trigger':
        return one.trigger(action.kind, action.durationMs === undefined ? {} : { durationMs: action.durationMs });
      case 'switch':
        return one.trigger(action.kind, { active: action.active });
      case 'power-cut':
        return background(one.powerCut(action.offMs));
      case 'reboot':
        return background(one.reboot());
      case 'network':
        return one.network(action.connected);
      case 'network-cut':
        one.network(false);
        return background(deps.clock.sleep(action.offMs, stop.signal).then(() => one.network(true)));
      case 'clock':
        return one.shiftClock(action.byMs);
      case 'drift':
        return one.drift(action.partsPerMillion);
      case 'traffic':
        return stage.setTraffic(one.name, action.level);
      case 'lose-subscriptions':
        return one.loseSubscriptions();
      case 'clear-faults':
        return one.faults.clear();
    }
  }

  function background(work: Promise<void>) {
    work.catch((error: unknown) => {
      if (!stop.signal.aborted) deps.log.error({ reason: (error as Error).message }, 'a step failed');
    });
  }

  const over = Promise.all([...scenario.steps.map(follow), sleepUntil(scenario.lastsMs)]).then(() => undefined);
  // Whoever does not wait for the end still may stop it.
  over.catch(() => undefined);
  return { over, [Symbol.dispose]: () => stop.abort() };
}
