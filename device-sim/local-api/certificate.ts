import { isIP } from 'node:net';
import type { JsonGeneralName } from '@peculiar/x509';
import { z } from 'zod';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Camera } from '../camera.ts';
import { type ServerCertificate, selfSigned } from './sign-certificate.ts';

const kept = z.object({ key: z.string(), cert: z.string() });
const stateKey = 'httpsCertificate';
export const validMs = 10 * 365 * 86_400_000;

/** The self-signed certificate, once it was made. */
export function madeCertificate({ state }: Camera): ServerCertificate | undefined {
  const before = kept.safeParse(state.extra[stateKey]);
  return before.success ? before.data : undefined;
}

/** Names under which the camera is reached. */
export function namesOf({ address: { host }, state }: Camera): JsonGeneralName[] {
  return [{ type: 'dns', value: state.hostname }, ...(isIP(host) ? [{ type: 'ip' as const, value: host }] : [])];
}

/** The camera's self-signed certificate (P-256): made when first asked for, kept in its state from then on. */
export async function serverCertificate(camera: Camera, deps: RuntimeDeps): Promise<ServerCertificate> {
  const before = madeCertificate(camera);
  if (before) return before;
  const now = deps.clock.now();
  const made = await selfSigned(
    {
      subject: `CN=${camera.identity.serial}, O=Vigil simulated camera`,
      notBefore: now - 86_400_000,
      notAfter: now + validMs,
      names: namesOf(camera),
    },
    deps.random,
  );
  // Who asked at the same time made one, too: the first to be ready holds for both.
  const meanwhile = madeCertificate(camera);
  if (meanwhile) return meanwhile;
  camera.state.extra[stateKey] = made;
  camera.save();
  return made;
}
