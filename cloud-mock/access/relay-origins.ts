import type { Server } from 'node:http';
import { ListenError, type Listening, listen } from '../../core/runtime/listen.ts';
import type { Log } from '../../core/runtime/log.ts';
import { disposeAll } from '../../core/runtime/start-all.ts';
import type { Store } from '../store/store.ts';

/** A gateway as browsers reach it: an origin (RFC 6454) that it shares with no other gateway and not with the portal. */
export interface RelaySide {
  gatewayId: string;
  /** Scheme, host and port, without a slash at the end. */
  origin: string;
}

const gatewayIdPattern = /^gw_[A-Za-z0-9_-]{16}$/;
const labelPattern = /^gw-([0-9a-f]{24})$/;
const mostTries = 200;

/**
 * A gateway's name as a DNS label. The id is Base64 with both cases, host names know one: so hexadecimal, both ways.
 */
export const labelOf = (gatewayId: string) => `gw-${Buffer.from(gatewayId.slice(3), 'base64url').toString('hex')}`;

/** The gateway behind a label; undefined for what is none. */
export function gatewayOfLabel(label: string): string | undefined {
  const hex = labelPattern.exec(label.toLowerCase())?.[1];
  return hex && `gw_${Buffer.from(hex, 'hex').toString('base64url')}`;
}

/** Is it `http(s)://*.host[:port]`, a host name for each gateway? */
export const isHostPattern = (url: string) => /^https?:\/\/\*\.[^*/?#]+$/.test(url);

/** Which origins gateways have, and where a request of one comes in. */
export interface RelayOrigins extends AsyncDisposable {
  /** The origin of a gateway, opened when it has a listener of its own. */
  of(gatewayId: string): Promise<string>;
  /** All of them, as a source of a Content-Security-Policy. */
  readonly cspSource: string;
  /** Whom a request to the shared listener is for, by its Host header; undefined when gateways have ports of their own. */
  byHost(host: string | undefined): RelaySide | undefined;
  /** Stop listening for a gateway that was unbound. Its port is given to no other, so that nothing kept there is met. */
  close(gatewayId: string): Promise<void>;
}

/** A host name for each gateway below a domain whose wildcard leads to the shared listener. */
export function hostOrigins(pattern: string): RelayOrigins {
  const suffix = new URL(pattern.replace('*', 'x')).host.slice(1);
  const originOf = (gatewayId: string) => new URL(pattern.replace('*', labelOf(gatewayId))).origin;
  return {
    of: async (gatewayId) => originOf(gatewayId),
    cspSource: pattern,
    byHost(host = '') {
      if (!host.toLowerCase().endsWith(suffix)) return undefined;
      const gatewayId = gatewayOfLabel(host.slice(0, -suffix.length));
      return gatewayId ? { gatewayId, origin: originOf(gatewayId) } : undefined;
    },
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/**
 * A port for each gateway: what works on a LAN where machines are known by address alone. Ports are kept in the database:
 * a gateway has the same one after a restart, and what browsers keep for it is never met by another.
 */
export function portOrigins(deps: {
  store: Store;
  log: Log;
  /** Scheme and host by which browsers reach us, without a port. */
  base: string;
  host: string;
  /** The lowest port to hand out; 0: any that is free. */
  firstPort: number;
  /** A server that serves this gateway alone, not yet listening. */
  serverFor(side: RelaySide): Server;
}): RelayOrigins {
  const { store, log, base, host, firstPort } = deps;
  const open = new Map<string, Promise<{ origin: string; listening: Listening }>>();

  const listenOn = async (gatewayId: string, port: number) => {
    const side: RelaySide = { gatewayId, origin: '' };
    const listening = await listen(deps.serverFor(side), port, host);
    side.origin = new URL(`${base}:${listening.port}`).origin;
    return { origin: side.origin, listening };
  };
  const isTaken = (error: unknown) =>
    error instanceof ListenError && (error.cause as NodeJS.ErrnoException).code === 'EADDRINUSE';

  const openFor = async (gatewayId: string) => {
    const before = await store.relayPorts.of(gatewayId);
    if (before !== undefined) {
      try {
        return await listenOn(gatewayId, before);
      } catch (error) {
        if (!isTaken(error)) throw error;
        log.warn({ gatewayId, port: before }, 'the relay port of a VMS Local is taken; it gets another');
      }
    }
    for (let tries = 0; tries < mostTries; tries++) {
      const port = firstPort === 0 ? 0 : await store.relayPorts.free(firstPort + tries);
      try {
        const opened = await listenOn(gatewayId, port);
        if (await store.relayPorts.take(gatewayId, opened.listening.port)) return opened;
        await opened.listening[Symbol.asyncDispose]();
      } catch (error) {
        if (!isTaken(error)) throw error;
      }
    }
    throw new Error('no port is free for a VMS Local');
  };
  const opened = (gatewayId: string) => {
    if (!gatewayIdPattern.test(gatewayId)) throw new RangeError(`"${gatewayId}" is no gateway id`);
    const found = open.get(gatewayId) ?? openFor(gatewayId);
    open.set(gatewayId, found);
    found.catch(() => open.delete(gatewayId));
    return found;
  };

  return {
    of: async (gatewayId) => (await opened(gatewayId)).origin,
    cspSource: `${base}:*`,
    byHost: () => undefined,
    async close(gatewayId) {
      const found = open.get(gatewayId);
      open.delete(gatewayId);
      await (await found?.catch(() => undefined))?.listening[Symbol.asyncDispose]();
    },
    async [Symbol.asyncDispose]() {
      const all = await Promise.allSettled(open.values());
      open.clear();
      await disposeAll(all.flatMap((one) => (one.status === 'fulfilled' ? [one.value.listening] : [])));
    },
  };
}
