import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { realClock, startInterval, startTimer } from '../core/runtime/clock.ts';
import type { RuntimeDeps } from '../core/runtime/deps.ts';
import { fromOwnPages, isRemote } from './api/origin.ts';
import type { Bus, EventView } from './bus.ts';
import { GatewayError } from './errors.ts';
import { type Role, roleCovers, type SignedIn } from './people/roles.ts';

export const feedPath = '/api/v1/feed';
export const feedProtocol = 'vigil.feed.v1';
const ticketPrefix = 'ticket.';
const ticketLifeMs = 30_000;
const mostTickets = 1000;
const longestMessageBytes = 4096;
/** Who reads slower than this much behind is cut; it comes back and resumes. */
const mostBehindBytes = 8 << 20;
const replayPage = 500;
/** Older ones are for the event search; nobody waits for a week of events. */
const longestReplay = 10_000;
const heartbeatMs = 30_000;
const closeWithinMs = 300;

/** Close codes of the feed (RFC 6455 §7.4.2: 4000–4999 are private). */
export const feedClose = { sessionEnded: 4401, tooSlow: 4408, badMessage: 1008, going: 1001 } as const;

/** What the feed needs of the event store. */
export interface FeedHistory {
  lastId(): Promise<number>;
  /** Oldest first. */
  after(id: number, limit: number): Promise<EventView[]>;
}

interface Ticket {
  sessionId: string;
  role: Role;
  remote: boolean;
  expiresAt: number;
}

interface Listener {
  ws: WebSocket;
  sessionId: string;
  role: Role;
  /** Set once the greeting is out: later events go at once, those that came before wait. */
  waiting: EventView[] | undefined;
  /** Newest event at the greeting: what is stored by then belongs to the replay, also when it is told later. */
  greetedWith: number;
  alive: boolean;
  resumed: boolean;
}

export interface Feed extends AsyncDisposable {
  issueTicket(user: SignedIn): string;
  /** Take over an HTTP upgrade to `feedPath`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly open: number;
}

const clientMessage = z.object({ type: z.literal('resume'), after: z.number().int().nonnegative() });

/** The live feed: what the bus tells, to every browser with a session. */
export function startFeed({
  bus,
  history,
  clock,
  random,
  log,
}: { bus: Bus; history: FeedHistory } & RuntimeDeps): Feed {
  const tickets = new Map<string, Ticket>();
  const listeners = new Set<Listener>();
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: longestMessageBytes,
    perMessageDeflate: false,
    handleProtocols: () => feedProtocol,
  });

  const send = (listener: Listener, text: string) => {
    const { ws } = listener;
    if (ws.readyState !== ws.OPEN) return;
    if (ws.bufferedAmount > mostBehindBytes) {
      ws.close(feedClose.tooSlow, 'too slow');
      ws.terminate();
      return;
    }
    ws.send(text);
  };

  const hears = (listener: Listener) => roleCovers(listener.role, 'viewer');
  const subscriptions = [
    bus.subscribe('event', (event) => {
      let text: string | undefined;
      for (const listener of listeners) {
        if (!hears(listener)) continue;
        if (listener.waiting) listener.waiting.push(event);
        else if (event.id > listener.greetedWith) {
          text ??= JSON.stringify({ type: 'event', event });
          send(listener, text);
        }
      }
    }),
    bus.subscribe('camera', (camera) => tellAll({ type: 'camera', camera })),
    bus.subscribe('camera-removed', ({ id }) => tellAll({ type: 'camera-removed', id })),
    bus.subscribe('session-ended', ({ sessionIds }) => {
      const ended = new Set(sessionIds);
      for (const [ticket, { sessionId }] of tickets) if (ended.has(sessionId)) tickets.delete(ticket);
      for (const listener of listeners) {
        if (!ended.has(listener.sessionId)) continue;
        listeners.delete(listener);
        send(listener, JSON.stringify({ type: 'session-ended' }));
        endSocket(listener.ws, feedClose.sessionEnded, 'session ended');
      }
    }),
  ];

  function tellAll(message: object): void {
    const text = JSON.stringify(message);
    for (const listener of listeners) send(listener, text);
  }

  /** Spent or not, a ticket is gone once it was shown. */
  function takeTicket(request: IncomingMessage): Ticket | undefined {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
    const shown = offered.find((text) => text.startsWith(ticketPrefix))?.slice(ticketPrefix.length);
    if (shown === undefined || !offered.includes(feedProtocol)) return undefined;
    const ticket = tickets.get(shown);
    tickets.delete(shown);
    return ticket && ticket.expiresAt > clock.now() && ticket.remote === isRemote(request) ? ticket : undefined;
  }

  async function greet(listener: Listener): Promise<void> {
    const lastId = hears(listener) ? await history.lastId() : 0;
    send(listener, JSON.stringify({ type: 'hello', lastEventId: lastId }));
    listener.greetedWith = lastId;
    // What the greeting's number covers is for the replay, the rest follows live: nothing twice, nothing lost.
    for (const event of listener.waiting ?? [])
      if (event.id > lastId) send(listener, JSON.stringify({ type: 'event', event }));
    listener.waiting = undefined;
    listener.ws.on('message', (data) => {
      const parsed = clientMessage.safeParse(parseJson(String(data)));
      if (!parsed.success || listener.resumed) return endSocket(listener.ws, feedClose.badMessage, 'not understood');
      listener.resumed = true;
      if (hears(listener)) replay(listener, parsed.data.after, lastId).catch(fault);
    });
  }

  async function replay({ ws }: Listener, after: number, lastId: number): Promise<void> {
    let at = Math.max(after, lastId - longestReplay);
    while (at < lastId && ws.readyState === ws.OPEN) {
      const events = (await history.after(at, replayPage)).filter(({ id }) => id <= lastId);
      if (events.length === 0) return;
      // The last one of a page is waited for: a slow reader holds back the replay, not our memory.
      for (const event of events.slice(0, -1)) ws.send(JSON.stringify({ type: 'event', event }));
      await new Promise<void>((resolve) =>
        ws.send(JSON.stringify({ type: 'event', event: events.at(-1) }), () => resolve()),
      );
      at = events.at(-1)!.id;
    }
  }

  const fault = (error: unknown) => log.error({ err: error }, 'the feed failed by our own fault');

  const heartbeat = startInterval(realClock, heartbeatMs, () => {
    const now = clock.now();
    for (const [ticket, { expiresAt }] of tickets) if (expiresAt <= now) tickets.delete(ticket);
    for (const listener of listeners) {
      if (!listener.alive) listener.ws.terminate();
      listener.alive = false;
      if (listener.ws.readyState === listener.ws.OPEN) listener.ws.ping();
    }
  });

  return {
    get open() {
      return listeners.size;
    },
    issueTicket(user) {
      if (tickets.size >= mostTickets) {
        const now = clock.now();
        for (const [ticket, { expiresAt }] of tickets) if (expiresAt <= now) tickets.delete(ticket);
        if (tickets.size >= mostTickets)
          throw new GatewayError('too_many_requests', 'too many feed tickets are open', { retryAfterSeconds: 30 });
      }
      const ticket = random.bytes(32).toString('base64url');
      const { sessionId, role, remote } = user;
      tickets.set(ticket, { sessionId, role, remote, expiresAt: clock.now() + ticketLifeMs });
      return ticket;
    },
    upgrade(request, socket, head) {
      if (!fromOwnPages(request)) return refuseUpgrade(socket, 403, 'Forbidden');
      const ticket = takeTicket(request);
      if (!ticket) return refuseUpgrade(socket, 401, 'Unauthorized');
      server.handleUpgrade(request, socket, head, (ws) => {
        const { sessionId, role } = ticket;
        const listener: Listener = { ws, sessionId, role, waiting: [], greetedWith: 0, alive: true, resumed: false };
        listeners.add(listener);
        ws.on('pong', () => {
          listener.alive = true;
        });
        ws.on('close', () => listeners.delete(listener));
        ws.on('error', (error) => log.debug({ err: error }, 'a feed socket failed'));
        greet(listener).catch(fault);
      });
    },
    async [Symbol.asyncDispose]() {
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
      heartbeat[Symbol.dispose]();
      tickets.clear();
      for (const { ws } of listeners) endSocket(ws, feedClose.going, 'the gateway stops');
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Say why, then go; a peer that does not answer the close is not waited for. */
function endSocket(ws: WebSocket, code: number, reason: string): void {
  const late = startTimer(realClock, closeWithinMs, () => ws.terminate());
  ws.once('close', () => late[Symbol.dispose]());
  ws.close(code, reason);
}

/** Answer an upgrade that is not taken, and end the connection. */
export function refuseUpgrade(socket: Duplex, status: number, title: string): void {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status} ${title}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
