import { createServer } from 'node:http';
import { beforeAll, expect, test } from 'vitest';
import { listen } from '../../core/runtime/listen.ts';
import { createFakeGateway, type FakeGateway } from '../cloud/gateway.ts';
import { buildPages } from '../lab/pages.ts';
import { givePassword, owner, startPortal } from './portal.ts';

beforeAll(() => buildPages('cloud'), 240_000);

type Portal = Awaited<ReturnType<typeof startPortal>>;

/** What a gateway or a program does without a browser. */
async function post<T>({ cloud }: Portal, path: string, body: object | URLSearchParams): Promise<T> {
  const form = body instanceof URLSearchParams;
  const response = await fetch(`${cloud.url}${path}`, {
    method: 'POST',
    headers: form ? {} : { 'Content-Type': 'application/json' },
    body: form ? body : JSON.stringify(body),
  });
  return (await response.json()) as T;
}

const begin = (portal: Portal, { jwk, redirectUri }: Pick<FakeGateway, 'jwk' | 'redirectUri'>) =>
  post<{ bindingId: string; pollToken: string; userCode: string; verificationUriComplete: string }>(
    portal,
    '/api/v1/bindings',
    { name: 'Harbour office', jwk, redirectUris: [redirectUri], version: '0.1.0' },
  );

test('a VMS Local is bound by its link, opened through the relay, and unbound', { timeout: 120_000 }, async () => {
  await using portal = await startPortal();
  using gateway = await createFakeGateway(portal.cloud);
  const page = await portal.newPage();

  // The link of the VMS Local survives the sign-in on the way.
  const { bindingId, pollToken, verificationUriComplete } = await begin(portal, gateway);
  await page.goto(verificationUriComplete);
  await givePassword(page);
  await page.getByRole('heading', { name: 'Bind Harbour office?' }).waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('heading', { name: 'Harbour office is bound' }).waitFor();
  expect(await post(portal, '/api/v1/bindings/poll', { bindingId, pollToken })).toMatchObject({
    status: 'approved',
    owner: { email: owner.email },
  });

  await page.getByRole('link', { name: 'See my VMS Locals' }).click();
  await page.getByText('Offline').waitFor();
  expect(await page.getByRole('button', { name: 'Open Harbour office' }).isDisabled()).toBe(true);
  await gateway.dial();
  await page.getByText('Online').waitFor();
  await page.getByRole('button', { name: 'Open Harbour office' }).click();
  await page.waitForURL(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/${gateway.id}/$`));
  expect(page.url().startsWith(portal.cloud.relayUrl)).toBe(false);
  expect(gateway.assertions).toMatchObject([{ email: owner.email, amr: ['pwd'] }]);

  await page.goto(portal.cloud.url);
  await page.getByRole('button', { name: 'Unbind Harbour office' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unbind' }).click();
  await page.getByRole('heading', { name: 'Bind your first VMS Local' }).waitFor();
  expect(page.complaints).toEqual([]);
});

test('binding long after the sign-in asks for the password again, and a refusal reaches the VMS Local', {
  timeout: 120_000,
}, async () => {
  await using portal = await startPortal();
  using gateway = await createFakeGateway(portal.cloud);
  const page = await portal.newPage();
  await page.goto(portal.cloud.url);
  await givePassword(page);
  await page.getByRole('link', { name: 'Enter a bind code' }).click();
  await portal.clock.advance('16m');

  const denied = await begin(portal, gateway);
  await page.getByLabel('Code').fill('bcdf ghjk');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('alert').filter({ hasText: 'No VMS Local waits under this code' }).waitFor();
  await page.getByLabel('Code').fill(denied.userCode.toLowerCase());
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Deny' }).click();
  await page.getByRole('heading', { name: 'Harbour office was not bound' }).waitFor();
  const { bindingId, pollToken } = denied;
  expect(await post(portal, '/api/v1/bindings/poll', { bindingId, pollToken })).toEqual({ status: 'denied' });

  await page.goto((await begin(portal, gateway)).verificationUriComplete);
  await page.getByRole('button', { name: 'Approve' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await dialog.getByLabel('TP-Link ID password').fill('not the password');
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await dialog.getByText('That is not the password of this TP-Link ID.').waitFor();
  await dialog.getByLabel('TP-Link ID password').fill(owner.password);
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('heading', { name: 'Harbour office is bound' }).waitFor();
});

test('a VMS Local sends the browser to the portal and gets it back, signed in; the second time it only asks to continue', {
  timeout: 120_000,
}, async () => {
  await using portal = await startPortal();
  using gateway = await createFakeGateway(portal.cloud, 'Harbour office');
  // A server of its own: a browser's redirects cannot be caught on the way.
  const backAt: URL[] = [];
  const vms = createServer((request, response) => {
    if (request.url?.startsWith('/callback')) backAt.push(new URL(request.url, 'http://vms.test'));
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>VMS Local</h1>');
  });
  await using listening = await listen(vms, 0);
  const redirectUri = `http://127.0.0.1:${listening.port}/callback`;
  const agent = portal.cloud.agent();
  await agent.post('/api/v1/sign-in').send({ email: owner.email, password: owner.password }).expect(200);
  const { userCode } = await begin(portal, { ...gateway, redirectUri });
  await agent.post('/api/v1/bindings/approve').send({ userCode }).expect(200);
  const page = await portal.newPage();
  const authorize = `${portal.cloud.issuer}/auth?${new URLSearchParams({
    client_id: gateway.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email profile',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    state: 'state',
    nonce: 'nonce',
  })}`;

  await page.goto(authorize);
  await page.getByText('To continue to Harbour office.').waitFor();
  await givePassword(page);
  await page.getByRole('heading', { name: 'VMS Local' }).waitFor();
  await page.goto(authorize);
  await page.getByRole('button', { name: `Continue as ${owner.name}` }).click();
  await page.getByRole('heading', { name: 'VMS Local' }).waitFor();
  await page.goto(authorize);
  await page.getByRole('button', { name: 'Use another account' }).click();
  await page.getByLabel('E-mail').waitFor();

  expect(backAt.map((url) => [url.searchParams.get('state'), url.searchParams.has('code')])).toEqual([
    ['state', true],
    ['state', true],
  ]);
  await page.goto(`${portal.cloud.url}/sign-in?interaction=unknown`);
  await page.getByRole('heading', { name: 'Sign-in could not be finished' }).waitFor();
});

test('a program in a terminal is signed in by the code it shows', { timeout: 120_000 }, async () => {
  await using portal = await startPortal();
  const page = await portal.newPage();
  const asked = await post<{ device_code: string; verification_uri_complete: string; user_code: string }>(
    portal,
    '/oidc/device/auth',
    new URLSearchParams({ client_id: 'vigil-terminal', scope: 'openid offline_access' }),
  );
  await page.goto(asked.verification_uri_complete);
  await givePassword(page);
  await page.getByText(asked.user_code).waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('heading', { name: 'The program is signed in' }).waitFor();
  const tokens = await post(
    portal,
    '/oidc/token',
    new URLSearchParams({
      client_id: 'vigil-terminal',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: asked.device_code,
    }),
  );
  expect(tokens).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String) });
  expect(page.complaints).toEqual([]);
});
