import { generateSync, generateURI, verifySync } from 'otplib';
import { encodeBase32 } from '../pairing/base32.ts';
import type { Random } from '../runtime/random.ts';

/**
 * RFC 6238 with SHA-1, 6 digits, 30 seconds and a 160-bit secret: the only setting every authenticator app honours
 * (the key URI format lets apps ignore the others).
 */
const stepSeconds = 30;

/** 160 bits, Base32. */
export const newTotpSecret = (random: Random) => encodeBase32(random.bytes(20));

/** The step of an instant (milliseconds since the Unix epoch), RFC 6238 §4.2. */
export const stepAt = (at: number) => Math.floor(at / 1000 / stepSeconds);

/**
 * The step a code belongs to, when it is that of the current step or the one before (RFC 6238 §5.2: one step for delay;
 * never a later one, since ours is the clock). Anything else is wrong; nothing throws.
 */
export function matchStep(secret: string, code: unknown, at: number): number | undefined {
  // otplib throws on what is not six digits, and reads more than ASCII as digits.
  if (typeof code !== 'string' || !/^[0-9]{6}$/.test(code)) return undefined;
  const result = verifySync({ secret, token: code, epoch: Math.floor(at / 1000), epochTolerance: [stepSeconds, 0] });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}

export const codeAt = (secret: string, at: number) => generateSync({ secret, epoch: Math.floor(at / 1000) });

/** What the QR says (the key URI format of authenticator apps). Neither text may hold a colon. */
export const keyUri = (issuer: string, label: string, secret: string) => generateURI({ issuer, label, secret });
