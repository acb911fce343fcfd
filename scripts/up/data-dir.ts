import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDataFolder } from '../../core/runtime/data-folder.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import type { ReadyLine } from './part-process.ts';

/** What `up` leaves for other commands (config-tool, tour) while it runs: where everything is. */
export interface UpState {
  pid: number;
  cloud: ReadyLine;
  gateway: ReadyLine;
  sim: ReadyLine;
  app: ReadyLine;
}

/** Everything a run keeps below its data directory. `--fresh` removes these and nothing else. */
const ours = ['cloud', 'gateway', 'sim', 'logs', 'up.json', 'ca.pem'];

export interface DataDir {
  path: string;
  part(name: string): string;
  logFile(name: string): string;
  writeState(state: UpState): void;
  removeState(): void;
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** The state of a running `up`, or undefined when none runs on this data directory. */
export function readUpState(dataDir: string): UpState | undefined {
  try {
    const state = JSON.parse(readFileSync(join(dataDir, 'up.json'), 'utf8')) as UpState;
    return isAlive(state.pid) ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Make the data directory ready, owner-only. Throws UsageError when it cannot be used. */
export function openDataDir(given: string, fresh: boolean): DataDir {
  const path = makeDataFolder(given);
  const running = readUpState(path);
  if (running) {
    throw new UsageError(
      `Vigil already runs on ${path} (process ${running.pid}): end it, or choose another --data-dir`,
    );
  }
  if (fresh) for (const name of ours) rmSync(join(path, name), { recursive: true, force: true });
  for (const name of ['cloud', 'gateway', 'sim', 'logs']) mkdirSync(join(path, name), { recursive: true, mode: 0o700 });
  const stateFile = join(path, 'up.json');
  return {
    path,
    part: (name) => join(path, name),
    logFile: (name) => join(path, 'logs', `${name}.log`),
    writeState: (state) => writeFileSync(stateFile, JSON.stringify(state, undefined, 2), { mode: 0o600 }),
    removeState: () => rmSync(stateFile, { force: true }),
  };
}
