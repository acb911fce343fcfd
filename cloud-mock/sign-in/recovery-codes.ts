import { encodeBase32 } from '../../core/pairing/base32.ts';
import type { Random } from '../../core/runtime/random.ts';

/** Ten saved recovery codes of 80 bits (our addition: the product has none). */
export const recoveryCodeCount = 10;

/** Four groups of four Base32 characters. */
export const newRecoveryCode = (random: Random) => encodeBase32(random.bytes(10)).match(/.{4}/g)!.join('-');

/** What was typed, as it was hashed: case, spaces and dashes do not matter. Undefined when it cannot be a code. */
export function parseRecoveryCode(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > 64) return undefined;
  const plain = text.toUpperCase().replace(/[\s-]/g, '');
  return /^[A-Z2-7]{16}$/.test(plain) ? plain : undefined;
}
