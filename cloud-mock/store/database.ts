import { AsyncLocalStorage } from 'node:async_hooks';
import { closeSync, openSync } from 'node:fs';
import sqlite3 from 'sqlite3';

export type Value = string | number | null;

/** What the table modules need of a connection. */
export interface Db {
  run(sql: string, ...params: Value[]): Promise<{ changes: number; lastId: number }>;
  get<Row>(sql: string, ...params: Value[]): Promise<Row | undefined>;
  all<Row>(sql: string, ...params: Value[]): Promise<Row[]>;
}

export interface Database extends Db, AsyncDisposable {
  /**
   * Run `work` alone, as one transaction: committed when it returns, rolled back when it throws. Inside, only the `Db`
   * it is given may be used; waiting for the database from within would wait for itself, so that throws at once.
   */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>;
  exec(sql: string): Promise<void>;
}

/** The database was closed while a request was still under way: the end of the program, not a fault. */
export class DatabaseClosed extends Error {
  override name = 'DatabaseClosed';
}

const open = (file: string) =>
  new Promise<sqlite3.Database>((resolve, reject) => {
    const db = new sqlite3.Database(file, (error) => (error ? reject(error) : resolve(db)));
    // Without this the driver answers SQLITE_BUSY at once when another process (a backup, a second start) holds the file.
    db.configure('busyTimeout', 5000);
  });

const wrap = (db: sqlite3.Database): Db & { exec(sql: string): Promise<void>; close(): Promise<void> } => ({
  run: (sql, ...params) =>
    new Promise((resolve, reject) =>
      db.run(sql, params, function (error) {
        if (error) reject(error);
        else resolve({ changes: this.changes, lastId: this.lastID });
      }),
    ),
  get: (sql, ...params) =>
    new Promise((resolve, reject) =>
      db.get(sql, params, (error: Error | null, row: unknown) => (error ? reject(error) : resolve(row as never))),
    ),
  all: (sql, ...params) =>
    new Promise((resolve, reject) =>
      db.all(sql, params, (error: Error | null, rows: unknown[]) => (error ? reject(error) : resolve(rows as never))),
    ),
  exec: (sql) => new Promise((resolve, reject) => db.exec(sql, (error) => (error ? reject(error) : resolve()))),
  close: () => new Promise((resolve, reject) => db.close((error) => (error ? reject(error) : resolve()))),
});

/**
 * One SQLite file, two connections: a writer that everything which changes state queues for, and a reader that (in WAL
 * mode) never waits for it and sees all that was committed.
 */
export async function openDatabase(file: string): Promise<Database> {
  // Made by us first, for this user alone; SQLite gives its log and index the mode of the file.
  closeSync(openSync(file, 'a', 0o600));
  const writer = wrap(await open(file));
  await writer.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
  const reader = wrap(await open(file));
  await reader.exec('PRAGMA query_only = ON;');

  const inside = new AsyncLocalStorage<true>();
  let tail: Promise<unknown> = Promise.resolve();
  let closed = false;

  /** The next place in the writer's queue. */
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    if (inside.getStore())
      throw new Error('the database is used from within its own transaction: use what it gave you');
    if (closed) return Promise.reject(new DatabaseClosed('the database is closed'));
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn;
  };
  const reading = <T>(work: () => Promise<T>): Promise<T> => {
    if (inside.getStore()) throw new Error('a read past the transaction it stands in would miss what it wrote');
    return closed ? Promise.reject(new DatabaseClosed('the database is closed')) : work();
  };

  return {
    run: (sql, ...params) => alone(() => writer.run(sql, ...params)),
    get: (sql, ...params) => reading(() => reader.get(sql, ...params)),
    all: (sql, ...params) => reading(() => reader.all(sql, ...params)),
    exec: (sql) => alone(() => writer.exec(sql)),
    transaction: (work) =>
      alone(async () => {
        await writer.exec('BEGIN IMMEDIATE');
        try {
          const result = await inside.run(true, () => work(writer));
          await writer.exec('COMMIT');
          return result;
        } catch (error) {
          await writer.exec('ROLLBACK');
          throw error;
        }
      }),
    async [Symbol.asyncDispose]() {
      closed = true;
      await tail;
      await reader.close();
      await writer.close();
    },
  };
}
