import * as client from 'openid-client';
import type request from 'supertest';
import type { TestCloud } from './cloud.ts';
import type { FakeGateway } from './gateway.ts';

type Browser = ReturnType<typeof request.agent>;

/** A gateway as an OIDC client. */
const discover = (cloud: TestCloud, gateway: FakeGateway) =>
  client.discovery(
    new URL(cloud.issuer),
    gateway.id,
    {
      token_endpoint_auth_method: 'private_key_jwt',
      // A client whose clock differs from the cloud's is told by how much.
      [client.clockSkew]: Math.round((cloud.clock.now() - Date.now()) / 1000),
    },
    client.PrivateKeyJwt(gateway.privateKey),
    { execute: [client.allowInsecureRequests] },
  );

export async function authorization(cloud: TestCloud, gateway: FakeGateway, more: Record<string, string> = {}) {
  const config = await discover(cloud, gateway);
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: gateway.redirectUri,
    scope: 'openid email profile',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...more,
  });
  return { config, url, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce } };
}

export const pathOf = (url: string) => url.slice(new URL(url).origin.length);

/** The browser goes to the issuer and is sent to the portal's sign-in page. */
export async function begin(browser: Browser, url: URL) {
  const sent = await browser.get(pathOf(url.href)).expect(303);
  return new URL(sent.headers['location']!).searchParams.get('interaction')!;
}

/** The portal answers for the live session; the browser follows until it is sent to the gateway. */
export async function finish(browser: Browser, interaction: string): Promise<URL> {
  const { body } = await browser.post(`/api/v1/interactions/${interaction}/finish`).expect(200);
  const back = await browser.get(pathOf(body.redirectTo)).expect(303);
  return new URL(back.headers['location']!);
}
