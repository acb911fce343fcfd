import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Keeps secrets that must be read again: AES-256-GCM. `purpose` is bound in, so a value moved elsewhere does not open. */
export interface Seal {
  close(plain: string, purpose: string): string;
  /** Throws when it was sealed with another key or for another purpose, or was altered. */
  open(sealed: string, purpose: string): string;
}

const version = 'v1';

export function createSeal(key: Buffer): Seal {
  if (key.length !== 32) throw new RangeError('the seal key must have 32 bytes');
  return {
    close(plain, purpose) {
      // Straight from the machine: a nonce from a seeded source would come twice under the same key.
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return `${version}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    open(sealed, purpose) {
      const [given, text = ''] = sealed.split('.');
      if (given !== version) throw new Error('sealed with an unknown version');
      const bytes = Buffer.from(text, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(12, 28));
      return decipher.update(bytes.subarray(28)).toString('utf8') + decipher.final('utf8');
    },
  };
}

/** The key from `dataDir/seal.key`, made on first use. It is not in the database, so a copy of that alone opens nothing. */
export function loadSealKey(dataDir: string): Buffer {
  const file = join(dataDir, 'seal.key');
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(file, 0o600);
  return parseSealKey(readFileSync(file, 'utf8'));
}

/** A key as it stands in the file or in VIGIL_CLOUD_SEAL_KEY: 32 bytes as Base64. Throws RangeError otherwise. */
export function parseSealKey(text: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== 32) throw new RangeError('a seal key is 32 bytes as Base64: openssl rand -base64 32');
  return key;
}
