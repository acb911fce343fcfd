import { execFile, spawn, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Is a program of other people on this machine? Says aloud what is skipped when it is not. */
export function has(program: string, debianPackage: string): boolean {
  if (spawnSync('which', [program]).status === 0) return true;
  console.warn(`SKIPPED ALOUD: no ${program} here (Debian: apt-get install ${debianPackage})`);
  return false;
}

const run = promisify(execFile);

/** Run to its end; what it printed. Rejects with what it complained of. */
export async function output(program: string, args: string[], timeoutMs = 20_000): Promise<string> {
  const { stdout } = await run(program, args, { timeout: timeoutMs, maxBuffer: 64 << 20 });
  return stdout;
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Run to its end, however it ends. `env` goes on top of ours. */
export function outcome(
  program: string,
  args: string[],
  timeoutMs = 20_000,
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      timeout: timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

export interface Listening extends AsyncDisposable {
  /** Lines so far. */
  readonly lines: readonly string[];
  /** Settles with the first line that fits, past or to come. */
  line(fits: (line: string) => boolean, withinMs?: number): Promise<string>;
}

/** Run until disposed, and read its lines as it prints them (into a pipe most programs would keep them back). */
export function listening(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Listening {
  const child = spawn('stdbuf', ['-oL', '-eL', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  const take = (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    for (const check of waiting) check();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    lines,
    line: (fits, withinMs = 10_000) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`${program} said no such line within ${withinMs} ms; it said:\n${lines.join('\n')}`));
        }, withinMs);
        const check = () => {
          const found = lines.find(fits);
          if (found === undefined) return;
          clearTimeout(late);
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
