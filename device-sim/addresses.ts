import { UsageError } from '../core/runtime/settings.ts';

const toNumber = (address: string): number | undefined => {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((value, part) => value * 256 + part, 0);
};
const toText = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** Most addresses one pool may have. */
const most = 65_536;

/**
 * IPv4 addresses, one a camera: `192.168.1.50-192.168.1.80`, `192.168.1.50-80`, `10.0.5.0/24` (hosts only) or a list
 * with commas of these and of single addresses.
 */
export function parseAddressPool(text: string): string[] {
  const wrong = (part: string) =>
    new UsageError(
      `"${part}" is no address pool: write 192.168.1.50-192.168.1.80, 192.168.1.0/26 or a list with commas`,
    );
  const addresses = text.split(',').flatMap((given) => {
    const part = given.trim();
    const [from = '', to] = part.split('-');
    const [base = '', bits] = part.split('/');
    if (bits !== undefined) {
      const start = toNumber(base);
      const size = Number(bits);
      if (start === undefined || !/^\d{1,2}$/.test(bits) || size < 16 || size > 32) throw wrong(part);
      const count = 2 ** (32 - size);
      const first = Math.floor(start / count) * count;
      // Network and broadcast address belong to nobody, except where there is room for two at most.
      return count <= 2 ? range(first, first + count - 1) : range(first + 1, first + count - 2);
    }
    const first = toNumber(from);
    if (first === undefined) throw wrong(part);
    if (to === undefined) return [from];
    const last = to.includes('.') ? toNumber(to) : toNumber(from.replace(/\d+$/, to));
    if (last === undefined || last < first) throw wrong(part);
    return range(first, last);
  });
  if (new Set(addresses).size !== addresses.length) throw new UsageError(`the address pool ${text} names one twice`);
  return addresses;
}

function range(first: number, last: number): string[] {
  if (last - first >= most) throw new UsageError(`an address pool has at most ${most} addresses`);
  return Array.from({ length: last - first + 1 }, (_, at) => toText(first + at));
}
