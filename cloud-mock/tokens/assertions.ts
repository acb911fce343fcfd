import { importJWK, type JWK, SignJWT } from 'jose';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { CloudError } from '../errors.ts';
import type { LiveSession } from '../sign-in/sessions.ts';
import type { Store } from '../store/store.ts';
import { signingAlgorithm } from './keys.ts';

const assertionSeconds = 60;
/** OpenID Connect Back-Channel Logout 1.0 §2.4 recommends two minutes at most. */
const logoutSeconds = 120;
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Signs what gateways believe: who comes in through the tunnel (`vigil-assertion+jwt`, our own) and who has to go
 * (`logout+jwt`). Each is for one gateway alone and typed, so none passes for another.
 */
export function createAssertions(deps: {
  store: Store;
  clock: Clock;
  random: Random;
  issuer: string;
  /** The key that signs now. */
  signingKey(): JWK;
}) {
  const { store, clock, random, issuer } = deps;
  const sign = async (claims: Record<string, unknown>, typ: string, audience: string, seconds: number) => {
    // With a fraction: a gateway can tell what was made just before a revocation from what was made just after.
    const now = clock.now() / 1000;
    const jwk = deps.signingKey();
    return new SignJWT({ ...claims, jti: random.uuid() })
      .setProtectedHeader({ alg: signingAlgorithm, typ, kid: jwk.kid! })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(await importJWK(jwk, signingAlgorithm));
  };
  return {
    /** That this session's owner comes in, for one gateway, and as what. Throws `gateway_unknown` without a role there. */
    async signIn(session: LiveSession, gatewayId: string): Promise<string> {
      const account = (await store.accounts.byId(session.accountId))!;
      const factor = await store.secondFactors.get(account.id);
      const gateway = await store.gateways.byId(gatewayId);
      const role = await store.members.roleAtGateway(account.id, gatewayId);
      if (!gateway || !role) throw new CloudError('gateway_unknown', 'There is no such VMS Local in this account.');
      return sign(
        {
          sub: account.id,
          email: account.email,
          name: account.name,
          amr: session.amr,
          acr: session.acr,
          auth_time: Math.floor(session.authenticatedAt / 1000),
          second_factor_enabled: factor !== undefined,
          sid: session.id,
          role,
          site: gateway.siteId,
        },
        'vigil-assertion+jwt',
        gatewayId,
        assertionSeconds,
      );
    },
    /** That somebody is signed in no longer: one session, or all of the account. */
    logout: (accountId: string, sessionId: string | undefined, gatewayId: string): Promise<string> =>
      sign(
        { sub: accountId, ...(sessionId ? { sid: sessionId } : {}), events: { [logoutEvent]: {} } },
        'logout+jwt',
        gatewayId,
        logoutSeconds,
      ),
  };
}
export type Assertions = ReturnType<typeof createAssertions>;
