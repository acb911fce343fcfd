import { createHash } from 'node:crypto';
import { decodeBase32, encodeBase32 } from './base32.ts';

/**
 * The label secret K of a camera (DESIGN §5; our own design): 128 bits as 26 Base32 characters (RFC 4648) and two
 * check characters taken from its hash, so a slip of the pen is caught before anything is tried.
 */
export const labelSecretBytes = 16;
const textLength = 26;
const checkLength = 2;

const checkOf = (secret: Buffer) =>
  encodeBase32(createHash('sha256').update('vigil label').update(secret).digest()).slice(0, checkLength);

/** K as it is printed: 26 characters and a check of two, in groups of seven. */
export function formatLabelSecret(secret: Buffer): string {
  if (secret.length !== labelSecretBytes) throw new RangeError(`a label secret has ${labelSecretBytes} bytes`);
  const text = encodeBase32(secret) + checkOf(secret);
  return text.replace(/(.{7})(?=.)/g, '$1-');
}

/** Read K back; spaces, dashes and case do not matter. Undefined when a character or the check is wrong. */
export function parseLabelSecret(text: string): Buffer | undefined {
  const plain = text.toUpperCase().replace(/[\s-]/g, '');
  if (plain.length !== textLength + checkLength) return undefined;
  const secret = decodeBase32(plain.slice(0, textLength));
  if (!secret || secret.length !== labelSecretBytes) return undefined;
  return checkOf(secret) === plain.slice(textLength) && encodeBase32(secret) === plain.slice(0, textLength)
    ? secret
    : undefined;
}

/** What the label's QR says. */
export const formatLabel = (serial: string, secret: Buffer) => `VIGIL1:${serial}:${formatLabelSecret(secret)}`;

export function parseLabel(text: string): { serial: string; secret: Buffer } | undefined {
  const match = /^VIGIL1:([A-Za-z0-9_-]{1,64}):([A-Za-z2-7-]+)$/.exec(text.trim());
  const secret = match && parseLabelSecret(match[2]!);
  return match && secret ? { serial: match[1]!, secret } : undefined;
}
