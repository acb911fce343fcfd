import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import {
  deviceType,
  discoveryGroup,
  discoveryPort,
  formatProbe,
  parseDiscovery,
  type Target,
  transmitterType,
} from '../../core/onvif/discovery.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { GatewayError } from '../errors.ts';
import { defaultPath } from '../onvif/address.ts';

export interface FoundDevice {
  /** `host:port`, or the whole URL where the device service is not at the usual path: either can be added as it stands. */
  address: string;
  host: string;
  port: number;
  name: string | null;
  model: string | null;
  mac: string | null;
  types: string[];
  scopes: string[];
}

/** Bounds on what a flood of answers can make us keep. */
const limits = { devices: 4096, datagramBytes: 64 * 1024, scopes: 64, textLength: 256 };
/** UDP loses packets, so the Probe goes out more than once (SOAP over UDP, appendix I). */
const repeatAfterMs = [0, 150, 400];
const lingerMs = 200;

/** IPv4 addresses to probe from: those of one interface (by name or address), or of all. */
export function probeAddresses(chosen: string | undefined, interfaces = networkInterfaces()): string[] {
  const all = Object.entries(interfaces).flatMap(([name, addresses]) =>
    (addresses ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => ({ name, address })),
  );
  if (chosen === undefined) return all.map(({ address }) => address);
  return all.filter(({ name, address }) => name === chosen || address === chosen).map(({ address }) => address);
}

/**
 * Ask the LAN which ONVIF devices are there. Only answers to this very probe count, and a device is taken at the address
 * it answered from: what it says of itself adds port and path. The `onvif` package's discovery checks neither, and
 * falls back to whatever address is named first.
 */
export async function discover(
  options: { seconds: number; interfaceName?: string },
  deps: RuntimeDeps,
): Promise<FoundDevice[]> {
  const { clock, random, log } = deps;
  const addresses = probeAddresses(options.interfaceName);
  if (addresses.length === 0)
    throw new GatewayError('interface_unknown', `this machine has no IPv4 interface "${options.interfaceName}"`);
  const probes = [transmitterType, deviceType].map((type) => {
    const messageId = `urn:uuid:${random.uuid()}`;
    return { messageId, datagram: Buffer.from(formatProbe({ messageId, types: [type] })) };
  });
  const asked = new Set(probes.map(({ messageId }) => messageId));
  const found = new Map<string, FoundDevice>();

  const listen = (message: Buffer, from: string) => {
    if (found.size >= limits.devices || message.length > limits.datagramBytes) return;
    const answer = parseDiscovery(message.toString('utf8'));
    if (answer?.kind !== 'ProbeMatches' || !asked.has(answer.relatesTo)) return;
    for (const target of answer.targets.slice(0, 64)) {
      const device = deviceOf(target, from);
      // On a machine with several interfaces one device answers on each.
      const key = target.address.slice(0, limits.textLength);
      if (device && !found.has(key)) found.set(key, device);
    }
  };

  const sockets = await Promise.all(
    addresses.map(
      (address) =>
        new Promise<Disposable & { send(datagram: Buffer): void }>((resolve) => {
          // A whole fleet answers within half a second.
          const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
          let open = true;
          const close = () => {
            if (open) socket.close();
            open = false;
          };
          socket.on('error', (error) => {
            log.debug({ address, reason: error.message }, 'this interface cannot be probed');
            close();
            resolve(made);
          });
          socket.on('message', (message, { address: from }) => listen(message, from));
          const made = {
            send(datagram: Buffer) {
              if (open) socket.send(datagram, discoveryPort, discoveryGroup, () => undefined);
            },
            [Symbol.dispose]: close,
          };
          socket.bind(0, address, () => {
            try {
              socket.setMulticastInterface(address);
            } catch (error) {
              log.debug({ address, reason: (error as Error).message }, 'this interface has no multicast');
            }
            resolve(made);
          });
        }),
    ),
  );
  try {
    const endsAt = clock.now() + options.seconds * 1000;
    let waitedMs = 0;
    for (const atMs of repeatAfterMs) {
      await clock.sleep(atMs - waitedMs);
      waitedMs = atMs;
      for (const { datagram } of probes) for (const socket of sockets) socket.send(datagram);
    }
    await clock.sleep(Math.max(endsAt - clock.now(), lingerMs));
  } finally {
    for (const socket of sockets) socket[Symbol.dispose]();
  }
  return [...found.values()].sort((a, b) => a.host.localeCompare(b.host, 'en', { numeric: true }) || a.port - b.port);
}

const cut = (text: string) => text.slice(0, limits.textLength);

/** A target at the address it answered from; undefined when it names no service there. */
export function deviceOf(target: Target, from: string): FoundDevice | undefined {
  const urls = target.xAddrs.slice(0, 16).flatMap((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url?.protocol === 'http:' && url.hostname === from ? [url] : [];
  });
  const [url] = urls;
  if (!url) return undefined;
  const port = Number(url.port || 80);
  const path = url.pathname + url.search;
  const scopes = target.scopes.slice(0, limits.scopes).map(cut);
  return {
    address: cut(path === defaultPath ? `${from}:${port}` : url.href),
    host: from,
    port,
    name: scopeValue(scopes, 'name'),
    model: scopeValue(scopes, 'hardware'),
    mac: macOf(scopes),
    types: target.types.slice(0, 16).map(({ name }) => cut(name)),
    scopes,
  };
}

const prefix = 'onvif://www.onvif.org/';

/** The first word after `onvif://www.onvif.org/<key>/`, any case of the key. */
function scopeValue(scopes: readonly string[], key: string): string | null {
  for (const scope of scopes) {
    if (!scope.toLowerCase().startsWith(`${prefix}${key.toLowerCase()}/`)) continue;
    const value = scope.slice(prefix.length + key.length + 1).split('/')[0]!;
    try {
      return decodeURIComponent(value) || null;
    } catch {
      return value || null;
    }
  }
  return null;
}

/** VIGI says its MAC in a scope of its own; others in MacAddress. */
function macOf(scopes: readonly string[]): string | null {
  const text = (scopeValue(scopes, 'VigiInfoStream') ?? scopeValue(scopes, 'MacAddress') ?? scopeValue(scopes, 'MAC'))
    ?.toUpperCase()
    .replace(/[^0-9A-F]/g, '');
  return text?.length === 12 ? text.replace(/(..)(?=.)/g, '$1:') : null;
}
