import { BlockList, isIP, isIPv4 } from 'node:net';
import type { Camera } from '../camera.ts';
import { kept } from './kept.ts';

export interface AddressFilter {
  type: 'Allow' | 'Deny';
  addresses: { address: string; prefixLength: number }[];
}

/** The IP filter as SetIPAddressFilter left it; no addresses: everybody may come (Core §8.2.22). */
export const addressFilter = kept<AddressFilter>('device.address-filter', () => ({ type: 'Deny', addresses: [] }));

export function addressFilterAllows(camera: Camera, peer: string): boolean {
  const { type, addresses } = addressFilter.read(camera);
  if (addresses.length === 0) return true;
  if (isIP(peer) === 0) return false;
  const list = new BlockList();
  for (const { address, prefixLength } of addresses) list.addSubnet(address, prefixLength, family(address));
  return list.check(peer, family(peer)) === (type === 'Allow');
}

const family = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');
