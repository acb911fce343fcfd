import * as jose from 'jose';
import { z } from 'zod';
import type { Clock } from '../../core/runtime/clock.ts';
import { type ErrorCode, GatewayError } from '../errors.ts';
import type { TplinkProof } from '../people/sessions.ts';
import { askCloud } from './http.ts';

/** Signature algorithms we take; the token's own header chooses among these and nothing else. */
export const signatureAlgorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'];
/** How far two clocks may lie apart. */
const toleranceSeconds = 30;
/** A password (and code) given longer ago is no sign-in any more. */
export const longestSignInAgeSeconds = 12 * 3600;
const longestAssertionSeconds = 120;
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

const personClaims = z.object({
  sub: z.string().min(1).max(200),
  email: z.string().max(320).optional(),
  amr: z.array(z.string()).default([]),
  auth_time: z.number(),
  second_factor_enabled: z.boolean(),
  sid: z.string().max(200).optional(),
  role: z.string().max(64).optional(),
  iat: z.number(),
  exp: z.number(),
});
const assertionClaims = personClaims.extend({ jti: z.string().min(8).max(200) });
const logoutClaims = z.object({
  jti: z.string().min(8).max(200),
  iat: z.number(),
  exp: z.number().optional(),
  sub: z.string().optional(),
  sid: z.string().optional(),
  nonce: z.never().optional(),
  events: z.looseObject({ [logoutEvent]: z.looseObject({}) }),
});

export interface Logout {
  jti: string;
  expiresAt: number;
  sub?: string;
  sid?: string;
  issuedAt: number;
}

/** The bound cloud as a signer of tokens for this gateway. */
export interface Issuer {
  /** Checks of an ID token that came straight from the token endpoint; `provedAt` is when it was asked for. */
  checkIdToken(token: string, provedAt: number): Promise<TplinkProof>;
  /** The same checks for an assertion that anybody may carry here, and that it is spent once. */
  checkAssertion(token: string): Promise<TplinkProof>;
  checkLogout(token: string): Promise<Logout>;
}

export function createIssuer({
  issuer,
  gatewayId,
  clock,
}: {
  issuer: string;
  gatewayId: string;
  clock: Pick<Clock, 'now'>;
}): Issuer {
  let keys: Promise<jose.JWTVerifyGetKey> | undefined;
  const keysOf = () => {
    keys ??= openKeys(issuer);
    // A cloud that was away the first time is asked again the next.
    keys.catch(() => {
      keys = undefined;
    });
    return keys;
  };

  async function verified<T>(
    token: string,
    schema: z.ZodType<T>,
    refusal: ErrorCode,
    options: { typ?: string; nowMs: number },
  ): Promise<T> {
    const getKey = await keysOf();
    let payload: jose.JWTPayload;
    try {
      ({ payload } = await jose.jwtVerify(token, getKey, {
        issuer,
        audience: gatewayId,
        algorithms: signatureAlgorithms,
        typ: options.typ,
        clockTolerance: toleranceSeconds,
        currentDate: new Date(options.nowMs),
      }));
    } catch (error) {
      if (!isVerdict(error))
        throw new GatewayError('cloud_unreachable', 'the keys of the cloud cannot be had', {}, { cause: error });
      throw new GatewayError(refusal, 'the token is not one of the bound cloud for this gateway', {}, { cause: error });
    }
    // One token, one gateway: with a second audience it could be carried on from there.
    if (Array.isArray(payload.aud) && payload.aud.length !== 1)
      throw new GatewayError(refusal, 'the token is for more than this gateway');
    const claims = schema.safeParse(payload);
    if (!claims.success)
      throw new GatewayError(refusal, `the token lacks ${claims.error.issues[0]?.path.join('.') || 'a claim'}`);
    return claims.data;
  }

  /** What was really used to sign in decides; the cloud's word that a second factor exists binds us to ask for it. */
  function proofOf(claims: z.infer<typeof personClaims>, provedAt: number): TplinkProof {
    const now = clock.now();
    const authenticatedAt = claims.auth_time * 1000;
    if (authenticatedAt > now + toleranceSeconds * 1000)
      throw new GatewayError('assertion_invalid', 'the sign-in lies in the future');
    if (authenticatedAt < now - (longestSignInAgeSeconds + toleranceSeconds) * 1000)
      throw new GatewayError('sign_in_too_old', 'the sign-in is too long ago; sign in again');
    if (claims.second_factor_enabled && !claims.amr.includes('otp'))
      throw new GatewayError(
        'second_factor_required',
        'this account has two-factor authentication on; sign in with a code',
      );
    return {
      sub: claims.sub,
      sid: claims.sid ?? null,
      amr: claims.amr,
      authenticatedAt,
      provedAt,
      ...(claims.role === undefined ? {} : { role: claims.role }),
    };
  }

  return {
    async checkIdToken(token, provedAt) {
      const claims = await verified(token, personClaims, 'assertion_invalid', { nowMs: clock.now() });
      return proofOf(claims, provedAt);
    },
    async checkAssertion(token) {
      const claims = await verified(token, assertionClaims, 'assertion_invalid', {
        typ: 'vigil-assertion+jwt',
        nowMs: clock.now(),
      });
      if (
        claims.exp - claims.iat > longestAssertionSeconds ||
        claims.iat * 1000 > clock.now() + toleranceSeconds * 1000
      )
        throw new GatewayError('assertion_invalid', 'the assertion lives too long');
      // Whole seconds: it may have been made until the end of the one it names.
      const provedAt = Number.isInteger(claims.iat) ? claims.iat * 1000 + 999 : claims.iat * 1000;
      return {
        ...proofOf(claims, provedAt),
        once: { jti: claims.jti, expiresAt: (claims.exp + toleranceSeconds) * 1000 },
      };
    },
    async checkLogout(token) {
      const claims = await verified(token, logoutClaims, 'logout_token_invalid', {
        typ: 'logout+jwt',
        nowMs: clock.now(),
      });
      if (claims.sub === undefined && claims.sid === undefined)
        throw new GatewayError('logout_token_invalid', 'the token names nobody');
      const expiresAt = (Math.max(claims.exp ?? 0, claims.iat + longestAssertionSeconds) + toleranceSeconds) * 1000;
      if (expiresAt < clock.now()) throw new GatewayError('logout_token_invalid', 'the token is too old');
      const { jti, sub, sid } = claims;
      return { jti, expiresAt, issuedAt: claims.iat * 1000, ...(sub ? { sub } : {}), ...(sid ? { sid } : {}) };
    },
  };
}

/** A judgement on the token, as opposed to keys that could not be fetched (jose names that no further). */
const isVerdict = (error: unknown) =>
  error instanceof jose.errors.JOSEError &&
  error.code !== 'ERR_JOSE_GENERIC' &&
  !(error instanceof jose.errors.JWKSTimeout) &&
  !(error instanceof jose.errors.JWKSInvalid);

const metadata = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** The issuer's keys by its own metadata; never from a token's header. */
async function openKeys(issuer: string): Promise<jose.JWTVerifyGetKey> {
  const found = await askCloud(`${issuer}/.well-known/openid-configuration`, metadata, {});
  if (found.issuer !== issuer || new URL(found.jwks_uri).origin !== new URL(issuer).origin)
    throw new GatewayError('cloud_refused', 'the cloud names keys of somebody else');
  return jose.createRemoteJWKSet(new URL(found.jwks_uri), { timeoutDuration: 5000, cooldownDuration: 10_000 });
}
