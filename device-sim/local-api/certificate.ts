import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  type JsonGeneralName,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { z } from 'zod';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Camera } from '../camera.ts';
import { keyPem } from '../pairing/key-pem.ts';

export interface ServerCertificate {
  /** PEM. */
  key: string;
  cert: string;
}

const kept = z.object({ key: z.string(), cert: z.string() });
const stateKey = 'httpsCertificate';
const validMs = 10 * 365 * 86_400_000;

/** The camera's self-signed certificate (P-256): made when first asked for, kept in its state from then on. */
export async function serverCertificate(camera: Camera, deps: RuntimeDeps): Promise<ServerCertificate> {
  const before = kept.safeParse(camera.state.extra[stateKey]);
  if (before.success) return before.data;
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const { host } = camera.address;
  const names: JsonGeneralName[] = [
    { type: 'dns', value: camera.state.hostname },
    ...(isIP(host) ? [{ type: 'ip' as const, value: host }] : []),
  ];
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${camera.identity.serial}, O=Vigil simulated camera`,
      serialNumber: `01${deps.random.bytes(15).toString('hex')}`,
      notBefore: new Date(deps.clock.now() - 86_400_000),
      notAfter: new Date(deps.clock.now() + validMs),
      signingAlgorithm: algorithm,
      keys,
      extensions: [new BasicConstraintsExtension(false, undefined, true), new SubjectAlternativeNameExtension(names)],
    },
    webcrypto as Crypto,
  );
  const made = { key: await keyPem(keys.privateKey), cert: certificate.toString('pem') };
  camera.state.extra[stateKey] = made;
  camera.save();
  return made;
}
