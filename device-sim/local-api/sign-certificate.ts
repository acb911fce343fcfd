import 'reflect-metadata';
import { type KeyObject, webcrypto, type X509Certificate } from 'node:crypto';
import {
  BasicConstraintsExtension,
  X509Certificate as CertificateText,
  type JsonGeneralName,
  Name,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Random } from '../../core/runtime/random.ts';
import { keyPem } from '../pairing/key-pem.ts';

const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface ServerCertificate {
  /** PEM. */
  key: string;
  cert: string;
}

export interface SelfSigned {
  /** RFC 4514, e.g. `CN=door, O=Front`. */
  subject: string;
  /** Instants. */
  notBefore: number;
  notAfter: number;
  names: JsonGeneralName[];
}

/** A fresh P-256 key and a certificate for it that it signs itself. */
export async function selfSigned(
  { subject, notBefore, notAfter, names }: SelfSigned,
  random: Random,
): Promise<ServerCertificate> {
  const keys = await webcrypto.subtle.generateKey(p256, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: subject,
      serialNumber: `01${random.bytes(15).toString('hex')}`,
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
      signingAlgorithm: p256,
      keys,
      extensions: [new BasicConstraintsExtension(false, undefined, true), new SubjectAlternativeNameExtension(names)],
    },
    webcrypto as Crypto,
  );
  return { key: await keyPem(keys.privateKey), cert: certificate.toString('pem') };
}

/** Is the text a distinguished name that a certificate can carry? */
export function isDistinguishedName(text: string): boolean {
  try {
    return new Name(text).toJSON().length > 0;
  } catch {
    return false;
  }
}

/** What a certificate was signed by, e.g. `ECDSA SHA-256`. */
export function signatureAlgorithmOf(pem: string): string {
  const { name, hash } = new CertificateText(pem).signatureAlgorithm as { name: string; hash?: { name: string } };
  return hash ? `${name} ${hash.name}` : name;
}

const curves: Record<string, { namedCurve: string; hash: string }> = {
  prime256v1: { namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { namedCurve: 'P-521', hash: 'SHA-512' },
};

/** A PKCS#10 request for the key of a certificate, DER; undefined for a kind of key that is not signed with here. */
export async function requestFor(
  subject: string,
  key: KeyObject,
  certificate: X509Certificate,
): Promise<Buffer | undefined> {
  const curve = curves[key.asymmetricKeyDetails?.namedCurve ?? ''];
  const algorithm =
    key.asymmetricKeyType === 'rsa'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : curve && { name: 'ECDSA', ...curve };
  if (!algorithm) return undefined;
  const { subtle } = webcrypto;
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const keys = {
    publicKey: await subtle.importKey('spki', spki, algorithm, true, ['verify']),
    privateKey: await subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
  };
  const request = await Pkcs10CertificateRequestGenerator.create(
    { name: subject, keys, signingAlgorithm: algorithm },
    webcrypto as Crypto,
  );
  return Buffer.from(request.rawData);
}
