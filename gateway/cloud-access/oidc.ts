import { createHash, timingSafeEqual } from 'node:crypto';
import * as client from 'openid-client';
import { realClock } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { GatewayError } from '../errors.ts';
import type { TplinkProof } from '../people/sessions.ts';
import type { Identity } from './identity.ts';
import { type Issuer, longestSignInAgeSeconds } from './issuer.ts';

const flowLifeMs = 10 * 60_000;
const mostFlows = 1000;

interface Flow {
  nonce: string;
  verifier: string;
  redirectUri: string;
  /** Hash of the cookie that only the browser which began holds. */
  browserHash: Buffer;
  startedAt: number;
}

export interface LanSignIn {
  /** Where to send the browser, and the cookie that ties the flow to it. */
  start(redirectUri: string): Promise<{ location: string; browserSecret: string }>;
  /** The answer of the cloud, checked. Throws GatewayError. */
  finish(url: URL, browserSecret: string | undefined): Promise<TplinkProof>;
}

const hash = (text: string) => createHash('sha256').update(text).digest();

/** Sign-in on the LAN: OIDC code flow with PKCE at the bound cloud, as the client that this gateway's key is. */
export function createLanSignIn({
  issuerUrl,
  issuer,
  identity,
  clock,
  random,
}: { issuerUrl: string; issuer: Issuer; identity: Identity } & Pick<RuntimeDeps, 'clock' | 'random'>): LanSignIn {
  const flows = new Map<string, Flow>();
  let discovered: Promise<client.ServerMetadata> | undefined;
  const configuration = async () => {
    discovered ??= discover(issuerUrl, identity);
    discovered.catch(() => {
      discovered = undefined;
    });
    return configured(await discovered, issuerUrl, identity, clock.now() - realClock.now());
  };
  const secret = () => random.bytes(32).toString('base64url');

  return {
    async start(redirectUri) {
      const config = await configuration();
      const now = clock.now();
      for (const [state, flow] of flows) {
        if (flow.startedAt >= now - flowLifeMs && flows.size < mostFlows) break;
        flows.delete(state);
      }
      const [state, nonce, verifier, browserSecret] = [secret(), secret(), secret(), secret()];
      flows.set(state, { nonce, verifier, redirectUri, browserHash: hash(browserSecret), startedAt: now });
      const location = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid email profile',
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        max_age: String(longestSignInAgeSeconds),
      });
      return { location: location.href, browserSecret };
    },

    async finish(url, browserSecret) {
      const state = url.searchParams.get('state') ?? '';
      const flow = flows.get(state);
      if (
        !flow ||
        flow.startedAt < clock.now() - flowLifeMs ||
        !browserSecret ||
        !timingSafeEqual(hash(browserSecret), flow.browserHash)
      )
        throw new GatewayError('flow_ended', 'this sign-in ran out or was begun in another browser; start again');
      flows.delete(state);
      const config = await configuration();
      const provedAt = clock.now();
      const answer = new URL(flow.redirectUri);
      answer.search = url.search;
      let idToken: string | undefined;
      try {
        const tokens = await client.authorizationCodeGrant(config, answer, {
          expectedState: state,
          expectedNonce: flow.nonce,
          pkceCodeVerifier: flow.verifier,
          idTokenExpected: true,
        });
        idToken = tokens.id_token;
      } catch (error) {
        throw refusalOf(error);
      }
      return issuer.checkIdToken(idToken!, provedAt);
    },
  };
}

/** This gateway as a client. The library reads the machine's clock, so it is told how far ours runs ahead. */
function configured(server: client.ServerMetadata, issuerUrl: string, identity: Identity, aheadMs: number) {
  const config = new client.Configuration(
    server,
    identity.gatewayId,
    { token_endpoint_auth_method: 'private_key_jwt', [client.clockSkew]: Math.round(aheadMs / 1000) },
    // Without a key id: the cloud keeps one key for each gateway, and that by its numbers alone.
    client.PrivateKeyJwt(identity.privateKey),
  );
  config.timeout = 10;
  // http is only ever on this machine: binding lets no other in.
  if (issuerUrl.startsWith('http:')) client.allowInsecureRequests(config);
  return config;
}

async function discover(issuerUrl: string, identity: Identity): Promise<client.ServerMetadata> {
  const execute = issuerUrl.startsWith('http:') ? [client.allowInsecureRequests] : [];
  try {
    const found = await client.discovery(new URL(issuerUrl), identity.gatewayId, undefined, undefined, {
      execute,
      timeout: 10,
    });
    return found.serverMetadata();
  } catch (error) {
    throw new GatewayError('cloud_unreachable', 'the cloud does not answer', {}, { cause: error });
  }
}

/** What went wrong at the cloud, as the sign-in page explains it. */
function refusalOf(error: unknown): GatewayError {
  if (error instanceof client.AuthorizationResponseError)
    return new GatewayError(
      'sign_in_refused',
      'the cloud ended the sign-in',
      { reason: error.error },
      { cause: error },
    );
  if (error instanceof client.ResponseBodyError || error instanceof client.WWWAuthenticateChallengeError)
    return new GatewayError('cloud_refused', 'the cloud refused this gateway', {}, { cause: error });
  if (error instanceof client.ClientError)
    return new GatewayError('assertion_invalid', 'the answer of the cloud cannot be trusted', {}, { cause: error });
  return new GatewayError('cloud_unreachable', 'the cloud does not answer', {}, { cause: error });
}
