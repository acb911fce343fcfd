import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { realClock } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { readSecretFile, writeSecretFile } from '../store/secret-file.ts';

/** A certificate and key as Node's tls takes them; `cert` carries the CA after the leaf. */
export interface ServerIdentity {
  key: string;
  cert: string;
}

export interface DeviceCertificate {
  der: Buffer;
  pem: string;
  /** Upper-case hex without leading zeros, as Node's `getPeerCertificate().serialNumber` spells it. */
  serialNumber: string;
  /** SHA-256 of the public key (SPKI), hex: a key that was seen before is refused by whoever keeps these. */
  keyHash: string;
  /** By the gateway's clock, milliseconds. */
  notAfter: number;
}

/** The local CA: HTTPS beyond loopback, MQTT over TLS and pairing stand on it. */
export interface Authority {
  caPem: string;
  caDer: Buffer;
  /** SHA-256 of the CA certificate as browsers show it: `AB:CD:…`. */
  fingerprint: string;
  /** A server certificate for host names and addresses; kept, so that a restart shows the same one while it lasts. */
  issueServer(names: string[]): Promise<ServerIdentity>;
  /**
   * A client certificate from a PKCS#10 request. The request proves its key and nothing else: its subject and
   * extensions are ignored, the name is the caller's. Throws CertificateRequestRefused.
   */
  signDevice(request: { csr: Buffer; name: string; days: number }): Promise<DeviceCertificate>;
}

/** A certificate request that cannot be granted: broken, wrong kind of key, wrong self-signature. */
export class CertificateRequestRefused extends Error {
  override name = 'CertificateRequestRefused';
}

const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
const caDays = 3650;
/** Browsers refuse server certificates that live longer than 398 days. */
const serverDays = 397;
const renewServerWhenLeftMs = 30 * dayMs;

const generateKeys = () => webcrypto.subtle.generateKey(signing, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
const pem = (label: string, der: ArrayBuffer) => x509.PemConverter.encode(der, label);
const privatePem = async (key: CryptoKey) => pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', key));
const importPrivate = (text: string) =>
  webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(text), signing, false, ['sign']);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const colons = (bytes: Buffer) =>
  bytes
    .toString('hex')
    .toUpperCase()
    .replace(/(..)(?=.)/g, '$1:');

/** Node spells a serial number without leading zeros; DER wants it positive, so the first byte stays below 0x80 and above 0. */
function serialNumber(deps: Pick<RuntimeDeps, 'random'>): string {
  const bytes = deps.random.bytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex').toUpperCase();
}

/** Open the CA kept in `dir`; the first call makes it. */
export async function openAuthority(dir: string, deps: Pick<RuntimeDeps, 'clock' | 'random'>): Promise<Authority> {
  const { clock } = deps;
  x509.cryptoProvider.set(webcrypto as Crypto);
  // Peers judge validity by their machine's clock, also where this gateway runs on another one: the period covers both.
  const period = (days: number) => ({
    notBefore: new Date(Math.min(clock.now(), realClock.now()) - 3_600_000),
    notAfter: new Date(Math.max(clock.now(), realClock.now()) + days * dayMs),
  });

  const caFile = join(dir, 'ca.json');
  const kept = readSecretFile<{ key: string; cert: string }>(caFile);
  const { key: caKeyPem, cert: caPem } = kept ?? (await makeCa());
  const ca = new x509.X509Certificate(caPem);
  const caKey = await importPrivate(caKeyPem);
  const caDer = Buffer.from(ca.rawData);

  async function makeCa() {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=Vigil local CA ${deps.random.bytes(3).toString('hex')}`,
      serialNumber: serialNumber(deps),
      keys,
      signingAlgorithm: signing,
      ...period(caDays),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const made = { key: await privatePem(keys.privateKey), cert: certificate.toString('pem') };
    writeSecretFile(caFile, made);
    return made;
  }

  async function issue(subject: x509.JsonName, publicKey: x509.PublicKeyType, days: number, more: x509.Extension[]) {
    return x509.X509CertificateGenerator.create({
      subject,
      issuer: ca.subjectName,
      serialNumber: serialNumber(deps),
      publicKey,
      signingKey: caKey,
      signingAlgorithm: signing,
      ...period(days),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
        ...more,
      ],
    });
  }

  return {
    caPem,
    caDer,
    fingerprint: colons(sha256(caDer)),

    async issueServer(names) {
      const wanted = [...new Set(names)].sort();
      const file = join(
        dir,
        `server-${sha256(Buffer.from(wanted.join('\n')))
          .toString('hex')
          .slice(0, 16)}.json`,
      );
      const before = readSecretFile<ServerIdentity>(file);
      if (before) {
        const leaf = new x509.X509Certificate(before.cert);
        const leftMs = leaf.notAfter.getTime() - Math.max(clock.now(), realClock.now());
        if (leftMs > renewServerWhenLeftMs && (await leaf.verify({ publicKey: ca.publicKey, signatureOnly: true })))
          return before;
      }
      const keys = await generateKeys();
      const certificate = await issue(
        [{ CN: [wanted.find((name) => !isIP(name)) ?? wanted[0] ?? 'vigil'] }],
        keys.publicKey,
        serverDays,
        [
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(
            wanted.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
          ),
        ],
      );
      const identity = { key: await privatePem(keys.privateKey), cert: `${certificate.toString('pem')}\n${caPem}\n` };
      writeSecretFile(file, identity);
      return identity;
    },

    async signDevice({ csr, name, days }) {
      const request = await readRequest(csr);
      const certificate = await issue([{ CN: [name] }], request.publicKey, days, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ]);
      return {
        der: Buffer.from(certificate.rawData),
        pem: certificate.toString('pem'),
        serialNumber: certificate.serialNumber.toUpperCase(),
        keyHash: sha256(new Uint8Array(request.publicKey.rawData)).toString('hex'),
        notAfter: clock.now() + days * dayMs,
      };
    },
  };
}

async function readRequest(csr: Buffer): Promise<x509.Pkcs10CertificateRequest> {
  try {
    const request = new x509.Pkcs10CertificateRequest(new Uint8Array(csr));
    const { name, namedCurve } = request.publicKey.algorithm as { name: string; namedCurve?: string };
    if (name !== 'ECDSA' || namedCurve !== 'P-256') throw new CertificateRequestRefused('the key must be ECDSA P-256');
    if (!(await request.verify())) throw new CertificateRequestRefused('the request is not signed by its own key');
    return request;
  } catch (error) {
    if (error instanceof CertificateRequestRefused) throw error;
    throw new CertificateRequestRefused('the certificate request cannot be read', { cause: error });
  }
}
