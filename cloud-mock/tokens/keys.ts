import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import type { Seal } from '../sign-in/seal.ts';
import type { Store } from '../store/store.ts';

/** All the issuer signs is ES256: one algorithm, so there is none to be confused with. */
export const signingAlgorithm = 'ES256';
/** A start after this long makes a new key; the one before stays in the set until it is twice as old, to verify. */
const rotateAfterMs = 90 * 86_400_000;

export interface IssuerKeys {
  /** Private keys, the one that signs first. */
  jwks: JWK[];
  /** Signs and encrypts oidc-provider's cookies. */
  cookieKey: string;
}

/** The issuer's keys, sealed in the database; made and rotated at start. */
export async function openIssuerKeys(deps: {
  store: Store;
  seal: Seal;
  clock: Clock;
  random: Random;
}): Promise<IssuerKeys> {
  const { store, seal, clock, random } = deps;
  const at = clock.now();
  for (const old of await store.keys.newestFirst()) {
    if (at - old.createdAt > 2 * rotateAfterMs) await store.keys.remove(old.kid);
  }
  const [newest] = await store.keys.newestFirst();
  if (!newest || at - newest.createdAt > rotateAfterMs) {
    const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true });
    const jwk = await exportJWK(privateKey);
    const kid = await calculateJwkThumbprint(jwk);
    const whole = { ...jwk, kid, alg: signingAlgorithm, use: 'sig' };
    await store.keys.insert(kid, seal.close(JSON.stringify(whole), `signing key ${kid}`), at);
  }
  const name = 'oidc cookies';
  const kept = await store.secrets.get(name);
  const cookieKey = kept ? seal.open(kept.sealedValue, name) : random.bytes(32).toString('base64url');
  if (!kept) await store.secrets.insert(name, seal.close(cookieKey, name));
  const rows = await store.keys.newestFirst();
  return {
    jwks: rows.map((row) => JSON.parse(seal.open(row.sealedJwk, `signing key ${row.kid}`)) as JWK),
    cookieKey,
  };
}
