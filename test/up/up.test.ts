import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { outcome } from '../lab/foreign.ts';

const main = join(packageRoot, 'dist', 'bundle', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'vigil-up-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const anyPort = [
  'cloud-port',
  'relay-port',
  'gateway-port',
  'mqtt-port',
  'mqtts-port',
  'pairing-port',
  'app-port',
  'base-port',
  'console-port',
].flatMap((name) => [`--${name}`, '0']);

interface Ready {
  cloud: { url: string; firstAccount?: { email: string; password: string } };
  gateway: { url: string; setupCode?: string };
  sim: { cameras: { serial: string }[] };
}

/** Start `up` in a process group of its own, as a terminal does. */
async function startUp(dataDir: string) {
  const child = spawn(process.execPath, [main, 'up', '--json', '--cameras', '2', '--data-dir', dataDir, ...anyPort], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      said += chunk;
      if (said.includes('\n')) resolve(JSON.parse(said.split('\n')[0]!));
    });
    child.once('exit', (code) => reject(new Error(`up ended with ${code}: ${complaints}`)));
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { pid: child.pid!, ready, ended, lines: () => said.trim().split('\n') };
}

test('Ctrl-C ends everything with exit code 0, and the next start has all state', async () => {
  const dataDir = join(folder, 'a');
  const first = await startUp(dataDir);
  expect(first.lines()).toHaveLength(1);
  expect(first.ready.cloud.firstAccount?.email).toBe('owner@vigil.test');
  expect(statSync(join(dataDir, 'up.json')).mode & 0o777).toBe(0o600);
  // What was shown once lies in no file, also not in the one for other commands.
  const { password } = first.ready.cloud.firstAccount!;
  const kept = readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  expect(kept.filter((path) => readFileSync(path, 'latin1').includes(password))).toEqual([]);
  expect(kept.length).toBeGreaterThan(5);
  process.kill(-first.pid, 'SIGINT');
  expect(await first.ended).toBe(0);
  await expect(fetch(first.ready.cloud.url)).rejects.toThrow();

  const second = await startUp(dataDir);
  try {
    expect(second.ready.cloud.firstAccount).toBeUndefined();
    expect(second.ready.sim.cameras.map(({ serial }) => serial)).toEqual(
      first.ready.sim.cameras.map(({ serial }) => serial),
    );
    const { email } = first.ready.cloud.firstAccount!;
    const signIn = await fetch(`${second.ready.cloud.url}/api/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password, delivery: 'bearer' }),
    });
    expect(signIn.status).toBe(200);
    // A second `up` on the same data is refused in one sentence.
    const twice = await outcome(process.execPath, [main, 'up', '--data-dir', dataDir, ...anyPort]);
    expect(twice.code).toBe(2);
    expect(twice.stderr).toMatch(/already runs/);
  } finally {
    process.kill(second.pid, 'SIGTERM');
    expect(await second.ended).toBe(0);
  }
});

test('a gateway that is killed comes back by itself on the same port', async () => {
  const up = await startUp(join(folder, 'b'));
  try {
    const { url } = up.ready.gateway;
    const pidNow = async () =>
      Number(
        (await outcome('pgrep', ['-f', `main.js gateway --json .*${join(folder, 'b')}`])).stdout.trim().split('\n')[0],
      );
    const before = await pidNow();
    expect(before).toBeGreaterThan(0);
    process.kill(before, 'SIGKILL');
    const alive = () =>
      fetch(`${url}/healthz`).then(
        (answer) => answer.ok,
        () => false,
      );
    for (let tries = 0; tries < 200; tries++) {
      if ((await pidNow()) !== before && (await alive())) break;
      await delay(50);
    }
    expect(await alive()).toBe(true);
    expect(await pidNow()).not.toBe(before);
  } finally {
    process.kill(up.pid, 'SIGTERM');
    await up.ended;
  }
});

test('cameras that crashed come back, and up.json says by which token', async () => {
  const dataDir = join(folder, 'e');
  const up = await startUp(dataDir);
  try {
    const control = () =>
      (
        JSON.parse(readFileSync(join(dataDir, 'up.json'), 'utf8')) as {
          sim: { control: { url: string; token: string } };
        }
      ).sim.control;
    const before = control();
    const found = await outcome('pgrep', ['-f', `main.js sim --json .*${dataDir}`]);
    process.kill(Number(found.stdout.trim().split('\n')[0]), 'SIGKILL');
    const answers = async () => {
      const { url, token } = control();
      if (token === before.token) return false;
      return fetch(`${url}/cameras`, { headers: { authorization: `Bearer ${token}` } }).then(
        (answer) => answer.ok,
        () => false,
      );
    };
    for (let tries = 0; tries < 200 && !(await answers()); tries++) await delay(50);
    expect(await answers()).toBe(true);
  } finally {
    process.kill(up.pid, 'SIGTERM');
    await up.ended;
  }
});

test.each([
  ['an unknown flag', ['up', '--camras', '4'], /--camras.*--cameras/],
  ['a count that is none', ['up', '--cameras', 'many'], /--cameras/],
  ['an unknown command', ['upp'], /"upp".*up\?/],
  [
    'a data directory that is a file',
    ['up', '--data-dir', join(packageRoot, 'package.json')],
    /data directory .* cannot be used/,
  ],
  ['an unknown model', ['sim', '--profile', 'c34', '--base-port', '0', '--data-dir', join(folder, 'c')], /c34.*c340/],
])('%s is one sentence and exit code 2', async (_, args, sentence) => {
  const { code, stdout, stderr } = await outcome(process.execPath, [main, ...args]);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  const lines = stderr
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('Starting'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(sentence);
});

test('a taken port is named, and nothing is left running', async () => {
  const up = await startUp(join(folder, 'd'));
  try {
    const { port } = new URL(up.ready.gateway.url);
    const second = await outcome(process.execPath, [
      main,
      'up',
      '--data-dir',
      join(folder, 'e'),
      ...anyPort,
      '--gateway-port',
      port,
    ]);
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(new RegExp(`port ${port} on 127.0.0.1 is taken`));
    expect((await outcome('pgrep', ['-f', join(folder, 'e')])).stdout).toBe('');
  } finally {
    process.kill(up.pid, 'SIGTERM');
    await up.ended;
  }
  expect(() => readFileSync(join(folder, 'd', 'up.json'))).toThrow();
});
