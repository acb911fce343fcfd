import { constants, createHash, generateKeyPair, type KeyObject, privateDecrypt } from 'node:crypto';
import { promisify } from 'node:util';

/** The RSA key whose public half `get_encrypt_info` hands out. */
export interface SignInKey {
  /** Base64 of the SubjectPublicKeyInfo (RSA-1024, as the real cameras have it). */
  publicKey: string;
  /** The text under a Base64 ciphertext (PKCS#1 v1.5); undefined when it is none. */
  decrypt(ciphertext: string): string | undefined;
}

const modulusLength = 1024;

/** Makes the key at first use, one for the whole fleet: it only wraps what travels inside TLS anyway. */
export function createSignInKey(): () => Promise<SignInKey> {
  let made: Promise<SignInKey> | undefined;
  return () => {
    made ??= promisify(generateKeyPair)('rsa', { modulusLength }).then(({ publicKey, privateKey }) => ({
      publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      decrypt: (ciphertext) => decrypt(privateKey, ciphertext),
    }));
    return made;
  };
}

/** Node 20 no longer removes PKCS#1 v1.5 padding itself (CVE-2023-46809); all ways to be wrong look alike to the caller. */
function decrypt(key: KeyObject, ciphertext: string): string | undefined {
  const bytes = Buffer.from(ciphertext, 'base64');
  if (bytes.length !== modulusLength / 8) return undefined;
  let block: Buffer;
  try {
    block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, bytes);
  } catch {
    return undefined; // not below the modulus
  }
  const end = block.indexOf(0, 2);
  return block[0] === 0 && block[1] === 2 && end >= 10 ? block.subarray(end + 1).toString('utf8') : undefined;
}

/** Fixed text in front of the password in the vendor's hash (public in VIGICam `api.py` and other clients). */
const vendorPrefix = 'TPCQ75NF2Y:';

/** What a client proves it knows: upper-case MD5 of prefix and password. */
export const vendorPasswordHash = (password: string) =>
  createHash('md5').update(vendorPrefix).update(password).digest('hex').toUpperCase();
