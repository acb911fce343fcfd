import type { Database } from '../store/database.ts';
import { insertEvents, type NewEvent } from '../store/events.ts';

/** Stores events in the order they are given: what comes while a commit runs goes together into the next (group commit). */
export interface EventWriter extends AsyncDisposable {
  /** Resolves after the commit with the event's id; undefined when that very event is stored already. */
  append(event: NewEvent): Promise<number | undefined>;
  /** Resolves once everything appended so far is committed; rejects when the last of it could not be. */
  settled(): Promise<void>;
}

/** Rows of one statement: a few milliseconds of work. */
const batchLimit = 500;
/** Beyond this many waiting rows the store is not keeping up: refuse, so that senders keep what they have. */
const waitingLimit = 20_000;

export function createEventWriter(db: Database): EventWriter {
  interface Waiting {
    event: NewEvent;
    resolve(id: number | undefined): void;
    reject(error: unknown): void;
  }
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function run() {
    // Let the rest of a chunk that is being read join the first batch.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchLimit);
      waiting = waiting.slice(batchLimit);
      try {
        const ids = await insertEvents(
          db,
          batch.map(({ event }) => event),
        );
        for (const { event, resolve } of batch) resolve(ids.get(event.fingerprint));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = undefined;
  }

  return {
    append(event) {
      if (waiting.length >= waitingLimit) return Promise.reject(new Error('too many events wait for the store'));
      const stored = new Promise<number | undefined>((resolve, reject) => waiting.push({ event, resolve, reject }));
      last = stored;
      running ??= run();
      return stored;
    },
    async settled() {
      await last;
    },
    async [Symbol.asyncDispose]() {
      await running;
    },
  };
}
