import { type Backoff, delays } from '../../../core/runtime/backoff.ts';
import type { Clock } from '../../../core/runtime/clock.ts';
import type { Random } from '../../../core/runtime/random.ts';
import type { Camera, CameraEvent, FeedMessage } from '../wire.ts';
import { greet, longestReplay, received, type Watermark } from './watermark.ts';

export type FeedStatus =
  | { phase: 'connecting' }
  | { phase: 'live' }
  | { phase: 'waiting'; retryAt: number }
  /** The session is over, or the pages are leaving. */
  | { phase: 'stopped' };

/** One WebSocket, as far as the feed needs it. */
export interface FeedSocket {
  send(text: string): void;
  close(): void;
}

export interface FeedSocketHandlers {
  message(text: string): void;
  closed(): void;
}

export interface FeedDeps {
  clock: Clock;
  random: Pick<Random, 'unit'>;
  /** A ticket for one connection. Throws what `isSessionOver` can judge. */
  ticket(signal: AbortSignal): Promise<string>;
  connect(ticket: string, handlers: FeedSocketHandlers): FeedSocket;
  isSessionOver(error: unknown): boolean;
}

export interface FeedListener {
  status?(status: FeedStatus): void;
  /** New events, oldest first, each once; those that came within `batchMs` together. */
  events?(events: CameraEvent[]): void;
  camera?(camera: Camera): void;
  cameraRemoved?(id: string): void;
  /** The first greeting, or one that cannot be joined to what was heard before: load from scratch. */
  restart?(): void;
  /** Connected again; what has no replay (cameras) should be asked for anew. */
  reconnected?(): void;
  sessionEnded?(reason: string | undefined): void;
}

export interface Feed extends Disposable {
  readonly status: FeedStatus;
  start(): void;
  subscribe(listener: FeedListener): Disposable;
  /** Do not wait for the next try. */
  retryNow(): void;
}

const retryPlan: Backoff = { firstMs: 500, factor: 2, capMs: 15_000, jitter: 0.3 };
/** Gathering keeps a burst of events from drawing the page once for each. */
const batchMs = 100;
/** Enough to drop what a replay and the live stream both carry. */
const remembered = longestReplay + 1000;

const messageTypes: ReadonlySet<unknown> = new Set<FeedMessage['type']>([
  'hello',
  'event',
  'camera',
  'camera-removed',
  'session-ended',
]);

/** Undefined for what these pages do not know: a newer gateway may say more. */
function parseFeedMessage(text: string): FeedMessage | undefined {
  try {
    const message = JSON.parse(text) as FeedMessage | null;
    return messageTypes.has(message?.type) ? (message as FeedMessage) : undefined;
  } catch {
    return undefined;
  }
}

/** The live feed: one connection kept up as long as the session lasts, without gaps and without duplicates. */
export function createFeed(deps: FeedDeps): Feed {
  const stop = new AbortController();
  const listeners = new Set<FeedListener>();
  const seen = new Set<number>();
  let status: FeedStatus = { phase: 'connecting' };
  let mark: Watermark | undefined;
  let batch: CameraEvent[] = [];
  let wake = new AbortController();
  let socket: FeedSocket | undefined;

  const tell = (what: (listener: FeedListener) => void) => [...listeners].forEach(what);
  const setStatus = (next: FeedStatus) => {
    status = next;
    tell((listener) => listener.status?.(next));
  };

  const flush = () => {
    const events = batch;
    batch = [];
    if (events.length > 0) tell((listener) => listener.events?.(events));
  };

  const takeEvent = (event: CameraEvent) => {
    mark = mark ? received(mark, event.id) : { id: event.id };
    if (seen.has(event.id)) return;
    seen.add(event.id);
    if (seen.size > remembered) seen.delete(seen.values().next().value!);
    batch.push(event);
    if (batch.length === 1) deps.clock.sleep(batchMs, stop.signal).then(flush, () => undefined);
  };

  const end = (reason: string | undefined) => {
    if (stop.signal.aborted) return;
    setStatus({ phase: 'stopped' });
    stop.abort();
    socket?.close();
    tell((listener) => listener.sessionEnded?.(reason));
  };

  const takeHello = (lastEventId: number) => {
    const first = mark === undefined;
    const greeting = greet(mark, lastEventId);
    mark = greeting.mark;
    if (greeting.reset) seen.clear();
    if (greeting.resumeAfter !== undefined) {
      socket?.send(JSON.stringify({ type: 'resume', after: greeting.resumeAfter }));
    }
    setStatus({ phase: 'live' });
    if (first || greeting.reset) tell((listener) => listener.restart?.());
    if (!first) tell((listener) => listener.reconnected?.());
  };

  const take = (message: FeedMessage) => {
    switch (message.type) {
      case 'hello':
        return takeHello(message.lastEventId);
      case 'event':
        return takeEvent(message.event);
      case 'camera':
        return tell((listener) => listener.camera?.(message.camera));
      case 'camera-removed':
        return tell((listener) => listener.cameraRemoved?.(message.id));
      case 'session-ended':
        return end(message.reason);
    }
  };

  /** One connection from ticket to close; true when the gateway greeted us. */
  const converse = async (): Promise<boolean> => {
    const ticket = await deps.ticket(stop.signal);
    let greeted = false;
    await new Promise<void>((resolve) => {
      socket = deps.connect(ticket, {
        message(text) {
          const message = parseFeedMessage(text);
          if (message?.type === 'hello') greeted = true;
          if (message) take(message);
        },
        closed: resolve,
      });
      stop.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    socket?.close();
    socket = undefined;
    return greeted;
  };

  const run = async () => {
    let waits = delays(retryPlan, deps.random);
    while (!stop.signal.aborted) {
      setStatus({ phase: 'connecting' });
      try {
        if (await converse()) waits = delays(retryPlan, deps.random);
      } catch (error) {
        if (stop.signal.aborted) return;
        if (deps.isSessionOver(error)) return end(undefined);
      }
      if (stop.signal.aborted) return;
      const waitMs = waits.next().value;
      setStatus({ phase: 'waiting', retryAt: deps.clock.now() + waitMs });
      wake = new AbortController();
      await deps.clock.sleep(waitMs, AbortSignal.any([wake.signal, stop.signal])).catch(() => undefined);
    }
  };

  return {
    get status() {
      return status;
    },
    start: () => void run(),
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    retryNow() {
      if (status.phase === 'waiting') wake.abort();
      else if (status.phase === 'live') socket?.close();
    },
    [Symbol.dispose]() {
      if (stop.signal.aborted) return;
      status = { phase: 'stopped' };
      stop.abort();
      socket?.close();
    },
  };
}
