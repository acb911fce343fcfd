import { UsageError } from '../../core/runtime/settings.ts';
import type { InterfaceAddress } from './system.ts';

/** What is known of the LAN when addresses are chosen. */
export interface Surroundings {
  device: string;
  /** All IPv4 addresses of the interface. */
  own: readonly InterfaceAddress[];
  /** Addresses of this machine on other interfaces, and routers. */
  taken: ReadonlySet<string>;
  /** Who answers on the LAN. */
  inUse(addresses: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface Wanted {
  /** Camera by camera, the address a fleet file gives it: none of these may be left out. The others take from the pool. */
  cameras: readonly (string | undefined)[];
  pool: readonly string[];
}

/** Addresses to add, and those of the pool that were left out, with the reason. */
export interface AddressPlan {
  device: string;
  prefix: number;
  /** In the order of the cameras, those that stand already included. */
  addresses: string[];
  add: string[];
  left: { address: string; why: string }[];
}

const numberOf = (address: string) => address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
const blockOf = (address: string, prefix: number) => Math.floor(numberOf(address) / 2 ** (32 - prefix));

/** The label by which our own addresses are known again; interface names may be too long for one (15 characters in all). */
export const labelOf = (device: string) => {
  const label = `${device}:vigil`.slice(0, 15);
  return label.length > device.length + 1 ? label : device;
};

/** Choose addresses. Throws UsageError for what cannot be, naming the address and why. */
export async function planAddresses(wanted: Wanted, around: Surroundings): Promise<AddressPlan> {
  const { device, own, taken } = around;
  const [main] = own.filter(({ label }) => label !== labelOf(device));
  if (!main) throw new UsageError(`${device} has no address of its own beside those that were added`);
  const { prefix } = main;
  const count = wanted.cameras.length;
  const named = wanted.cameras.flatMap((address) => address ?? []);
  const candidates = [...named, ...wanted.pool.filter((one) => !named.includes(one))];
  for (const address of candidates)
    if (blockOf(address, prefix) !== blockOf(main.address, prefix))
      throw new UsageError(
        `${address} is not in the subnet of ${device} (${main.address}/${prefix}): nobody there would reach it`,
      );

  const size = 2 ** (32 - prefix);
  const standing = new Map(own.map((one) => [one.address, one]));
  const refusal = (address: string): string | undefined => {
    const place = numberOf(address) % size;
    if (prefix < 31 && place === 0) return 'the address of the network';
    if (prefix < 31 && place === size - 1) return 'the broadcast address';
    const known = standing.get(address);
    if (known && known.label !== labelOf(device)) return 'an address of this machine';
    if (taken.has(address)) return 'an address of this machine or of a router';
    return undefined;
  };
  const left: AddressPlan['left'] = [];
  const possible = candidates.filter((address) => {
    const why = refusal(address);
    if (why) left.push({ address, why });
    return !why;
  });
  const chosen: string[] = [];
  // In pieces, so that a large pool is not asked through for a few cameras.
  for (let from = 0; from < possible.length && chosen.length < count; ) {
    const piece = possible.slice(from, from + Math.max(8, count - chosen.length));
    from += piece.length;
    const used = await around.inUse(piece.filter((address) => !standing.has(address)));
    for (const address of piece) {
      if (used.has(address)) left.push({ address, why: 'in use: somebody answers for it' });
      else if (chosen.length < count) chosen.push(address);
    }
  }
  const missed = left.find(({ address }) => named.includes(address));
  if (missed)
    throw new UsageError(`the fleet file gives a camera ${missed.address}, which cannot be had: ${missed.why}`);
  if (chosen.length < count) {
    const why = left.length === 0 ? '' : ` (left out: ${left.map((one) => `${one.address}, ${one.why}`).join('; ')})`;
    throw new UsageError(`${count} cameras need as many addresses, and the pool has ${chosen.length}${why}`);
  }
  const others = chosen.filter((address) => !named.includes(address)).values();
  const addresses = wanted.cameras.map((address) => address ?? others.next().value!);
  return { device, prefix, addresses, add: addresses.filter((address) => !standing.has(address)), left };
}

/** Arguments of `ip` that add an address, or take it away. */
export const change = (
  verb: 'add' | 'del',
  address: string,
  { device, prefix }: Pick<AddressPlan, 'device' | 'prefix'>,
) => [
  ...['addr', verb, `${address}/${prefix}`, 'dev', device],
  ...(verb === 'add' && labelOf(device) !== device ? ['label', labelOf(device)] : []),
];

/** `192.168.1.50-57,192.168.1.60`: addresses as a pool that `sim --addresses` takes, in their order. */
export function formatPool(addresses: readonly string[]): string {
  const runs: string[][] = [];
  for (const address of addresses) {
    const last = runs.at(-1)?.at(-1);
    const follows = last !== undefined && numberOf(address) === numberOf(last) + 1 && numberOf(address) % 256 !== 0;
    if (follows) runs.at(-1)!.push(address);
    else runs.push([address]);
  }
  return runs.map((one) => (one.length === 1 ? one[0]! : `${one[0]}-${one.at(-1)!.split('.').at(-1)}`)).join(',');
}
