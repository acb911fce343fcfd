import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { type Played, type RunningScenario, type Stage, startScenario } from './run-scenario.ts';
import type { Scenario } from './scenario-file.ts';

/** A scenario that plays, or has played. */
export interface ScenarioRun {
  id: number;
  name: string;
  state: 'running' | 'over' | 'stopped';
  /** Fleet clock. */
  beganAt: number;
  lastsMs: number;
  steps: number;
  /** What happened so far in all; the last of it in `played`, the newest last. */
  playedCount: number;
  played: Played[];
}

/** The scenarios of one fleet. */
export interface ScenarioBoard extends Disposable {
  /** Throws UsageError when it names a camera that is not there. */
  play(scenario: Scenario, onPlayed?: (one: Played) => void): RunningScenario & { readonly id: number };
  /** The newest first; those that ended stay for a while. */
  list(): readonly ScenarioRun[];
  /** False when there is none of this number, or it has ended. */
  stop(id: number): boolean;
}

const endedKept = 5;
const playedKept = 200;

export function createScenarioBoard(stage: Stage, deps: Pick<RuntimeDeps, 'clock' | 'log'>): ScenarioBoard {
  let runs: { shown: ScenarioRun; running: RunningScenario }[] = [];
  let last = 0;

  const settle = (shown: ScenarioRun, state: 'over' | 'stopped') => {
    if (shown.state !== 'running') return;
    shown.state = state;
    const ended = runs.filter((one) => one.shown.state !== 'running').slice(endedKept);
    runs = runs.filter((one) => !ended.includes(one));
  };

  return {
    play(scenario, onPlayed = () => undefined) {
      const shown: ScenarioRun = {
        id: last + 1,
        name: scenario.name,
        state: 'running',
        beganAt: deps.clock.now(),
        lastsMs: scenario.lastsMs,
        steps: scenario.steps.length,
        playedCount: 0,
        played: [],
      };
      const running = startScenario(scenario, stage, deps, (one) => {
        shown.playedCount += 1;
        if (shown.played.length >= playedKept) shown.played.shift();
        shown.played.push(one);
        onPlayed(one);
      });
      last += 1;
      runs.unshift({ shown, running });
      running.over.then(
        () => settle(shown, 'over'),
        () => settle(shown, 'stopped'),
      );
      return { id: shown.id, over: running.over, [Symbol.dispose]: () => running[Symbol.dispose]() };
    },
    list: () => runs.map(({ shown }) => shown),
    stop(id) {
      const one = runs.find(({ shown }) => shown.id === id && shown.state === 'running');
      one?.running[Symbol.dispose]();
      if (one) settle(one.shown, 'stopped');
      return one !== undefined;
    },
    [Symbol.dispose]() {
      for (const { running } of runs) running[Symbol.dispose]();
    },
  };
}
