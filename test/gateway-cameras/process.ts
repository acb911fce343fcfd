import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../core/runtime/package-root.ts';

const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A program of the house as a process of its own, as people run it; settles with its ready line. */
export async function startProcess<Ready>(command: string, flags: Record<string, string | number | true>) {
  const child: ChildProcess = spawn(
    process.execPath,
    [
      join(packageRoot, 'dist/scripts/main.js'),
      command,
      '--json',
      ...Object.entries(flags).flatMap(([name, value]) =>
        value === true ? [flagOf(name)] : [flagOf(name), String(value)],
      ),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const gone = once(child, 'exit');
  const startedAt = performance.now();
  const line = await Promise.race([once(createInterface({ input: child.stdout! }), 'line'), gone]);
  if (typeof line[0] !== 'string') throw new Error(`${command} ended before it was ready`);
  return {
    ready: JSON.parse(line[0]) as Ready,
    startMs: performance.now() - startedAt,
    /** kill -9. */
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

export interface GatewayReady {
  url: string;
  gatewayId: string;
  setupCode?: string;
  mqttsUrl: string;
  pairingPort: number;
}

export const startGatewayProcess = (dataDir: string, flags: Record<string, string | number>) =>
  startProcess<GatewayReady>('gateway', { dataDir, port: 0, mqttPort: 0, mqttsPort: 0, pairingPort: 0, ...flags });

/** A process of its own runs what is built; `npm test` has built it, and then this takes a moment. */
export async function buildServer(): Promise<void> {
  const build = spawn(process.execPath, [join(packageRoot, 'scripts/build.mjs'), 'server'], { stdio: 'ignore' });
  const [code] = await once(build, 'exit');
  if (code !== 0) throw new Error('the build failed');
}

export const portOf = (url: string) => Number(new URL(url.replace(/^mqtts/, 'http')).port);
