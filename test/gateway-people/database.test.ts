import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../core/runtime/clock.ts';
import { openDatabase } from '../../gateway/store/database.ts';
import { migrations } from '../../gateway/store/migrations/index.ts';

const folder = () => {
  const dir = mkdtempSync(join(tmpdir(), 'vigil-db-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};
const step = (name: string, ...statements: string[]) => ({ name, statements });
const deps = { clock: realClock };

test('a failed transaction leaves nothing, and nobody else gets in between', async () => {
  await using db = await openDatabase(folder(), deps, [step('0001-a', 'CREATE TABLE t (n INTEGER)')]);
  const failing = db.transaction(async (tx) => {
    await tx.run('INSERT INTO t VALUES (1)');
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error('no');
  });
  const beside = Promise.all([
    db.run('INSERT INTO t VALUES (2)'),
    db.transaction((tx) => tx.run('INSERT INTO t VALUES (3)')),
  ]);
  await expect(failing).rejects.toThrow('no');
  await beside;
  expect(await db.all('SELECT n FROM t ORDER BY n')).toEqual([{ n: 2 }, { n: 3 }]);
});

test('a conditional statement has one winner of many', async () => {
  await using db = await openDatabase(folder(), deps, [
    step('0001-a', 'CREATE TABLE t (n INTEGER)', 'INSERT INTO t VALUES (0)'),
  ]);
  const tries = await Promise.all(Array.from({ length: 64 }, () => db.run('UPDATE t SET n = 1 WHERE n = 0')));
  expect(tries.filter(({ changes }) => changes === 1)).toHaveLength(1);
});

test('steps are applied once, in order, and a step that fails is not half done', async () => {
  const dir = folder();
  const one = step('0001-one', 'CREATE TABLE a (n INTEGER)');
  const two = step('0002-two', 'INSERT INTO a VALUES (2)', 'INSERT INTO nowhere VALUES (1)');
  await (await openDatabase(dir, deps, [one]))[Symbol.asyncDispose]();
  await expect(openDatabase(dir, deps, [one, two])).rejects.toThrow('nowhere');
  const mended = step('0002-two', 'INSERT INTO a VALUES (3)');
  await (await openDatabase(dir, deps, [mended, one]))[Symbol.asyncDispose]();
  await using db = await openDatabase(dir, deps, [one, mended]);
  expect(await db.all('SELECT n FROM a')).toEqual([{ n: 3 }]);
});

test('a database of a newer version is not touched', async () => {
  const dir = folder();
  const one = step('0001-one', 'CREATE TABLE a (n INTEGER)');
  await (await openDatabase(dir, deps, [one, step('0009-later', 'CREATE TABLE b (n INTEGER)')]))[Symbol.asyncDispose]();
  await expect(openDatabase(dir, deps, [one])).rejects.toThrow('newer version');
});

test('every step has its own number and the file is for its owner only', async () => {
  const numbers = migrations.map(({ name }) => name.slice(0, 4));
  expect(new Set(numbers).size).toBe(numbers.length);
  const dir = folder();
  await using db = await openDatabase(dir, deps);
  expect(await db.get('SELECT state FROM cloud_binding')).toEqual({ state: 'unbound' });
  for (const suffix of ['', '-wal', '-shm']) expect(statSync(join(dir, `gateway.db${suffix}`)).mode & 0o077).toBe(0);
});
