import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DatabaseClosed, openDatabase } from '../../cloud-mock/store/database.ts';
import { migrate, migrations, NewerDatabase } from '../../cloud-mock/store/migrate.ts';
import { openStore } from '../../cloud-mock/store/store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const file = () => join(folder, 'test.sqlite');

test('a transaction stands whole or not at all, and what it promised to do after is done only when it stands', async () => {
  await using store = await openStore(file());
  const account = { id: '1', email: 'a@b.test', name: 'A', passwordHash: 'h', region: 'use1', createdAt: 1 };
  const done: string[] = [];
  await expect(
    store.transaction(async (tx) => {
      await tx.accounts.insert(account);
      tx.afterCommit(() => void done.push('never'));
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(await store.accounts.count()).toBe(0);
  await store.transaction(async (tx) => {
    expect(await tx.accounts.insert(account)).toBe(true);
    tx.afterCommit(() => void done.push('once'));
    expect(done).toEqual([]);
  });
  expect(done).toEqual(['once']);
  expect(await store.accounts.byId('1')).toMatchObject({ email: 'a@b.test', generation: 1 });
});

test('using the database from within its own transaction fails at once instead of waiting for ever', async () => {
  await using store = await openStore(file());
  await expect(store.transaction(async () => store.accounts.setRegion('1', 'x'))).rejects.toThrow(
    /within its own transaction/,
  );
  await expect(store.transaction(async () => store.accounts.byId('1'))).rejects.toThrow(/past the transaction/);
  expect(await store.accounts.count()).toBe(0);
});

test('of many callers at once one spends a step, and only a later step can be spent after', async () => {
  await using store = await openStore(file());
  await store.accounts.insert({
    id: '1',
    email: 'a@b.test',
    name: 'A',
    passwordHash: 'h',
    region: 'use1',
    createdAt: 1,
  });
  await store.secondFactors.put({ accountId: '1', sealedSecret: 's', enabledAt: 1, lastStep: 10, recoverySalt: 'x' });
  const tries = await Promise.all(Array.from({ length: 64 }, () => store.secondFactors.spendStep('1', 11, 1)));
  expect(tries.filter(Boolean)).toHaveLength(1);
  expect(await store.secondFactors.spendStep('1', 10, 1)).toBe(false);
  expect(await store.secondFactors.spendStep('1', 12, 1)).toBe(true);
});

test('a closed database refuses instead of hanging', async () => {
  const store = await openStore(file());
  await store[Symbol.asyncDispose]();
  await expect(store.accounts.count()).rejects.toBeInstanceOf(DatabaseClosed);
  await expect(store.accounts.setRegion('1', 'x')).rejects.toBeInstanceOf(DatabaseClosed);
});

test.each(Array.from({ length: migrations.length }, (_, n) => [n]))(
  'a database of shape %d is brought to the newest with what is in it',
  async (shape) => {
    const old = await openDatabase(file());
    await migrate(old, shape);
    if (shape > 0) {
      await old.run(
        "INSERT INTO accounts (id, email, name, password_hash, region, created_at) VALUES ('7', 'kept@b.test', 'K', 'h', 'use1', 1)",
      );
    }
    await old[Symbol.asyncDispose]();
    await using store = await openStore(file());
    expect((await store.accounts.byId('7'))?.email).toBe(shape > 0 ? 'kept@b.test' : undefined);
    expect(await store.gateways.all()).toEqual([]);
  },
);

test('VMS Locals bound before there were organisations belong to their owner’s, at the site they named', async () => {
  const old = await openDatabase(file());
  await migrate(old, 5);
  await old.exec(`
    INSERT INTO accounts (id, email, name, password_hash, region, created_at) VALUES ('7', 'a@b.test', 'Ann', 'h', 'euw1', 1);
    INSERT INTO accounts (id, email, name, password_hash, region, created_at) VALUES ('8', 'b@b.test', 'Bob', 'h', 'use1', 1);
    INSERT INTO gateways (id, account_id, name, version, site, jwk, redirect_uris, bound_at) VALUES
      ('gw_1', '7', 'One', '1', 'Quay', '{}', '[]', 1), ('gw_2', '7', 'Two', '1', 'quay', '{}', '[]', 1),
      ('gw_3', '7', 'Three', '1', NULL, '{}', '[]', 1), ('gw_4', '8', 'Four', '1', NULL, '{}', '[]', 1);`);
  await old[Symbol.asyncDispose]();
  await using store = await openStore(file());
  expect(
    (await store.gateways.of('7')).map(({ name, siteName, role }) => [name, siteName.toLowerCase(), role]),
  ).toEqual([
    ['Three', 'main site', 'super_admin'],
    ['One', 'quay', 'super_admin'],
    ['Two', 'quay', 'super_admin'],
  ]);
  expect((await store.gateways.of('8')).map(({ name }) => name)).toEqual(['Four']);
  expect(await store.organisations.of('7')).toMatchObject([
    { id: expect.stringMatching(/^euw1-[0-9a-f]{32}$/), name: 'Ann’s organisation', founderId: '7' },
  ]);
  expect((await store.sites.byId((await store.gateways.byId('gw_1'))!.siteId))?.id).toMatch(/^\d{16}$/);
});

test('data of a newer program are not touched', async () => {
  const newer = await openDatabase(file());
  await newer.exec('PRAGMA user_version = 999');
  await newer[Symbol.asyncDispose]();
  await expect(openStore(file())).rejects.toBeInstanceOf(NewerDatabase);
});

test('old records are dropped, live ones are kept', async () => {
  await using store = await openStore(file());
  await store.accounts.insert({
    id: '1',
    email: 'a@b.test',
    name: 'A',
    passwordHash: 'h',
    region: 'use1',
    createdAt: 1,
  });
  const session = (id: string, expiresAt: number) => ({
    id,
    tokenHash: id,
    accountId: '1',
    generation: 1,
    kind: 'web' as const,
    door: 'web-portal',
    amr: '["pwd"]',
    authenticatedAt: 1,
    createdAt: 1,
    lastSeenAt: 1,
    idleMs: 1e15,
    expiresAt,
    address: '',
    userAgent: '',
  });
  const dayMs = 86_400_000;
  await store.sessions.insert(session('old', dayMs));
  await store.sessions.insert(session('live', 100 * dayMs));
  await store.purge(40 * dayMs);
  expect(await store.sessions.aliveById('live', 2)).toBeDefined();
  expect(await store.sessions.aliveById('old', 2)).toBeUndefined();
});

const someAccount = { id: '1', email: 'a@b.test', name: 'A', passwordHash: 'h', region: 'use1', createdAt: 1 };
const someSession = (id: string, generation: number) => ({
  id,
  tokenHash: `hash of ${id}`,
  accountId: '1',
  generation,
  kind: 'web' as const,
  door: 'web-portal',
  amr: '["pwd"]',
  authenticatedAt: 1,
  createdAt: 1,
  lastSeenAt: 1,
  idleMs: 1e12,
  expiresAt: 1e12,
  address: '',
  userAgent: '',
});

test('a session is not made for an account that has moved on to another generation', async () => {
  await using store = await openStore(file());
  await store.accounts.insert(someAccount);
  expect(await store.accounts.nextGeneration('1', 1)).toBe(true);
  expect(await store.accounts.nextGeneration('1', 1)).toBe(false);
  expect(await store.sessions.insert(someSession('late', 1))).toBe(false);
  expect(await store.sessions.insert(someSession('now', 2))).toBe(true);
});

test('a session that nobody ended is dead all the same once its account moved on', async () => {
  await using store = await openStore(file());
  await store.accounts.insert(someAccount);
  await store.sessions.insert(someSession('one', 1));
  expect(await store.sessions.aliveByToken('hash of one', 2)).toBeDefined();
  await store.accounts.nextGeneration('1', 1);
  expect(await store.sessions.aliveByToken('hash of one', 2)).toBeUndefined();
  expect(await store.sessions.aliveById('one', 2)).toBeUndefined();
  expect(await store.sessions.aliveOf('1', 2)).toEqual([]);
});

test('of many callers at once one spends a mailed link, and none spends an old or a voided one', async () => {
  await using store = await openStore(file());
  await store.accounts.insert(someAccount);
  const issue = (tokenHash: string) =>
    store.mailLinks.issue({
      tokenHash,
      accountId: '1',
      challengeHash: 'c',
      generation: 1,
      tries: 5,
      createdAt: 1,
      expiresAt: 100,
    });
  await issue('first');
  await issue('second');
  expect(await store.mailLinks.spend('first', 2)).toBe(false);
  expect(await store.mailLinks.spend('second', 100)).toBe(false);
  const tries = await Promise.all(Array.from({ length: 64 }, () => store.mailLinks.spend('second', 2)));
  expect(tries.filter(Boolean)).toHaveLength(1);
});
