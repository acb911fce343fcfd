import * as client from 'openid-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { tunnelProtocol } from '../../core/tunnel/tunnel.ts';
import { authorization, begin, finish } from './authorization.ts';
import { challenge, enrolled, password, startTestCloud, type TestCloud } from './cloud.ts';
import { createFakeGateway, type FakeGateway } from './gateway.ts';
import { invitationLink } from './people.ts';

/**
 * Somebody who knows the password but not the code, and holds every kind of secret this cloud gives out before the code, for
 * one purpose alone, or to somebody else. None of them may stand for a session anywhere.
 */
let cloud: TestCloud;
let gateway: FakeGateway;
let who: Awaited<ReturnType<typeof enrolled>>;
const kinds: Record<string, string> = {};

interface Operation {
  method: string;
  path: string;
}
/** Every operation of the described API that wants a session, with something in place of its parameters. */
let wantSession: Operation[];
let changes: Operation[];

beforeAll(async () => {
  cloud = await startTestCloud({ limits: { userCodesPerCaller: 10_000 } });
  who = await enrolled(cloud);
  gateway = await createFakeGateway(cloud);
  await gateway.bind(who.agent);
  await gateway.dial();

  const web = await challenge(cloud, who.email);
  kinds['challenge'] = web.challengeId;
  const app = await cloud
    .agent()
    .post('/api/v2/account/login')
    .send({ cloudUserName: who.email, cloudPassword: password });
  kinds['MFA process'] = app.body.result.MFAProcessId;
  await cloud.agent().post('/api/v1/sign-in/lost-device').send({ challengeId: web.challengeId }).expect(202);
  const mails = await cloud.mail(who.email);
  const link = mails.flatMap(({ links }) => links).find((one) => one.includes('/two-factor/off'))!;
  kinds['mailed link'] = new URL(link).hash.slice(1);
  kinds['recovery code'] = who.recoveryCodes[0]!;
  const { body: device } = await cloud
    .agent()
    .post('/oidc/device/auth')
    .type('form')
    .send({ client_id: 'vigil-terminal', scope: 'openid offline_access' });
  kinds['device code'] = device.device_code;
  kinds['user code'] = device.user_code;
  const binding = await cloud.agent().post('/api/v1/bindings').send({ name: 'B', jwk: gateway.jwk });
  kinds['poll token'] = binding.body.pollToken;
  const { body: mine } = await who.agent.get('/api/v1/organisations');
  await who.agent
    .post(`/api/v1/organisations/${mine.organisations[0].id}/invitations`)
    .send({ email: 'guest@example.test', access: [{ site: '*', role: 'viewer' }] })
    .expect(201);
  kinds['invitation'] = await invitationLink(cloud, 'guest@example.test');
  kinds['relay ticket'] = (await who.agent.post(`/api/v1/gateways/${gateway.id}/open`)).body.ticket;
  kinds['elevation'] = (
    await who.agent.post('/api/v1/elevations').send({ gatewayId: gateway.id, code: who.code() })
  ).body.elevation;
  kinds['machine assertion'] = await gateway.assertion();
  kinds['mailbox password'] = cloud.mailboxPassword;
  const { config, url, checks } = await authorization(cloud, gateway);
  const back = await finish(who.agent, await begin(who.agent, url));
  kinds['authorization code'] = back.searchParams.get('code')!;
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  kinds['ID token of a VMS Local'] = tokens.id_token!;
  kinds['access token of a VMS Local'] = tokens.access_token;
  await cloud.clock.advance('30s');
  const enrolment = await who.agent.post('/api/v1/two-factor/enrolment').send({ password, code: who.code() });
  kinds['enrolment'] = enrolment.body.enrolmentId;
  await cloud.clock.advance('30s');
  const phone = await cloud
    .agent()
    .post('/api/v2/account/checkMFACodeAndLogin')
    .send({ cloudUserName: who.email, cloudPassword: password, code: who.code(), terminalUUID: 'a-terminal-of-hers' });
  kinds['refresh token of the App'] = phone.body.result.refreshToken;
  kinds['the id of an account'] = phone.body.result.accountId;
  kinds['nothing at all'] = 'x'.repeat(43);

  const { body: described } = await cloud.agent().get('/api/v1/openapi.json').expect(200);
  const operations = Object.entries(described.paths as Record<string, Record<string, { security: object[] }>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({
        method,
        path: path.replace(/\{\w+\}/g, 'some-id'),
        security: JSON.stringify(security),
      })),
  );
  wantSession = operations.filter(({ security }) => security.includes('cookie'));
  changes = operations.filter(({ method }) => method !== 'get');
}, 120_000);
afterAll(async () => {
  gateway?.[Symbol.dispose]();
  await cloud?.[Symbol.asyncDispose]();
});

/** The cookie of a sign-in with both steps. */
async function ownCookie(): Promise<string> {
  await cloud.clock.advance('30s');
  const { agent, challengeId } = await challenge(cloud, who.email);
  const { headers } = await agent.post('/api/v1/sign-in/code').send({ challengeId, code: who.code() }).expect(200);
  return headers['set-cookie']![0]!.split(';')[0]!;
}

/** One request by whatever is in `headers`, with an empty body where the method takes one. */
const ask = ({ method, path }: Operation, headers: Record<string, string>, type = 'application/json', body = '{}') =>
  fetch(`${cloud.url}${path}`, {
    method: method.toUpperCase(),
    headers: { ...headers, ...(method === 'get' ? {} : { 'content-type': type }) },
    ...(method === 'get' ? {} : { body }),
  });

test('no secret but a session’s own stands for a session, at any address that wants one', {
  timeout: 120_000,
}, async () => {
  expect(wantSession.length).toBeGreaterThan(30);
  expect(Object.keys(kinds).length).toBeGreaterThan(18);
  const open: string[] = [];
  for (const [kind, secret] of Object.entries(kinds)) {
    await Promise.all(
      wantSession.map(async (operation) => {
        const asBearer = await ask(operation, { authorization: `Bearer ${secret}` });
        const asCookie = await ask(operation, { cookie: `vigil_id=${encodeURIComponent(secret)}` });
        if (asBearer.status !== 401 || asCookie.status !== 401)
          open.push(`${kind} at ${operation.method} ${operation.path}: ${asBearer.status} ${asCookie.status}`);
      }),
    );
  }
  expect(open).toEqual([]);
});

test('nor in the App’s API, at the issuer, at the relay or at the tunnel', { timeout: 120_000 }, async () => {
  const open: string[] = [];
  const calls = ['account/logout', 'account/getMFAFeatureStatus', 'common/getDeviceList', 'common/passthrough'];
  for (const [kind, secret] of Object.entries(kinds)) {
    for (const call of calls) {
      const { body } = await cloud
        .agent()
        .post(`/api/v2/${call}`)
        .query({ token: secret })
        .send({ deviceId: gateway.id, requestData: {} });
      if (body.error_code !== -20651) open.push(`${kind} at ${call}: ${JSON.stringify(body)}`);
    }
    const v1 = await cloud.agent().post('/').query({ token: secret }).send({ method: 'getDeviceList' });
    if (v1.body.error_code !== -20651) open.push(`${kind} at v1: ${JSON.stringify(v1.body)}`);
    if (kind !== 'access token of a VMS Local') {
      const me = await cloud.agent().get('/oidc/me').set('Authorization', `Bearer ${secret}`);
      if (me.status !== 401) open.push(`${kind} at the issuer: ${me.status}`);
    }
    const relay = await fetch(`${cloud.relayUrl}/${gateway.id}/api/v1/cameras`, {
      headers: { cookie: `vigil_relay=${encodeURIComponent(secret)}` },
    });
    if (relay.ok) open.push(`${kind} at the relay: ${relay.status}`);
    // The one thing of this list that the tunnel is for.
    if (kind === 'machine assertion') continue;
    const dialled = await new Promise<string>((resolve) => {
      const ws = new WebSocket(`${cloud.url.replace('http', 'ws')}/tunnel`, tunnelProtocol, {
        headers: { authorization: `Bearer ${encodeURIComponent(secret)}` },
      });
      ws.once('open', () => resolve('open'));
      ws.once('error', ({ message }) => resolve(message));
    });
    if (!/40[0-9]/.test(dialled)) open.push(`${kind} at the tunnel: ${dialled}`);
  }
  expect(open).toEqual([]);
});

test('no page of another origin changes anything with the cookie, at any address', { timeout: 120_000 }, async () => {
  const foreign: Record<string, string>[] = [
    { Origin: 'https://evil.test' },
    { Origin: 'null' },
    { Origin: cloud.relayUrl },
    { Origin: `${cloud.url}.evil.test` },
    { Origin: cloud.url.replace('http:', 'https:').replace('127.0.0.1', 'localhost') },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ];
  const letIn: string[] = [];
  const cookie = await ownCookie();
  await Promise.all(
    changes.map(async (operation) => {
      for (const headers of foreign) {
        const answer = await ask(operation, { cookie, ...headers });
        const { code } = (await answer.json()) as { code?: string };
        if (answer.status !== 403 || code !== 'origin_refused')
          letIn.push(`${operation.method} ${operation.path} ${JSON.stringify(headers)}: ${answer.status}`);
      }
      // What a form can send without asking is no JSON.
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        const { status } = await ask(operation, { cookie, origin: 'https://evil.test' }, type, '{"a":1}');
        if (status !== 403 && status !== 415) letIn.push(`${operation.method} ${operation.path} ${type}: ${status}`);
      }
    }),
  );
  expect(letIn).toEqual([]);
  expect((await ask({ method: 'get', path: '/api/v1/session' }, { cookie })).status).toBe(200);
});

test('no answer lets pages of other origins read it, or puts it into their frame', async () => {
  const paths = [
    '/',
    '/sign-in',
    '/api/v1/session',
    '/api/v1/openapi.json',
    '/api/v1/mailbox',
    '/api/v2/account/login',
  ];
  for (const path of paths) {
    const agent = cloud.agent();
    const options = await agent
      .options(path)
      .set('Origin', 'https://evil.test')
      .set('Access-Control-Request-Method', 'POST')
      .set('Access-Control-Request-Headers', 'content-type');
    const got = await cloud.agent().get(path).set('Origin', 'https://evil.test');
    for (const { headers } of [options, got]) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  }
  for (const path of ['/oidc/token', '/oidc/me', '/oidc/token/introspection', '/oidc/device/auth']) {
    const { headers } = await cloud.agent().post(path).set('Origin', 'https://evil.test').type('form').send({ a: 'b' });
    expect([path, headers['access-control-allow-origin']]).toEqual([path, undefined]);
  }
});

test('a cookie planted beside the session’s own lets nobody act as somebody else, and is cleared away', async () => {
  const { body } = await cloud
    .agent()
    .post('/api/v1/sign-up')
    .send({ email: 'evil@example.test', name: 'E', password })
    .expect(201);
  expect(body.account.email).toBe('evil@example.test');
  const theirs = await cloud.agent().post('/api/v1/sign-in').send({ email: 'evil@example.test', password }).expect(200);
  const planted = theirs.headers['set-cookie']![0]!.split(';')[0]!;
  const own = `vigil_id=${'y'.repeat(43)}`;
  for (const cookies of [`${planted}; ${own}`, `${own}; ${planted}`]) {
    const refused = await cloud.agent().get('/api/v1/session').set('Cookie', cookies).expect(401);
    expect(refused.headers['clear-site-data']).toBe('"cookies"');
  }
  // The same one twice is one.
  await cloud.agent().get('/api/v1/session').set('Cookie', `${planted}; ${planted}`).expect(200);
});
