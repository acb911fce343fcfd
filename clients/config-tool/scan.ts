import { connect, isIPv4 } from 'node:net';
import type { networkInterfaces } from 'node:os';
import type { Clock } from '../../core/runtime/clock.ts';
import { startTimer } from '../../core/runtime/clock.ts';
import { UsageError } from '../../core/runtime/settings.ts';

/** Addresses to ask one by one, where multicast does not reach. */
export interface ScanRange {
  hosts: string[];
  ports: number[];
}

const mostProbes = 8192;
const atOnce = 64;
const connectWithinMs = 900;
const usualPorts = [443];

const numberOf = (ip: string) => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const textOf = (ip: number) => [24, 16, 8, 0].map((shift) => Math.floor(ip / 2 ** shift) % 256).join('.');

/** `192.168.1.0/24`, `192.168.1.10-20`, one address; each with `:PORT` or `:FIRST-LAST`. Throws UsageError. */
export function parseScanRange(text: string): ScanRange {
  const wrong = (why: string) =>
    new UsageError(`--scan "${text}" will not do: ${why}; write 192.168.1.0/24, or 192.168.1.10-20:443`);
  const match = /^([\d.]+)(?:\/(\d{1,2})|-(\d{1,3}))?(?::(\d{1,5})(?:-(\d{1,5}))?)?$/.exec(text.trim());
  const [, first = '', prefixText, lastText, portText, lastPortText] = match ?? [];
  if (!match || !isIPv4(first)) throw wrong('it names no range');
  const ports = portText === undefined ? usualPorts : range(Number(portText), Number(lastPortText ?? portText));
  if (ports.length === 0 || ports.some((port) => port < 1 || port > 65535))
    throw wrong('ports are between 1 and 65535');
  let hosts: string[];
  if (prefixText !== undefined) {
    const prefix = Number(prefixText);
    if (prefix < 16 || prefix > 32) throw wrong('a subnet is between /16 and /32');
    const size = 2 ** (32 - prefix);
    const base = Math.floor(numberOf(first) / size) * size;
    // Neither the network's own address nor broadcast is a device.
    const [from, to] = prefix >= 31 ? [base, base + size - 1] : [base + 1, base + size - 2];
    if ((to - from + 1) * ports.length > mostProbes)
      throw wrong(`that is ${(to - from + 1) * ports.length} addresses and ports, at most ${mostProbes} are asked`);
    hosts = range(from, to).map(textOf);
  } else {
    const from = numberOf(first);
    const to = lastText === undefined ? from : Math.floor(from / 256) * 256 + Number(lastText);
    if (to < from || Number(lastText ?? 0) > 255) throw wrong('the last address comes before the first');
    hosts = range(from, to).map(textOf);
  }
  if (hosts.length * ports.length > mostProbes)
    throw wrong(`that is ${hosts.length * ports.length} addresses and ports, at most ${mostProbes} are asked`);
  return { hosts, ports };
}

const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

/** The subnets this machine is in, as `--scan` takes them; wide ones narrowed to the /24 around our own address. */
export const ownSubnets = (interfaces: ReturnType<typeof networkInterfaces>): string[] => [
  ...new Set(
    Object.values(interfaces).flatMap((addresses) =>
      (addresses ?? []).flatMap(({ family, internal, address, cidr }) => {
        if (family !== 'IPv4' || internal) return [];
        const prefix = Math.max(24, Number(cidr?.split('/')[1] ?? 24));
        const size = 2 ** (32 - prefix);
        return [`${textOf(Math.floor(numberOf(address) / size) * size)}/${prefix}`];
      }),
    ),
  ),
];

/** Does anything listen there? */
function listens(host: string, port: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (answer: boolean) => {
      late[Symbol.dispose]();
      socket.destroy();
      resolve(answer);
    };
    const late = startTimer(clock, connectWithinMs, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/** Ask every address of the ranges, some at a time; what listens is then asked what it is. */
export async function scan<T>(
  ranges: readonly ScanRange[],
  identify: (at: { host: string; httpsPort: number }) => Promise<T | undefined>,
  clock: Clock,
  onProgress: (asked: number, all: number) => void,
): Promise<T[]> {
  const places = ranges.flatMap(({ hosts, ports }) =>
    hosts.flatMap((host) => ports.map((httpsPort) => ({ host, httpsPort }))),
  );
  if (places.length > mostProbes)
    throw new UsageError(`the ranges have ${places.length} addresses and ports, at most ${mostProbes} are asked`);
  const found: T[] = [];
  let next = 0;
  let asked = 0;
  const worker = async () => {
    for (let place = places[next++]; place; place = places[next++]) {
      if (await listens(place.host, place.httpsPort, clock)) {
        const device = await identify(place);
        if (device !== undefined) found.push(device);
      }
      asked += 1;
      onProgress(asked, places.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, places.length) }, worker));
  return found;
}
