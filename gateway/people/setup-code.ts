import { createHash, timingSafeEqual } from 'node:crypto';
import { encodeBase32 } from '../../core/pairing/base32.ts';
import type { Random } from '../../core/runtime/random.ts';

/** 80 bits as four groups of four, printed at start: who reads it has the machine. */
export interface SetupCode {
  readonly text: string;
  /** Case, spaces and dashes do not matter; constant time. */
  matches(given: string): boolean;
}

const digest = (text: string) => createHash('sha256').update(text.toUpperCase().replace(/[\s-]/g, '')).digest();

export function createSetupCode(random: Random): SetupCode {
  const text = encodeBase32(random.bytes(10)).replace(/(.{4})(?=.)/g, '$1-');
  const expected = digest(text);
  return { text, matches: (given) => timingSafeEqual(digest(given), expected) };
}
