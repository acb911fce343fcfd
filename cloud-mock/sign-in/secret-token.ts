import { createHash } from 'node:crypto';
import type { Random } from '../../core/runtime/random.ts';

/** A new secret of 256 bits that is shown once and kept only as its hash. */
export const newSecret = (random: Random) => random.bytes(32).toString('base64url');

/** How a 256-bit secret is kept. A fast hash is right for it: there is nothing to guess. */
export const hashSecret = (secret: string) => createHash('sha256').update(secret).digest('base64url');

/** A public id: says what it is, gives nothing away. */
export const newId = (prefix: string, random: Random) => `${prefix}_${random.bytes(12).toString('base64url')}`;
