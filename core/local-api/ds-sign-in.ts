import { constants, createHash, createPublicKey, publicEncrypt } from 'node:crypto';

/** What a camera answers to `get_encrypt_info`: its RSA key as Base64 SPKI, and a nonce that is good once. */
export interface EncryptInfo {
  nonce: string;
  key: string;
}

/** VIGI's web API salts the password's MD5 with this fixed text, the same in every unit (facts: public client code). */
const passwordPrefix = 'TPCQ75NF2Y:';

/** Encrypt for the camera that gave this key: RSA, PKCS #1 v1.5, as Base64. Throws when the key is none. */
export function sealForDevice({ key }: EncryptInfo, text: string): string {
  const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
  return publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text)).toString('base64');
}

/** The body of the web API's sign-in (`POST /`, encrypt type 2: upper-case MD5 of prefix and password, then the nonce). */
export function signInBody(info: EncryptInfo, username: string, password: string) {
  const digest = createHash('md5')
    .update(passwordPrefix + password)
    .digest('hex')
    .toUpperCase();
  return {
    method: 'do',
    login: {
      username,
      password: sealForDevice(info, `${digest}:${info.nonce}`),
      passwdType: 'md5',
      encrypt_type: '2',
    },
  };
}
