import { join } from 'node:path';
import * as jose from 'jose';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { readSecretFile, writeSecretFile } from '../store/secret-file.ts';

/** Who this gateway is: an ES256 key that never leaves the machine, and the id that follows from it. */
export interface Identity {
  /** `gw_` and the first 16 characters of the key's RFC 7638 thumbprint. */
  gatewayId: string;
  publicJwk: jose.JWK;
  privateKey: jose.CryptoKey;
  /** Bearer for the cloud's machine API and the tunnel: a minute long, once. */
  bearer(audience: string): Promise<string>;
}

const bearerSeconds = 60;

/** Open the key kept in `dir` (0600); the first call makes it. */
export async function openIdentity(
  dir: string,
  { clock, random }: Pick<RuntimeDeps, 'clock' | 'random'>,
): Promise<Identity> {
  const file = join(dir, 'identity.json');
  let jwk = readSecretFile<jose.JWK>(file);
  if (!jwk) {
    const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
    jwk = await jose.exportJWK(privateKey);
    writeSecretFile(file, jwk);
  }
  const { kty, crv, x, y } = jwk;
  const thumbprint = await jose.calculateJwkThumbprint({ kty, crv, x, y }, 'sha256');
  const gatewayId = `gw_${thumbprint.slice(0, 16)}`;
  const privateKey = (await jose.importJWK(jwk, 'ES256')) as jose.CryptoKey;
  return {
    gatewayId,
    publicJwk: { kty, crv, x, y, alg: 'ES256', use: 'sig', kid: thumbprint },
    privateKey,
    bearer(audience) {
      const now = Math.floor(clock.now() / 1000);
      return new jose.SignJWT({})
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: thumbprint })
        .setIssuer(gatewayId)
        .setSubject(gatewayId)
        .setAudience(audience)
        .setIssuedAt(now)
        .setExpirationTime(now + bearerSeconds)
        .setJti(random.uuid())
        .sign(privateKey);
    },
  };
}
