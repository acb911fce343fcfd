import { Agent, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { realClock, startInterval } from '../../core/runtime/clock.ts';
import type { Log } from '../../core/runtime/log.ts';
import { type OpenTunnel, openTunnel, tunnelClose } from '../../core/tunnel/tunnel.ts';
import { CloudError } from '../errors.ts';
import type { TunnelHistory } from './tunnel-history.ts';

/** Connections that one tunnel keeps although nobody uses them; the gateway's server closes them after its own time. */
const keptConnections = 32;
/** How often a tunnel is asked for a sign of life, and how long one may take. Network time: the machine's own clock. */
const pingEveryMs = 15_000;
const pingWithinMs = 10_000;
const closeWithinMs = 1_000;
const answerWithinMs = 5_000;
const longestAnswerBytes = 1 << 20;

export interface TunnelAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

interface Standing {
  ws: WebSocket;
  tunnel: OpenTunnel;
  /** Keeps connections through this tunnel for the next request: no new HTTP/2 stream, no new connection at the gateway. */
  agent: Agent;
  alive: Disposable;
}

/** Did it come to pass in time? Leaves no timer behind. */
async function within(ms: number, what: Promise<unknown>): Promise<boolean> {
  const inTime = new AbortController();
  const late = realClock.sleep(ms, inTime.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([
      what.then(
        () => true,
        () => false,
      ),
      late,
    ]);
  } finally {
    inTime.abort();
  }
}

/** The tunnels that stand now, one a gateway. */
export function createTunnels({
  log,
  history,
  bytesPerSecond,
  ping = {},
}: {
  log: Log;
  history: Pick<TunnelHistory, 'note'>;
  /** Of one tunnel, each way. */
  bytesPerSecond: number;
  ping?: { everyMs?: number; withinMs?: number };
}) {
  const standing = new Map<string, Standing>();

  /** Say why, give the other end a moment to hear it, then let go. */
  const end = async ({ ws, tunnel, alive }: Standing, code: number) => {
    alive[Symbol.dispose]();
    ws.close(code);
    await within(closeWithinMs, tunnel.closed);
    tunnel[Symbol.dispose]();
  };
  const take = (gatewayId: string): Standing | undefined => {
    const found = standing.get(gatewayId);
    standing.delete(gatewayId);
    return found;
  };
  const offline = (cause?: unknown) =>
    new CloudError('gateway_offline', 'This VMS Local is not connected at the moment.', {}, { cause });
  const find = (gatewayId: string): Standing => {
    const found = standing.get(gatewayId);
    if (!found) throw offline();
    return found;
  };
  const connectBy = (tunnel: OpenTunnel): Duplex => {
    try {
      return tunnel.connect();
    } catch (error) {
      // It ended in this moment, and what holds it does not know yet.
      throw offline(error);
    }
  };

  return {
    online: (gatewayId: string) => standing.has(gatewayId),

    /** Take a dial-in whose caller is known. One that stood before gives way: it may be half-open, the new one is not. */
    accept(ws: WebSocket, gatewayId: string, address: string): void {
      const before = take(gatewayId);
      if (before) void end(before, tunnelClose.replaced);
      const tunnel = openTunnel(ws, bytesPerSecond);
      const alive = startInterval(realClock, ping.everyMs ?? pingEveryMs, async () => {
        if (await within(ping.withinMs ?? pingWithinMs, tunnel.ping())) return;
        log.info({ gatewayId }, 'tunnel gave no sign of life');
        ws.terminate();
      });
      const agent = new Agent({ keepAlive: true, maxFreeSockets: keptConnections, scheduling: 'lifo' });
      Object.assign(agent, { createConnection: () => connectBy(tunnel) });
      const one = { ws, tunnel, agent, alive };
      standing.set(gatewayId, one);
      log.info({ gatewayId }, 'tunnel up');
      history.note(gatewayId, true, address);
      void tunnel.closed.then(() => {
        alive[Symbol.dispose]();
        agent.destroy();
        if (standing.get(gatewayId) === one) standing.delete(gatewayId);
        log.info({ gatewayId }, 'tunnel down');
        if (!standing.has(gatewayId)) history.note(gatewayId, false, address);
      });
    },

    /** A new connection to the gateway's HTTP server. Throws `gateway_offline`. */
    connect: (gatewayId: string): Duplex => connectBy(find(gatewayId).tunnel),

    /** For requests that may be asked again when a kept connection turns out to be gone. Throws `gateway_offline`. */
    agentOf: (gatewayId: string): Agent => find(gatewayId).agent,

    /** One small request of our own to the gateway. Throws `gateway_offline` when it does not answer. */
    ask(
      gatewayId: string,
      what: { method: string; path: string; headers?: Record<string, string>; body?: string; withinMs?: number },
    ): Promise<TunnelAnswer> {
      const { tunnel } = find(gatewayId);
      return new Promise((resolve, reject) => {
        const offline = (cause: unknown) =>
          reject(new CloudError('gateway_offline', 'This VMS Local did not answer.', {}, { cause }));
        const request = httpRequest({
          createConnection: () => tunnel.connect() as Socket,
          method: what.method,
          path: what.path,
          headers: {
            host: 'gateway',
            ...what.headers,
            ...(what.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(what.body)) }),
          },
          signal: AbortSignal.timeout(what.withinMs ?? answerWithinMs),
        });
        request.on('error', offline);
        request.on('response', (response) => {
          let body = '';
          response.setEncoding('utf8');
          response.on('error', offline);
          response.on('data', (part: string) => {
            body += part;
            if (body.length > longestAnswerBytes) request.destroy(new Error('the answer is too long'));
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
        });
        request.end(what.body);
      });
    },

    /** Close for good reason; false when none stood. */
    async close(gatewayId: string, code: number): Promise<boolean> {
      const found = take(gatewayId);
      if (found) await end(found, code);
      return found !== undefined;
    },

    /** Drop the connection as a broken network would; the gateway dials anew. False when none stood. */
    cut(gatewayId: string): boolean {
      const found = take(gatewayId);
      found?.alive[Symbol.dispose]();
      found?.tunnel[Symbol.dispose]();
      return found !== undefined;
    },

    async [Symbol.asyncDispose]() {
      const all = [...standing.values()];
      standing.clear();
      for (const { tunnel, alive } of all) {
        alive[Symbol.dispose]();
        tunnel[Symbol.dispose]();
      }
    },
  };
}
export type Tunnels = ReturnType<typeof createTunnels>;
