import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Camera } from '../camera.ts';
import { kept } from '../onvif/kept.ts';

/** A certificate of the camera with its private key, PEM. */
export interface OwnCertificate {
  id: string;
  cert: string;
  key: string;
}

export interface CertificateBook {
  own: OwnCertificate[];
  /** The one that HTTPS is served with; absent for the camera's self-signed one. */
  enabled?: string;
  /** Trusted to sign the certificates of clients. PEM. */
  authorities: { id: string; cert: string }[];
  /** Does HTTPS ask clients for a certificate by one of the authorities? */
  clientMode: boolean;
}

/** Id of the certificate that the camera made for itself. */
export const selfSignedId = 'self-signed';
export const maxCertificates = 16;

/** Certificates that clients made or loaded; the self-signed one stands apart, since it is made when first asked for. */
export const certificateBook = kept<CertificateBook>('device.certificates', () => ({
  own: [],
  authorities: [],
  clientMode: false,
}));

/** The certificate a client switched on; undefined while the camera's own serves. */
export function enabledCertificate(camera: Camera): OwnCertificate | undefined {
  const { own, enabled } = certificateBook.read(camera);
  return own.find(({ id }) => id === enabled);
}

/** A certificate in DER or PEM; undefined for anything else. */
export function readCertificate(bytes: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes);
  } catch {
    return undefined;
  }
}

/** An unencrypted private key: PKCS#8, PKCS#1 or SEC1, in DER or PEM. */
export function readPrivateKey(bytes: Buffer): KeyObject | undefined {
  const attempts = [
    () => createPrivateKey(bytes.toString('latin1')),
    ...(['pkcs8', 'pkcs1', 'sec1'] as const).map((type) => () => createPrivateKey({ key: bytes, format: 'der', type })),
  ];
  for (const attempt of attempts) {
    try {
      return attempt();
    } catch {
      // Not in this form: the next one.
    }
  }
  return undefined;
}

/** Can TLS be served with it? Keys too short for today's TLS, and kinds it does not know, are refused here. */
export function servesTls(key: string, cert: string): boolean {
  try {
    createSecureContext({ key, cert });
    return true;
  } catch {
    return false;
  }
}
