import { createCipheriv, createDecipheriv } from 'node:crypto';
import { join } from 'node:path';
import type { Random } from '../../core/runtime/random.ts';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

/** Keeps what must be read again (camera passwords, label secrets) unreadable in the database file alone. */
export interface Sealer {
  /** `context` names what is sealed and for whom: a sealed text moved to another row does not open. */
  seal(plain: string, context: string): string;
  open(sealed: string, context: string): string;
}

const version = 1;
const ivBytes = 12;
const tagBytes = 16;

/** AES-256-GCM with a key of its own file (0600) in `dataDir`; the first call makes it. */
export function openSealer(dataDir: string, deps: { random: Random }): Sealer {
  const file = join(dataDir, 'seal.json');
  let kept = readSecretFile<{ key: string }>(file);
  if (!kept) {
    kept = { key: deps.random.bytes(32).toString('base64') };
    writeSecretFile(file, kept);
  }
  const key = Buffer.from(kept.key, 'base64');
  return {
    seal(plain, context) {
      const iv = deps.random.bytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.from([version]), iv, cipher.getAuthTag(), body]).toString('base64');
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes[0] !== version) throw new Error('a sealed value is of another version');
      const iv = bytes.subarray(1, 1 + ivBytes);
      const tag = bytes.subarray(1 + ivBytes, 1 + ivBytes + tagBytes);
      const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context)).setAuthTag(tag);
      return decipher.update(bytes.subarray(1 + ivBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}
