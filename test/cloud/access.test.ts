import { ReadableStream } from 'node:stream/web';
import request from 'supertest';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { enrolled, password, register, signIn, startTestCloud, type TestCloud } from './cloud.ts';
import { createFakeGateway, type FakeGateway, until } from './gateway.ts';

type Browser = ReturnType<typeof request.agent>;

/** Open a gateway through the relay; returns a browser that is inside. */
async function openThroughRelay(cloud: TestCloud, owner: Browser, gateway: FakeGateway) {
  const { body } = await owner.post(`/api/v1/gateways/${gateway.id}/open`).expect(200);
  const { origin, pathname: path } = new URL(body.openUrl);
  const inside = request.agent(origin);
  await inside.post(path).set('Origin', cloud.url).type('form').send({ ticket: body.ticket }).expect(303);
  return { inside, origin, ticket: body.ticket as string, path };
}

/** The same, for what supertest cannot do: where it is and the cookie alone. */
async function relayCookie(owner: Browser, gateway: FakeGateway) {
  const { body } = await owner.post(`/api/v1/gateways/${gateway.id}/open`).expect(200);
  const { origin } = new URL(body.openUrl);
  const opened = await request(origin).post(`/${gateway.id}/_open`).send({ ticket: body.ticket }).expect(303);
  return { origin, cookie: (opened.headers['set-cookie'] as unknown as string[])[0]!.split(';')[0]! };
}

test('a VMS Local is bound by its owner’s approval, once, and learns it by asking', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  const begun = await cloud
    .agent()
    .post('/api/v1/bindings')
    .send({ name: 'Shop', jwk: gateway.jwk, redirectUris: [gateway.redirectUri], version: '1' })
    .expect(201);
  const { bindingId, pollToken, userCode } = begun.body;
  const poll = () => cloud.agent().post('/api/v1/bindings/poll').send({ bindingId, pollToken });
  expect((await poll().expect(200)).body).toEqual({ status: 'pending' });
  await cloud.agent().post('/api/v1/bindings/poll').send({ bindingId, pollToken: 'other' }).expect(404);
  await cloud.agent().get(`/api/v1/bindings/by-code/${userCode}`).expect(401);
  const shown = await owner.get(`/api/v1/bindings/by-code/${userCode.toLowerCase()}`).expect(200);
  expect(shown.body).toMatchObject({ name: 'Shop', gatewayId: gateway.id });

  const approvals = await Promise.all(
    Array.from({ length: 8 }, () => owner.post('/api/v1/bindings/approve').send({ userCode })),
  );
  expect(approvals.filter(({ status }) => status === 200)).toHaveLength(1);
  expect((await poll().expect(200)).body).toMatchObject({
    status: 'approved',
    gatewayId: gateway.id,
    issuer: cloud.issuer,
    tunnelUrl: `${cloud.url.replace('http', 'ws')}/tunnel`,
  });
  const list = await owner.get('/api/v1/gateways').expect(200);
  expect(list.body.gateways).toMatchObject([{ id: gateway.id, name: 'Shop', online: false }]);
});

test('an old sign-in approves a binding only with the password', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await cloud.clock.advance('16m');
  const begun = await cloud.agent().post('/api/v1/bindings').send({ name: 'A', jwk: gateway.jwk }).expect(201);
  const approve = (more: object) =>
    owner.post('/api/v1/bindings/approve').send({ userCode: begun.body.userCode, ...more });
  expect((await approve({}).expect(401)).body.code).toBe('reauthentication_required');
  expect((await approve({ password: 'wrong' }).expect(401)).body.code).toBe('wrong_credentials');
  await approve({ password }).expect(200);
});

test('a gateway in use cannot be taken over by another account, one that never spoke can', async () => {
  await using cloud = await startTestCloud();
  const [first, second] = [await signIn(cloud, await register(cloud)), await signIn(cloud, await register(cloud))];
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(first);
  await cloud.clock.advance('1m');
  await gateway.bind(second);
  await (await gateway.call('get', '/self')).status;
  const begun = await cloud.agent().post('/api/v1/bindings').send({ name: 'A', jwk: gateway.jwk }).expect(201);
  const refused = await first.post('/api/v1/bindings/approve').send({ userCode: begun.body.userCode }).expect(409);
  expect(refused.body.code).toBe('gateway_bound_elsewhere');
});

test('a machine assertion is good once, for a minute, for this issuer, and only from the bound key', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  using stranger = await createFakeGateway(cloud);
  const ask = (token: string) => cloud.agent().get('/api/v1/gateway/self').set('Authorization', `Bearer ${token}`);
  expect((await ask(await gateway.assertion()).expect(404)).body.code).toBe('gateway_unknown');
  await gateway.bind(owner);

  const once = await gateway.assertion();
  await ask(once).expect(200);
  await ask(once).expect(401);
  const now = Math.floor(cloud.clock.now() / 1000);
  await ask(await gateway.assertion({ aud: 'https://elsewhere.test' })).expect(401);
  await ask(await gateway.assertion({ exp: now + 3600 })).expect(401);
  await ask(await gateway.assertion({ iat: now - 200, exp: now - 140 })).expect(401);
  await ask(await gateway.assertion({ jti: undefined })).expect(401);
  await ask(await stranger.assertion({ iss: gateway.id, sub: gateway.id })).expect(401);
  await ask('rubbish').expect(401);
  await cloud.agent().get('/api/v1/gateway/self').expect(401);
});

test('the tunnel takes a bound gateway only, and a second dial-in replaces the first', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await expect(gateway.dial()).rejects.toThrow(/404.*gateway_unknown/s);
  await gateway.bind(owner);
  await expect(gateway.dial('rubbish')).rejects.toThrow(/401.*assertion_invalid/s);
  const first = await gateway.dial();
  expect((await owner.get('/api/v1/gateways')).body.gateways[0].online).toBe(true);
  await gateway.dial();
  expect(await first.closed).toBe(4000);
  expect((await owner.get('/api/v1/gateways')).body.gateways[0].online).toBe(true);
  expect(cloud.cutTunnel(gateway.id)).toBe(true);
  await until(() => gateway.closes.length === 2, 'the cut');
  expect((await owner.get('/api/v1/gateways')).body.gateways[0].online).toBe(false);
});

test('a tunnel whose other end fell silent is given up', async () => {
  await using cloud = await startTestCloud({ tunnelPing: { everyMs: 50, withinMs: 200 } });
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await gateway.dial();
  gateway.freeze();
  let online = true;
  for (let tries = 0; online && tries < 2000; tries++) {
    online = (await owner.get('/api/v1/gateways')).body.gateways[0].online;
  }
  expect(online).toBe(false);
});

test('the relay opens by a ticket once, and shows the gateway below its own path with its own cookies only', async () => {
  await using cloud = await startTestCloud();
  const { agent: owner, email } = await enrolled(cloud);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await owner.post(`/api/v1/gateways/${gateway.id}/open`).expect(502);
  await gateway.dial();

  const { inside, origin, ticket, path } = await openThroughRelay(cloud, owner, gateway);
  const outside = request(origin);
  expect((await outside.get(`/${gateway.id}/`).expect(401)).body.code).toBe('relay_session_required');
  await outside.post(path).type('form').send({ ticket }).expect(401);
  expect(gateway.assertions).toMatchObject([
    { aud: gateway.id, email, amr: ['pwd', 'otp'], acr: 'aal2', second_factor_enabled: true },
  ]);

  const answer = await inside
    .get(`/${gateway.id}/api/v1/cameras?x=1`)
    .set('Cookie', 'vigil_id=secret; theme=dark; vigil_vms=planted')
    .expect(200);
  expect(answer.body.url).toBe('/api/v1/cameras?x=1');
  const seen = gateway.received.at(-1)!.headers;
  expect(seen.cookie).toBe('vigil_vms=inside');
  expect(seen['x-forwarded-host']).toBe(new URL(origin).host);

  const moved = await inside.get(`/${gateway.id}/moved`).redirects(0).expect(302);
  expect(moved.headers['location']).toBe(`/${gateway.id}/elsewhere?x=1`);
  expect(moved.headers['clear-site-data']).toBeUndefined();
});

test('the gateway’s cookies come out below its path, and it cannot set the portal’s', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await gateway.dial();
  const { body } = await owner.post(`/api/v1/gateways/${gateway.id}/open`).expect(200);
  const { origin } = new URL(body.openUrl);
  const opened = await request(origin)
    .post(`/${gateway.id}/_open`)
    .set('Accept', 'application/json')
    .send({ ticket: body.ticket })
    .expect(200);
  const cookies = opened.headers['set-cookie'] as unknown as string[];
  expect(opened.body).toEqual({ status: 'opened', url: `${origin}/${gateway.id}/` });
  expect(cookies).toHaveLength(2);
  expect(cookies[0]).toMatch(new RegExp(`^vigil_relay=.*Path=/${gateway.id}/.*HttpOnly`));
  expect(cookies[1]).toMatch(new RegExp(`^vigil_vms=v1[.].*Path=/${gateway.id}/; HttpOnly; SameSite=Lax$`));
  expect(cookies[1]).not.toMatch(/Domain|inside/);
});

test('a ticket posted from a foreign page, or for another gateway, opens nothing', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  using other = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await other.bind(owner);
  await gateway.dial();
  await other.dial();
  const { body } = await owner.post(`/api/v1/gateways/${gateway.id}/open`).expect(200);
  const elsewhere = (await owner.post(`/api/v1/gateways/${other.id}/open`).expect(200)).body.openUrl;
  const originOf: Record<string, string> = {
    [gateway.id]: new URL(body.openUrl).origin,
    [other.id]: new URL(elsewhere).origin,
  };
  const post = (id: string) => request(originOf[id]!).post(`/${id}/_open`).type('form');
  await post(gateway.id).set('Origin', 'https://evil.test').send({ ticket: body.ticket }).expect(403);
  await post(gateway.id).set('Sec-Fetch-Site', 'cross-site').send({ ticket: body.ticket }).expect(403);
  await post(other.id).send({ ticket: body.ticket }).expect(401);
  await post(gateway.id).send({ ticket: body.ticket }).expect(303);
});

test('WebSockets pass the relay with its cookie and from its own pages only', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await gateway.dial();
  const { origin, cookie } = await relayCookie(owner, gateway);
  const connect = (headers: Record<string, string>) =>
    new Promise<WebSocket>((resolve, reject) => {
      const ws = new WebSocket(`${origin.replace('http', 'ws')}/${gateway.id}/api/v1/feed`, { headers });
      ws.once('open', () => resolve(ws));
      ws.once('error', reject);
    });
  await expect(connect({})).rejects.toThrow('401');
  await expect(connect({ cookie, origin: 'https://evil.test' })).rejects.toThrow('403');
  await expect(connect({ cookie, origin: cloud.relayUrl })).rejects.toThrow('403');
  const ws = await connect({ cookie, origin });
  const echoed = new Promise((resolve) => ws.once('message', (data) => resolve(String(data))));
  ws.send('hello');
  expect(await echoed).toBe('echo hello');

  const closed = new Promise((resolve) => ws.once('close', resolve));
  await owner.post('/api/v1/sign-out').expect(204);
  await closed;
});

test('turning two-factor authentication on ends relay sessions and open streams within a second and tells the gateway', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const owner = await signIn(cloud, email);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await gateway.dial();
  const { inside } = await openThroughRelay(cloud, owner, gateway);
  const cut = inside
    .get(`/${gateway.id}/endless`)
    .buffer(true)
    .parse((response, done) => {
      response.on('data', () => undefined);
      response.on('close', () => done(null, 'closed'));
    })
    .then(
      () => performance.now(),
      () => performance.now(),
    );
  await until(() => gateway.received.some(({ url }) => url === '/endless'), 'the stream');
  const before = (await cloud.agent().get('/healthz')).status;
  expect(before).toBe(200);

  await enrolled(cloud, email, owner);
  const changedAt = performance.now();
  expect((await cut) - changedAt).toBeLessThan(1000);
  await until(() => gateway.logouts.length > 0, 'the logout');
  expect(gateway.logouts).toMatchObject([
    { aud: gateway.id, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
  ]);
  expect(gateway.logouts[0]).not.toHaveProperty('sid');
  await inside.get(`/${gateway.id}/`).expect(401);
  // The browser that turned it on goes on.
  await owner.get('/api/v1/session').expect(200);
});

test('a gateway that was away reads from its revocations whose sessions ended', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const owner = await signIn(cloud, email);
  const other = await signIn(cloud, email);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const self = await gateway.call('get', '/self');
  await other.post('/api/v1/sign-out').expect(204);
  const one = await gateway.call('get', `/revocations?after=${self.body.revocationsAfter}`);
  expect(one.body.revocations).toMatchObject([{ sub: self.body.owner.sub, sid: expect.stringMatching(/^ses_/) }]);
  await enrolled(cloud, email, owner);
  const all = await gateway.call('get', `/revocations?after=${one.body.last}`);
  expect(all.body.revocations).toHaveLength(1);
  expect(all.body.revocations[0]).not.toHaveProperty('sid');
  expect((await gateway.call('get', `/revocations?after=${all.body.last}`)).body.revocations).toEqual([]);
});

test('unbinding closes the tunnel for good and takes relay session and key away, from either side', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const { closed } = await gateway.dial();
  const { inside } = await openThroughRelay(cloud, owner, gateway);
  const stranger = await signIn(cloud, await register(cloud));
  await stranger.delete(`/api/v1/gateways/${gateway.id}`).expect(404);
  await owner.delete(`/api/v1/gateways/${gateway.id}`).expect(204);
  expect(await closed).toBe(4001);
  // Nobody answers where it was any more.
  await expect(inside.get(`/${gateway.id}/`)).rejects.toThrow(/ECONNREFUSED|ECONNRESET|hang up/);
  expect((await gateway.call('get', '/self')).status).toBe(404);

  await gateway.bind(owner);
  const again = await gateway.dial();
  expect((await gateway.call('post', '/self/unbind')).status).toBe(204);
  expect(await again.closed).toBe(4001);
  expect((await owner.get('/api/v1/gateways')).body.gateways).toEqual([]);
});

test('what the gateway says to the assertion is told: a missing code asks for a new sign-in', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await gateway.dial();
  gateway.refuseAssertions(401, 'second_factor_required');
  const { body } = await owner.post(`/api/v1/gateways/${gateway.id}/open`).expect(200);
  const refused = await request(new URL(body.openUrl).origin)
    .post(`/${gateway.id}/_open`)
    .send({ ticket: body.ticket })
    .expect(401);
  expect(refused.body).toMatchObject({ code: 'reauthentication_required', gatewayCode: 'second_factor_required' });
  expect(refused.headers['set-cookie']).toBeUndefined();
});

test('the relay carries so many requests of one session at once, and bodies up to its limit', async () => {
  await using cloud = await startTestCloud({ limits: { relayRequestsAtOnce: 2, relayBodyBytes: 1000 } });
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await gateway.dial();
  const { inside } = await openThroughRelay(cloud, owner, gateway);
  const post = (bytes: number) => inside.post(`/${gateway.id}/upload`).type('text').send('x'.repeat(bytes));
  await post(1000).expect(200);
  expect(gateway.received.at(-1)?.body).toHaveLength(1000);
  await post(1001).expect(413);

  const { origin, cookie } = await relayCookie(owner, gateway);
  const streams = [1, 2].map(() => fetch(`${origin}/${gateway.id}/endless`, { headers: { cookie } }));
  await until(() => gateway.received.filter(({ url }) => url === '/endless').length === 2, 'two streams');
  expect((await inside.get(`/${gateway.id}/`).expect(429)).body.code).toBe('too_many_requests');
  await owner.post('/api/v1/sign-out').expect(204);
  for (const stream of streams) await expect(stream.then((answer) => answer.text())).rejects.toThrow();
});

test('a body of unknown length is cut at the limit', async () => {
  await using cloud = await startTestCloud({ limits: { relayBodyBytes: 100_000 } });
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await gateway.dial();
  const { origin, cookie } = await relayCookie(owner, gateway);
  async function* endless() {
    for (let n = 0; n < 1000; n++) yield new Uint8Array(1000);
  }
  const refused = await fetch(`${origin}/${gateway.id}/upload`, {
    method: 'POST',
    headers: { cookie },
    body: ReadableStream.from(endless()) as unknown as BodyInit,
    duplex: 'half',
  } as RequestInit).then(
    ({ status }) => status,
    () => 'cut',
  );
  expect([413, 'cut']).toContain(refused);
  expect(gateway.received.some(({ body }) => body.length > 200_000)).toBe(false);
});
