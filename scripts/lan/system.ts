import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { promisify } from 'node:util';
import type { Clock } from '../../core/runtime/clock.ts';
import { hint, UsageError } from '../../core/runtime/settings.ts';

const run = promisify(execFile);

/** An IPv4 address of an interface, as `ip -j addr` tells it. */
export interface InterfaceAddress {
  address: string;
  prefix: number;
  /** Name under which it was added; the interface's own name without one. */
  label: string;
}

/** `ip` (iproute2) with arguments; throws UsageError with what it complained of. */
export async function ip(...args: string[]): Promise<string> {
  try {
    return (await run('ip', args)).stdout;
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if ((code as unknown) === 'ENOENT')
      throw new UsageError('the program "ip" is missing (Debian: apt-get install iproute2)');
    throw new UsageError(`ip ${args.join(' ')}: ${(stderr ?? String(error)).trim()}`, { cause: error });
  }
}

interface Listed {
  ifname: string;
  addr_info: { family: string; local: string; prefixlen: number; label?: string }[];
}

/** IPv4 addresses of every interface. */
export async function addressesByInterface(): Promise<Map<string, InterfaceAddress[]>> {
  const listed = JSON.parse(await ip('-j', '-4', 'addr', 'show')) as Listed[];
  return new Map(
    listed
      .filter(({ ifname }) => ifname !== undefined)
      .map(({ ifname, addr_info }) => [
        ifname,
        addr_info.map(({ local, prefixlen, label = ifname }) => ({ address: local, prefix: prefixlen, label })),
      ]),
  );
}

/** The addresses of one interface; throws UsageError when it is none, or has no IPv4 address to tell its subnet by. */
export async function interfaceAddresses(name: string): Promise<InterfaceAddress[]> {
  const all = await addressesByInterface();
  const own = all.get(name);
  const names = [...all].filter(([, addresses]) => addresses.length > 0).map(([one]) => one);
  if (!own || own.length === 0) {
    const known = (await ip('-j', 'link', 'show')).includes(`"ifname":"${name}"`);
    throw new UsageError(
      known
        ? `${name} has no IPv4 address, so its subnet is not known: give it one first`
        : `there is no interface "${name}"${hint(name, names)}; there are ${names.join(', ')}`,
    );
  }
  return own;
}

/** Routers of this machine. */
export async function gateways(): Promise<string[]> {
  const routes = JSON.parse(await ip('-j', '-4', 'route', 'show')) as { gateway?: string }[];
  return routes.flatMap(({ gateway }) => gateway ?? []);
}

const answerMs = 1500;
const atOnce = 128;

/**
 * Which of these addresses somebody on the LAN has. The kernel is made to ask for each by ARP (a datagram to the discard
 * port), and its neighbour table is read. A machine that is off is not seen.
 */
export async function inUse(addresses: readonly string[], device: string, clock: Clock): Promise<Set<string>> {
  const used = new Set<string>();
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  try {
    for (let from = 0; from < addresses.length; from += atOnce) {
      const some = addresses.slice(from, from + atOnce);
      for (const address of some) socket.send('', 9, address, () => undefined);
      await clock.sleep(answerMs);
      const neighbours = JSON.parse((await ip('-j', '-4', 'neigh', 'show', 'dev', device)) || '[]') as {
        dst: string;
        lladdr?: string;
      }[];
      for (const { dst, lladdr } of neighbours) if (lladdr !== undefined && some.includes(dst)) used.add(dst);
    }
  } finally {
    socket.close();
  }
  return used;
}
