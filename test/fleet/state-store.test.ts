import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deriveIdentity } from '../../device-sim/identity.ts';
import { c340 } from '../../device-sim/profiles/c340.ts';
import { newState } from '../../device-sim/state/new-state.ts';
import { type KeptCamera, openStateStore } from '../../device-sim/state/state-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-state-'));
});
afterEach(() => rm(folder, { recursive: true }));

const camera = (name: string, index = 1): KeptCamera => {
  const identity = deriveIdentity('seed', index);
  return { name, profile: 'c340', identity, state: newState(c340, identity) };
};
const fileOf = (name: string) => join(folder, 'cameras', `${name}.json`);

test('what was saved comes back whole, identity and state', async () => {
  const one = camera('door');
  one.state.users.push({ username: 'admin', password: 'a pass', level: 'Administrator' });
  one.state.extra['ptz'] = { presets: [1, 2] };
  {
    await using store = await openStateStore(folder);
    await store.keepSeed('seed');
    store.save(one);
  }
  await using again = await openStateStore(folder);
  expect(again.seed).toBe('seed');
  expect(again.cameras.get('door')).toEqual(one);
});

test('only the owner may read the files, and no half-written one is left beside them', async () => {
  {
    await using store = await openStateStore(folder);
    store.save(camera('door'));
  }
  expect((await stat(fileOf('door'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'cameras'))).mode & 0o777).toBe(0o700);
  expect(await readdir(join(folder, 'cameras'))).toEqual(['door.json']);
});

test('a flush waits for the last of many changes', async () => {
  await using store = await openStateStore(folder);
  const one = camera('door');
  for (let count = 1; count <= 20; count++) {
    one.state.bootCount = count;
    store.save(one);
    if (count % 7 === 0) await Promise.resolve();
  }
  await store.flush('door');
  expect(JSON.parse(await readFile(fileOf('door'), 'utf8')).state.bootCount).toBe(20);
});

test('many cameras saved at once are all written', async () => {
  {
    await using store = await openStateStore(folder);
    for (let index = 1; index <= 100; index++) store.save(camera(`cam-${index}`, index));
  }
  await using again = await openStateStore(folder);
  expect(again.cameras.size).toBe(100);
});

test.each([
  ['cut short', (text: string) => text.slice(0, 100), 'not whole JSON'],
  ['of another shape', (text: string) => text.replace('"bootCount": 0', '"bootCount": -1'), 'state.bootCount'],
  ['of another camera', (text: string) => text.replace('"name": "door"', '"name": "gate"'), 'holds the camera "gate"'],
])('a state file %s stops the start, is named, and stays as it is', async (_, damage, why) => {
  {
    await using store = await openStateStore(folder);
    store.save(camera('door'));
  }
  const damaged = damage(await readFile(fileOf('door'), 'utf8'));
  await writeFile(fileOf('door'), damaged);
  const failure = await openStateStore(folder).catch((error: Error) => error);
  expect(failure).toMatchObject({ name: 'UsageError' });
  expect((failure as Error).message).toContain(fileOf('door'));
  expect((failure as Error).message).toContain(why);
  expect(await readFile(fileOf('door'), 'utf8')).toBe(damaged);
});

test('a folder that cannot be made is one sentence', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(openStateStore(join(folder, 'file'))).rejects.toThrow(/data directory .*file.* is not a folder/);
});
