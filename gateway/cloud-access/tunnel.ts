import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { type Backoff, delays } from '../../core/runtime/backoff.ts';
import { realClock, startInterval } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { TunnelSocket } from '../../core/tunnel/stream-socket.ts';
import { serveTunnel, tunnelClose, tunnelProtocol } from '../../core/tunnel/tunnel.ts';

const plan: Backoff = { firstMs: 500, factor: 2, capMs: 60_000, jitter: 0.5 };
/** A connection that held this long makes the next try quick again. */
const stableMs = 10_000;
const handshakeTimeoutMs = 10_000;
const longestFrameBytes = 16 << 20;

export interface KeepAlive {
  everyMs: number;
  /** No sign of life for so long: the peer is gone without a word. */
  silentMs: number;
}
const defaultKeepAlive: KeepAlive = { everyMs: 15_000, silentMs: 40_000 };

/** Codes of a cloud that knows this gateway no more, before the tunnel stands. */
const unboundCodes = new Set(['gateway_unknown', 'gateway_unbound', 'gateway_not_found', 'not_bound', 'unbound']);

type Outcome = { unbound: true } | { unbound: false; heldMs: number; reason: string };

export interface TunnelParts extends RuntimeDeps {
  url: string;
  bearer(): Promise<string>;
  /** One connection of a remote client, for the gateway's HTTP server. */
  onConnection(socket: TunnelSocket): void;
  /** Up (true) or down. */
  onOnline(online: boolean): void;
  /** The owner unbound this gateway at the cloud. */
  onUnbound(): void;
  keepAlive?: KeepAlive;
}

export interface Tunnel extends Disposable {
  readonly online: boolean;
  /** How often it came up: tells one dial-in from the next. */
  readonly dialIns: number;
  /** Drop the connection as a broken network would; it is dialled anew. */
  cut(): void;
}

/** Keep a tunnel to the cloud: dial, serve, and dial again with growing pauses until disposed or unbound. */
export function startTunnel(parts: TunnelParts): Tunnel {
  const { clock, random, log } = parts;
  const stop = new AbortController();
  let current: WebSocket | undefined;
  let online = false;
  let dialIns = 0;

  const setOnline = (value: boolean) => {
    if (online === value) return;
    online = value;
    parts.onOnline(value);
  };

  async function dial(): Promise<Outcome> {
    const bearer = await parts.bearer();
    if (stop.signal.aborted) return { unbound: false, heldMs: 0, reason: 'stopped' };
    const ws = new WebSocket(parts.url.replace(/^http/, 'ws'), [tunnelProtocol], {
      headers: { authorization: `Bearer ${bearer}` },
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: longestFrameBytes,
      perMessageDeflate: false,
      followRedirects: false,
    });
    current = ws;
    using _served = serveTunnel(ws, parts.onConnection);
    let openedAt: number | undefined;
    let reason = '';
    using _alive = watch(ws, parts.keepAlive ?? defaultKeepAlive, () => {
      reason = 'silent for too long';
    });
    const outcome = await new Promise<Outcome>((resolve) => {
      ws.on('error', (error) => {
        reason ||= error.message;
      });
      ws.on('open', () => {
        openedAt = clock.now();
        dialIns++;
        setOnline(true);
      });
      ws.on('unexpected-response', (request, response) => {
        refusalCode(response).then((code) => {
          request.destroy();
          ws.terminate();
          resolve(
            unboundCodes.has(code)
              ? { unbound: true }
              : { unbound: false, heldMs: 0, reason: `refused with ${response.statusCode} ${code}` },
          );
        });
      });
      ws.on('close', (code) => {
        const heldMs = openedAt === undefined ? 0 : clock.now() - openedAt;
        resolve(
          code === tunnelClose.unbound
            ? { unbound: true }
            : { unbound: false, heldMs, reason: reason || `closed with ${code}` },
        );
      });
    });
    current = undefined;
    setOnline(false);
    return outcome;
  }

  async function run() {
    let waits = delays(plan, random);
    while (!stop.signal.aborted) {
      const outcome = await dial();
      if (stop.signal.aborted) return;
      if (outcome.unbound) return parts.onUnbound();
      if (outcome.heldMs >= stableMs) waits = delays(plan, random);
      const waitMs = waits.next().value;
      log.info({ reason: outcome.reason, waitMs }, 'the tunnel to the cloud is down; dialling again');
      await clock.sleep(waitMs, stop.signal).catch(() => undefined);
    }
  }
  run().catch((error: unknown) => log.error({ err: error }, 'the tunnel loop ended by our own fault'));

  return {
    get online() {
      return online;
    },
    get dialIns() {
      return dialIns;
    },
    cut: () => current?.terminate(),
    [Symbol.dispose]() {
      stop.abort();
      current?.terminate();
    },
  };
}

/** Ping, and end a connection that gives no sign of life: the network's time, so the machine's clock. */
function watch(ws: WebSocket, { everyMs, silentMs }: KeepAlive, onSilent: () => void): Disposable {
  let heardAt = realClock.now();
  const heard = () => {
    heardAt = realClock.now();
  };
  ws.on('open', heard).on('pong', heard).on('ping', heard).on('message', heard);
  return startInterval(realClock, everyMs, () => {
    if (ws.readyState !== ws.OPEN) return;
    if (realClock.now() - heardAt > silentMs) {
      onSilent();
      ws.terminate();
    } else ws.ping();
  });
}

const refusalLimitBytes = 16 * 1024;

/** The `code` of the problem a refused dial-in is answered with. */
async function refusalCode(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const part of response) {
      text += String(part);
      if (text.length > refusalLimitBytes) break;
    }
    const { code } = JSON.parse(text) as { code?: unknown };
    return typeof code === 'string' ? code : '';
  } catch {
    // No problem document: the status alone says it.
    return '';
  }
}
