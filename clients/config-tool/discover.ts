import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import {
  deviceType,
  discoveryGroup,
  discoveryPort,
  formatProbe,
  parseDiscovery,
  type Target,
} from '../../core/onvif/discovery.ts';
import { realClock } from '../../core/runtime/clock.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import type { Device } from './device.ts';
import { isFactoryDefault } from './local-api.ts';

export interface Search {
  waitMs: number;
  interfaceName?: string | undefined;
  /** `HOST` or `HOST:PORT` of VIGI's local API: asked directly, for networks that multicast does not cross. */
  addresses: string[];
  /** Send a Probe as well. */
  multicast?: boolean;
}

/** The IPv4 addresses a Probe leaves from: those of one interface, or one of each. */
function sendingAddresses(interfaceName: string | undefined): string[] {
  const all = networkInterfaces();
  if (interfaceName !== undefined && !all[interfaceName]) {
    throw new UsageError(
      `there is no network interface "${interfaceName}"; this machine has ${Object.keys(all).join(', ')}`,
    );
  }
  const chosen = interfaceName === undefined ? Object.values(all) : [all[interfaceName]];
  return chosen.flatMap((addresses) => (addresses ?? []).find(({ family }) => family === 'IPv4')?.address ?? []);
}

const repeatAfterMs = 150;
/** Probes after the first. */
const mostRounds = 5;

const bind = (address: string) =>
  new Promise<Socket>((resolve, reject) => {
    // A whole fleet answers within half a second.
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    socket.once('error', reject);
    socket.bind(0, () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      socket.setMulticastInterface(address);
      resolve(socket);
    });
  });

/** Everything that answers, in the order of address and port. */
export async function findDevices(search: Search): Promise<Device[]> {
  const found = new Map<string, { target: Target; from: string }>();
  const sockets: Socket[] = [];
  if ((search.multicast ?? true) && (search.addresses.length === 0 || search.interfaceName)) {
    const asked = new Set<string>();
    const bound = await Promise.allSettled(sendingAddresses(search.interfaceName).map(bind));
    sockets.push(...bound.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])));
    for (const socket of sockets) {
      socket.on('message', (datagram, { address: from }) => {
        const message = parseDiscovery(datagram.toString());
        if (message?.kind !== 'ProbeMatches' || !asked.has(message.relatesTo)) return;
        for (const target of message.targets) found.set(target.address, { target, from });
      });
    }
    const probe = async (waitMs: number) => {
      const messageId = `urn:uuid:${secureRandom.uuid()}`;
      asked.add(messageId);
      const datagram = Buffer.from(formatProbe({ messageId, types: [deviceType] }));
      // SOAP-over-UDP §3.4 repeats a multicast message: one lost datagram must not hide a LAN.
      for (const afterMs of [repeatAfterMs, waitMs - repeatAfterMs]) {
        for (const socket of sockets) socket.send(datagram, discoveryPort, discoveryGroup, () => undefined);
        await realClock.sleep(Math.max(afterMs, repeatAfterMs));
      }
    };
    // Of a large fleet answers get lost; a new Probe is answered by all anew. Once more while that brings somebody.
    await probe(search.waitMs / 2);
    for (let before = -1, round = 0; round < mostRounds && found.size > before; round++) {
      before = found.size;
      await probe(search.waitMs / 2);
    }
    for (const socket of sockets) socket.close();
  }
  const devices = [...found.values()].flatMap(({ target, from }) => deviceOf(target, from) ?? []);
  const direct = await Promise.all(search.addresses.map(askDirectly));
  const known = new Set(direct.map(({ host, httpsPort }) => `${host}:${httpsPort}`));
  return [...direct, ...devices.filter(({ host, httpsPort }) => !known.has(`${host}:${httpsPort}`))].sort(
    (a, b) => a.host.localeCompare(b.host, 'en', { numeric: true }) || a.httpsPort - b.httpsPort,
  );
}

const scopeValue = (scopes: string[], path: string) => {
  const prefix = `onvif://www.onvif.org/${path}/`;
  const scope = scopes.find((one) => one.toLowerCase().startsWith(prefix.toLowerCase()));
  try {
    return scope && decodeURIComponent(scope.slice(prefix.length));
  } catch {
    return undefined;
  }
};

const statusOf: Record<string, Device['status']> = {
  uninitialized: 'Uninitialized',
  initialized: 'Online',
  paired: 'Paired',
};

function deviceOf({ scopes, xAddrs }: Target, from: string): Device | undefined {
  // The address of the device's own choosing counts only where it is the one that answered.
  const onvifUrl = xAddrs.find((xAddr) => URL.canParse(xAddr) && new URL(xAddr).hostname === from) ?? xAddrs[0];
  if (!onvifUrl || !URL.canParse(onvifUrl)) return undefined;
  const [mac, httpsPort] = (scopeValue(scopes, 'VigiInfoStream') ?? '').split('/');
  return {
    model: scopeValue(scopes, 'hardware') ?? '',
    name: scopeValue(scopes, 'name') ?? '',
    host: new URL(onvifUrl).hostname,
    onvifUrl,
    httpsPort: Number(scopeValue(scopes, 'vigil/https') ?? Number.parseInt(httpsPort ?? '', 10)) || 0,
    mac: (scopeValue(scopes, 'MacAddress') ?? mac ?? '').toUpperCase(),
    serial: scopeValue(scopes, 'SerialNumber') ?? '',
    status: statusOf[scopeValue(scopes, 'vigil/state') ?? ''] ?? 'Online',
  };
}

async function askDirectly(address: string): Promise<Device> {
  const [host = '', port] = address.split(':');
  const httpsPort = port === undefined ? 443 : Number(port);
  if (host === '' || (!isIPv4(host) && !/^[a-z0-9.-]+$/i.test(host)) || !Number.isInteger(httpsPort)) {
    throw new UsageError(`"${address}" is no address: write HOST or HOST:PORT`);
  }
  const device = await identifyDevice({ host, httpsPort });
  if (!device)
    throw new UsageError(
      `${host}:${httpsPort} does not answer like a VIGI camera; is it the port of its web page (443)?`,
    );
  return device;
}

/** What is known of a device before anybody signs in; undefined when it does not speak VIGI's local API. */
export async function identifyDevice(at: { host: string; httpsPort: number }): Promise<Device | undefined> {
  const factoryDefault = await isFactoryDefault(at);
  if (factoryDefault === undefined) return undefined;
  return {
    ...at,
    model: '',
    name: '',
    onvifUrl: '',
    mac: '',
    serial: '',
    status: factoryDefault ? 'Uninitialized' : 'Online',
  };
}
