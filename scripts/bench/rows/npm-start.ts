import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../../core/runtime/package-root.ts';
import { type Bench, median, type Row, short } from '../row.ts';

const ports = ['cloud', 'relay', 'gateway', 'mqtt', 'mqtts', 'pairing', 'base'].flatMap((name) => [
  `--${name}-port`,
  '0',
]);

export const npmStart: Row = {
  name: 'npm-start',
  title: '`npm start`',
  method:
    'From `npm start -- --cameras 16` on a checkout that is built, with an empty data folder, to the first page of VMS ' +
    'Local served whole after the ready line; the median of several starts.',
  async run(bench) {
    const times: number[] = [];
    for (let n = 0; n < (bench.quick ? 1 : 5); n++) times.push(await once16(bench));
    const ms = median(times);
    return [
      { what: 'console usable with 16 cameras', target: '< 3 s', measured: `${short(ms / 1000)} s`, ok: ms < 3000 },
    ];
  },
};

async function once16(bench: Bench): Promise<number> {
  using folder = bench.folder();
  const startedAt = performance.now();
  const child = spawn(
    'npm',
    ['start', '--silent', '--', '--json', '--cameras', '16', '--data-dir', folder.path, ...ports],
    // A group of its own, to be ended as a terminal's Ctrl-C does.
    { cwd: packageRoot, detached: true, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const gone = once(child, 'exit');
  try {
    const [line] = (await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      gone.then(() => Promise.reject(new Error('npm start ended too early'))),
    ])) as [string];
    const page = await fetch(JSON.parse(line).gateway.url);
    await page.text();
    if (!page.ok) throw new Error(`the console answered ${page.status}`);
    return performance.now() - startedAt;
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    await gone;
  }
}
