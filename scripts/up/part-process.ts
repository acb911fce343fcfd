import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { builtCommandLine } from '../../core/runtime/package-root.ts';
import { UsageError } from '../../core/runtime/settings.ts';

/** A ready line as DESIGN §13 has it; each part adds its own members. */
export interface ReadyLine {
  type: 'ready';
  [member: string]: unknown;
}

export interface PartOptions {
  /** `cloud`, `gateway` or `sim`: the command to run. */
  name: string;
  /** Arguments; a part that is started again gets its last ready line, so that it comes back on the same ports. */
  args(previous?: ReadyLine): string[];
  env?: NodeJS.ProcessEnv;
  logFile: string;
}

export interface PartProcess extends AsyncDisposable {
  readonly name: string;
  readonly ready: ReadyLine;
  readonly pid: number;
}

/** How often a part that dies is started again, and how long it must have lived to count as well. */
const restarts = { most: 5, withinMs: 60_000, waitMs: 300 };

interface Started {
  child: ChildProcess;
  ready: ReadyLine;
}

function startOnce({ name, args, env, logFile }: PartOptions, previous?: ReadyLine): Promise<Started> {
  const child = spawn(process.execPath, [builtCommandLine, name, '--json', ...args(previous)], {
    env: { ...process.env, ...env },
    // An IPC channel, so that a part ends by itself when this process is killed without a word.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  let lastWords = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log.write(chunk);
    lastWords = (lastWords + chunk.toString()).slice(-2000);
  });
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      try {
        const parsed = JSON.parse(line) as ReadyLine;
        if (parsed.type === 'ready') resolve({ child, ready: parsed });
      } catch {
        log.write(`${line}\n`);
      }
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      log.end();
      const sentence = lastWords
        .trim()
        .split('\n')
        .findLast((line) => line.startsWith('vigil '));
      if (code === 2 && sentence) reject(new UsageError(sentence.replace(/^vigil [a-z-]+: /, '')));
      else
        reject(
          new Error(
            `${name} ended before it was ready (${signal ?? `exit code ${code}`}); see ${logFile}\n${lastWords}`,
          ),
        );
    });
  });
}

/** Start one part as a process, wait for its ready line, and start it again when it dies (a few times a minute at most). */
export async function startPart(
  options: PartOptions,
  events: { died(name: string, how: string): void; restarted(name: string): void; gaveUp(name: string): void },
  { clock }: Pick<RuntimeDeps, 'clock'>,
): Promise<PartProcess> {
  let ending = false;
  let current = await startOnce(options);
  const deaths: number[] = [];

  const watch = ({ child }: Started) => {
    child.once('exit', (code, signal) => {
      if (ending) return;
      void revive(signal ?? `exit code ${code}`);
    });
  };
  const revive = async (how: string) => {
    events.died(options.name, how);
    deaths.push(clock.now());
    if (deaths.filter((at) => clock.now() - at < restarts.withinMs).length > restarts.most)
      return events.gaveUp(options.name);
    await clock.sleep(restarts.waitMs);
    if (ending) return;
    try {
      current = await startOnce(options, current.ready);
      watch(current);
      if (ending) current.child.kill('SIGTERM');
      else events.restarted(options.name);
    } catch (error) {
      if (!ending) await revive((error as Error).message.split('\n')[0] ?? 'failed');
    }
  };
  watch(current);

  return {
    name: options.name,
    get ready() {
      return current.ready;
    },
    get pid() {
      return current.child.pid ?? 0;
    },
    async [Symbol.asyncDispose]() {
      ending = true;
      const { child } = current;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const stop = new AbortController();
      const late = clock.sleep(1600, stop.signal).then(
        () => child.kill('SIGKILL'),
        () => undefined,
      );
      await gone;
      stop.abort();
      await late;
    },
  };
}
