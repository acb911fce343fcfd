import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

const known = Symbol('client address');
type Marked = IncomingMessage & { [known]?: string };

const bare = (address: string) => address.replace(/^::ffff:(?=\d+\.)/, '');
const peerOf = (request: IncomingMessage) => bare(request.socket.remoteAddress ?? '');

/** `10.0.0.0/8`, `::1` and the like, as one list. Throws RangeError naming what is no address. */
export function parseProxies(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', prefix] = text.split('/');
    const family = isIP(address);
    const bits = prefix === undefined ? undefined : Number(prefix);
    if (
      family === 0 ||
      (bits !== undefined && !(Number.isInteger(bits) && bits >= 0 && bits <= (family === 4 ? 32 : 128)))
    )
      throw new RangeError(`"${text}" is no address or network: write 10.0.0.5 or 10.0.0.0/8`);
    const type = family === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, type);
    else list.addSubnet(address, bits, type);
  }
  return list;
}

/**
 * Note where a request comes from, once, where it comes in. The peer itself, unless that is a proxy of ours: then the last
 * address in X-Forwarded-For that is none of them. What comes before was written by whoever asked.
 */
export function addressNoter(proxies: BlockList): (request: IncomingMessage) => void {
  const ours = (address: string) => {
    const family = isIP(address);
    return family !== 0 && proxies.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
  return (request) => {
    let address = peerOf(request);
    const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    while (ours(address) && forwarded.length > 0) {
      const before = bare(forwarded.pop()!.trim());
      if (isIP(before) === 0) break;
      address = before;
    }
    (request as Marked)[known] = address;
  };
}

/** Where a request comes from: what limits count by and histories show. */
export const clientAddress = (request: IncomingMessage): string => (request as Marked)[known] ?? peerOf(request);

/**
 * Whom limits count an address for: itself, or the /64 network of an IPv6 address, which is the least that one customer is
 * given (RFC 6177 §2): whoever has one has 2^64 addresses.
 */
export function sourceOf(address: string): string {
  const [plain = ''] = address.split('%');
  if (isIP(plain) !== 6) return address;
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // Dotted ends stand for two groups.
  const missing = 8 - groups.length - after.length - (plain.includes('.') ? 1 : 0);
  const all = tail === undefined ? groups : [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...after];
  const network = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
