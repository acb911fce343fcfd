import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { outcome } from '../lab/foreign.ts';

const soak = (...args: string[]) =>
  outcome(process.execPath, [join(packageRoot, 'dist/bundle/main.js'), 'bench', 'soak', ...args], 150_000);

test('a fleet that is watched and listened to for a while makes no error', async () => {
  const { stdout, stderr } = await soak(
    '--json',
    '--cameras',
    '50',
    '--viewers',
    '5',
    '--subscribers',
    '5',
    '--for',
    '20s',
  );
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ type }) => type)).toEqual(['line', 'line', 'line', 'line', 'verdict']);
  expect({ errors: lines.at(-1).errors, stderr }).toEqual({ errors: [], stderr: '' });
  // All were really there.
  for (const line of lines.slice(0, -1)) expect(line.pictures).toBeGreaterThan(0);
  expect(lines.at(-1).events).toBeGreaterThan(0);
}, 160_000);

test('a time that is none is told as such', async () => {
  expect(await soak('--for', 'long')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--for: "long" will not do/),
  });
});
