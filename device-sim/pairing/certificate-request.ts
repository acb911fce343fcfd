import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { keyPem } from './key-pem.ts';
import { PairingError } from './pairing-error.ts';

export interface CertificateRequest {
  /** PKCS#10, DER. */
  der: Buffer;
  /** PEM. */
  privateKey: string;
  /** SubjectPublicKeyInfo, DER. */
  publicKey: Buffer;
}

/** A fresh P-256 key and the request for its certificate. */
export async function createCertificateRequest(serial: string): Promise<CertificateRequest> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create(
    { name: `CN=${serial}`, keys, signingAlgorithm: algorithm },
    webcrypto as Crypto,
  );
  return {
    der: Buffer.from(request.rawData),
    privateKey: await keyPem(keys.privateKey),
    publicKey: Buffer.from(await webcrypto.subtle.exportKey('spki', keys.publicKey)),
  };
}

const parse = (der: Buffer, whose: string) => {
  try {
    return new X509Certificate(der);
  } catch (error) {
    throw new PairingError('certificate_invalid', `${whose} certificate cannot be read`, { cause: error });
  }
};

/** The CA a gateway wants pinned, as PEM: a self-signed CA certificate. */
export function readCa(der: Buffer): string {
  const ca = parse(der, "the gateway's CA");
  if (!ca.ca || !ca.verify(ca.publicKey))
    throw new PairingError('certificate_invalid', "the gateway's CA certificate is no self-signed CA certificate");
  return ca.toString();
}

/** A certificate issued for `request`, as PEM: by the pinned CA, for our key, in our name. */
export function readIssued(der: Buffer, request: CertificateRequest, caPem: string, serial: string): string {
  const certificate = parse(der, 'the issued');
  const ca = new X509Certificate(caPem);
  const wrong = (why: string) => new PairingError('certificate_invalid', `the issued certificate ${why}`);
  if (!certificate.checkIssued(ca) || !certificate.verify(ca.publicKey)) throw wrong('is not by the pinned CA');
  if (!certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(request.publicKey))
    throw wrong('is for another key');
  if (!certificate.subject.split('\n').includes(`CN=${serial}`)) throw wrong('is in another name');
  return certificate.toString();
}
