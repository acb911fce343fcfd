import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import type { Clock } from '../../core/runtime/clock.ts';
import { makeDataFolder } from '../../core/runtime/data-folder.ts';
import { type Migration, migrations } from './migrations/index.ts';

export type SqlValue = string | number | null | Buffer;

/** What one statement did. */
export interface Written {
  changes: number;
  lastId: number;
}

/** SQL by promises. Security state changes by ONE conditional statement whose `changes` tells the winner. */
export interface Queries {
  run(sql: string, params?: SqlValue[]): Promise<Written>;
  get<T>(sql: string, params?: SqlValue[]): Promise<T | undefined>;
  all<T>(sql: string, params?: SqlValue[]): Promise<T[]>;
}

export interface Database extends Queries, AsyncDisposable {
  /** All or nothing; no statement of anybody else comes in between. Inside, use only the queries given. */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
}

const promised = <T>(work: (done: (error: Error | null, value?: T) => void) => void) =>
  new Promise<T>((resolve, reject) => work((error, value) => (error ? reject(error) : resolve(value as T))));

function queriesOn(db: sqlite3.Database): Queries {
  return {
    run: (sql, params = []) =>
      promised((done) =>
        db.run(sql, params, function (error) {
          // A statement that cannot even be prepared calls back without itself.
          if (error) done(error);
          else done(null, { changes: this.changes, lastId: this.lastID });
        }),
      ),
    get: (sql, params = []) => promised((done) => db.get(sql, params, (error, row) => done(error, row as never))),
    all: (sql, params = []) => promised((done) => db.all(sql, params, (error, rows) => done(error, rows as never))),
  };
}

/** The gateway's database file in `dataDir`, migrated to the newest version. */
export async function openDatabase(
  dataDir: string,
  deps: { clock: Pick<Clock, 'now'> },
  steps: readonly Migration[] = migrations,
): Promise<Database> {
  makeDataFolder(dataDir);
  const path = join(dataDir, 'gateway.db');
  const db = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened: sqlite3.Database = new sqlite3.Database(path, (error) => (error ? reject(error) : resolve(opened)));
  });
  chmodSync(path, 0o600);
  // One statement at a time and in the order they were asked for: a transaction is not joined by a statement sent before it.
  db.serialize();
  const queries = queriesOn(db);
  await queries.run('PRAGMA journal_mode = WAL');
  // A killed process loses nothing committed; only a power cut may take the last few commits, never the file.
  await queries.run('PRAGMA synchronous = NORMAL');
  await queries.run('PRAGMA foreign_keys = ON');
  await queries.run('PRAGMA busy_timeout = 5000');
  const database = gated(queries, db);
  try {
    await migrate(database, steps, deps.clock);
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
  return database;
}

/** One connection shared by all: whoever comes while a transaction runs waits for its end. */
function gated(queries: Queries, db: sqlite3.Database): Database {
  let gate: Promise<void> = Promise.resolve();
  let closed = false;
  // Who waits for the same gate goes on in the order of asking, and hands its statement over at once: first come, first served.
  const afterGate = async <T>(work: () => Promise<T>): Promise<T> => {
    await gate;
    if (closed) throw new Error('the database is closed');
    return work();
  };
  return {
    run: (sql, params) => afterGate(() => queries.run(sql, params)),
    get: (sql, params) => afterGate(() => queries.get(sql, params)),
    all: (sql, params) => afterGate(() => queries.all(sql, params)),
    async transaction(work) {
      const before = gate;
      let open = () => {};
      gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      try {
        await before;
        if (closed) throw new Error('the database is closed');
        await queries.run('BEGIN IMMEDIATE');
        try {
          const result = await work(queries);
          await queries.run('COMMIT');
          return result;
        } catch (error) {
          await queries.run('ROLLBACK');
          throw error;
        }
      } finally {
        open();
      }
    },
    async [Symbol.asyncDispose]() {
      await gate;
      if (closed) return;
      closed = true;
      await promised<void>((done) => db.close((error) => done(error)));
    },
  };
}

/** Apply what the file has not seen yet, each step in a transaction of its own. Steps only go forward. */
async function migrate(database: Database, steps: readonly Migration[], clock: Pick<Clock, 'now'>): Promise<void> {
  await database.run('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL)');
  const applied = new Set((await database.all<{ name: string }>('SELECT name FROM migrations')).map((row) => row.name));
  const known = new Set(steps.map((step) => step.name));
  const newer = [...applied].find((name) => !known.has(name));
  if (newer) throw new Error(`the database was written by a newer version of this program (it has step ${newer})`);
  for (const step of [...steps].sort((a, b) => a.name.localeCompare(b.name))) {
    if (applied.has(step.name)) continue;
    await database.transaction(async (queries) => {
      for (const statement of step.statements) await queries.run(statement);
      await queries.run('INSERT INTO migrations (name, applied_at) VALUES (?, ?)', [step.name, clock.now()]);
    });
  }
}
