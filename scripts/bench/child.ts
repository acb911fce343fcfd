import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { builtCommandLine, packageRoot } from '../../core/runtime/package-root.ts';

/** A program under measurement, in a process of its own. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Its first line on stdout. */
  // biome-ignore lint/suspicious/noExplicitAny: each program says something else
  readonly ready: any;
  /** From the start of the process to that line. */
  readonly readyMs: number;
  /** The next line it prints. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  next(): Promise<any>;
  /** CPU time of all its threads so far. */
  cpuMs(): number;
  rssBytes(): number;
  readonly alive: boolean;
  /** What it wrote to stderr so far, as lines (the newest 100). */
  complaints(): string[];
  /** SIGKILL; settles when it is gone. */
  kill(): Promise<void>;
}

const worker = join(packageRoot, 'dist', 'scripts', 'bench', 'worker.js');

/** A command of ours as people run it: `startProgram('sim', '--cameras', '4')`, always with `--json`. */
export const startProgram = (name: string, ...args: string[]): Promise<Child> =>
  startChild([builtCommandLine, name, '--json', ...args]);

/** A program that only this bench has: a baseline, or a part of ours alone. */
export const startWorker = (name: string, options: object = {}): Promise<Child> =>
  startChild([worker, name, JSON.stringify(options)]);

async function startChild(args: string[]): Promise<Child> {
  const startedAt = performance.now();
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const complaints: string[] = [];
  createInterface({ input: child.stderr! }).on('line', (line) => {
    complaints.push(line);
    if (complaints.length > 100) complaints.shift();
  });
  const gone = once(child, 'exit');
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const next = async () => {
    const line = await lines.next();
    if (line.done)
      throw new Error(`${args[1]} ended too early: ${complaints.slice(-8).join(' ') || 'it said nothing'}`);
    return JSON.parse(line.value);
  };
  const pid = child.pid!;
  const ready = await next();
  return {
    pid,
    ready,
    readyMs: performance.now() - startedAt,
    next,
    cpuMs: () => cpuOf(pid),
    rssBytes: () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    get alive() {
      return child.exitCode === null && child.signalCode === null;
    },
    complaints: () => [...complaints],
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Nanoseconds on a core, summed over threads; the kernel's ticks where it keeps no such count. */
function cpuOf(pid: number): number {
  try {
    let ns = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`))
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    if (ns > 0) return ns / 1e6;
  } catch {
    // A thread that ended while it was looked at, or a kernel without this file.
  }
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
