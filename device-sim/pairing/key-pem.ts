import { KeyObject, type webcrypto } from 'node:crypto';

/** A private key as PKCS#8 PEM. */
export const keyPem = async (key: webcrypto.CryptoKey) =>
  KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
