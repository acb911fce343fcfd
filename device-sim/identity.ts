import { hkdfSync } from 'node:crypto';
import { labelSecretBytes } from '../core/pairing/label-secret.ts';
import { formatUuid } from '../core/runtime/random.ts';
import type { Identity } from './camera.ts';

const derive = (seed: string, what: string, size: number) =>
  Buffer.from(hkdfSync('sha256', seed, 'vigil fleet', what, size));

/** Cameras one seed can name apart. */
export const maxFleetIndex = 0xffff;

/**
 * The identity of camera `index` (1, 2, …) of a fleet. Serial and MAC carry a part of the seed and the index, so two
 * cameras of one fleet never agree; the rest is derived. MACs are locally administered (the second bit of the first
 * byte): a simulated camera never looks like a real one in an ARP table.
 */
export function deriveIdentity(seed: string, index: number): Identity {
  if (!Number.isInteger(index) || index < 0 || index > maxFleetIndex)
    throw new RangeError(`a fleet has cameras 0 to ${maxFleetIndex}, not ${index}`);
  const fleet = derive(seed, 'fleet', 8);
  const own = derive(seed, `camera ${index}`, labelSecretBytes + 18);
  const mac = Buffer.from([0x02, fleet[0]!, fleet[1]!, fleet[2]!, index >> 8, index & 0xff]);
  const fleetNumber = (fleet.readUInt32BE(4) % 100_000).toString().padStart(5, '0');
  return {
    serial: `SIM${fleetNumber}${index.toString().padStart(5, '0')}`,
    mac: mac.toString('hex').toUpperCase().match(/../g)!.join(':'),
    uuid: formatUuid(own.subarray(labelSecretBytes, labelSecretBytes + 16)),
    labelSecret: own.subarray(0, labelSecretBytes),
    hue: own.readUInt16BE(labelSecretBytes + 16) % 360,
  };
}

/** `98-BA-5F-00-00-01` of `98:BA:5F:00:00:01`. */
export const dashedMac = (mac: string) => mac.replaceAll(':', '-');
