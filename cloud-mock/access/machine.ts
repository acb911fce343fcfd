import { calculateJwkThumbprint, decodeJwt, importJWK, type JWK, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../core/runtime/clock.ts';
import { CloudError } from '../errors.ts';
import { hashSecret } from '../sign-in/secret-token.ts';
import type { GatewayRow } from '../store/access.ts';
import type { Store } from '../store/store.ts';

/** A gateway's public key: P-256, and nothing private in it. */
export const gatewayKey = z
  .object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    y: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    d: z.never().optional(),
  })
  .transform(({ kty, crv, x, y }) => ({ kty, crv, x, y }));

/** A gateway is named by its key: `gw_` and the first 16 characters of the thumbprint (RFC 7638). */
export const gatewayIdOf = async (jwk: JWK) => `gw_${(await calculateJwkThumbprint(jwk, 'sha256')).slice(0, 16)}`;

const longestSeconds = 60;
const skewSeconds = 30;

/**
 * Who a gateway is, by the assertion it signs for each call: its own key, our issuer as audience, a minute at most, once.
 * Undefined is never returned: what does not hold throws `assertion_invalid`, and a gateway that is not bound (any more)
 * is told so by `gateway_unknown`, so that it forgets the binding.
 */
export function createMachineIdentity(deps: { store: Store; clock: Clock; issuer: string }) {
  const { store, clock, issuer } = deps;
  const invalid = () => new CloudError('assertion_invalid', 'This is no valid assertion of a bound VMS Local.');
  return async (assertion: string): Promise<GatewayRow> => {
    let iss: unknown;
    try {
      ({ iss } = decodeJwt(assertion));
    } catch {
      throw invalid();
    }
    if (typeof iss !== 'string' || iss.length > 64) throw invalid();
    const gateway = await store.gateways.byId(iss);
    if (!gateway) throw new CloudError('gateway_unknown', 'This VMS Local is not bound.');
    const key = await importJWK(JSON.parse(gateway.jwk) as JWK, 'ES256');
    let payload: { iat?: number; exp?: number; jti?: string };
    try {
      ({ payload } = await jwtVerify(assertion, key, {
        algorithms: ['ES256'],
        issuer: gateway.id,
        subject: gateway.id,
        audience: issuer,
        requiredClaims: ['iat', 'exp', 'jti'],
        clockTolerance: skewSeconds,
        currentDate: new Date(clock.now()),
      }));
    } catch {
      throw invalid();
    }
    const { iat = 0, exp = 0, jti = '' } = payload;
    if (exp - iat > longestSeconds || iat > clock.now() / 1000 + skewSeconds || jti.length < 8) throw invalid();
    if (!(await store.gateways.useAssertion(gateway.id, hashSecret(jti), (exp + skewSeconds) * 1000))) throw invalid();
    await store.gateways.seen(gateway.id, clock.now());
    return gateway;
  };
}
