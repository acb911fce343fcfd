import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import type { Seal } from '../sign-in/seal.ts';
import type { Store } from '../store/store.ts';

/** All the issuer signs is ES256: one algorithm, so there is none to be confused with. */
export const signingAlgorithm = 'ES256';
/** A key signs so long; it stays in the set until it is twice as old, to verify. */
const rotateAfterMs = 90 * 86_400_000;

/** The issuer's keys, sealed in the database. */
export interface IssuerKeys {
  /** Private keys, the one that signs first; those after it only verify what they signed. */
  jwks(): readonly JWK[];
  /** Signs and encrypts oidc-provider's cookies. */
  readonly cookieKey: string;
  /** Sign with a new key from now on; what the old one signed is verified until it runs out. Returns the new key's id. */
  rotate(): Promise<string>;
  /** The same when the present key is old enough. */
  rotateWhenDue(): Promise<void>;
  /** Called after each rotation. */
  onRotated(listener: () => void): void;
}

export async function openIssuerKeys(deps: {
  store: Store;
  seal: Seal;
  clock: Clock;
  random: Random;
}): Promise<IssuerKeys> {
  const { store, seal, clock, random } = deps;
  const listeners: (() => void)[] = [];
  let jwks: readonly JWK[] = [];
  const load = async () => {
    jwks = (await store.keys.newestFirst()).map(
      (row) => JSON.parse(seal.open(row.sealedJwk, `signing key ${row.kid}`)) as JWK,
    );
  };
  const rotate = async () => {
    const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true });
    const jwk = await exportJWK(privateKey);
    const kid = await calculateJwkThumbprint(jwk);
    const whole = { ...jwk, kid, alg: signingAlgorithm, use: 'sig' };
    const [before] = await store.keys.newestFirst();
    // Newest by its time, also when the clock stands still.
    const createdAt = Math.max(clock.now(), (before?.createdAt ?? 0) + 1);
    await store.keys.insert(kid, seal.close(JSON.stringify(whole), `signing key ${kid}`), createdAt);
    await load();
    for (const listener of listeners) listener();
    return kid;
  };
  const rotateWhenDue = async () => {
    const at = clock.now();
    const rows = await store.keys.newestFirst();
    for (const old of rows.slice(1)) if (at - old.createdAt > 2 * rotateAfterMs) await store.keys.remove(old.kid);
    const [newest] = rows;
    if (!newest || at - newest.createdAt > rotateAfterMs) await rotate();
  };
  await rotateWhenDue();
  await load();
  const name = 'oidc cookies';
  const kept = await store.secrets.get(name);
  const cookieKey = kept ? seal.open(kept.sealedValue, name) : random.bytes(32).toString('base64url');
  if (!kept) await store.secrets.insert(name, seal.close(cookieKey, name));
  return { jwks: () => jwks, cookieKey, rotate, rotateWhenDue, onRotated: (listener) => void listeners.push(listener) };
}
