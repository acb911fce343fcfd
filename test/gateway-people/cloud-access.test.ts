import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  adminPassword,
  type BoundHouse,
  expectProblem,
  openFeed,
  startBoundHouse,
  startHouse,
  until,
} from './harness.ts';

const assertionTo = (house: BoundHouse, assertion: string) =>
  house.agent().post('/api/v1/auth/assertion').send({ assertion });

/** Sign in on the LAN by following the redirects, as a browser does. */
async function signInOnLan(house: BoundHouse, agent = house.agent()) {
  const start = await agent.get('/api/v1/auth/tplink/start').expect(302);
  const atCloud = await fetch(start.headers['location']!, { redirect: 'manual' });
  const back = new URL(atCloud.headers.get('location')!);
  const done = await agent.get(back.pathname + back.search);
  return { agent, start, back, done, location: done.headers['location'] };
}

test('binding shows the code, waits for the owner and brings up the tunnel', async () => {
  await using house = await startBoundHouse();
  const { adminAgent, cloud } = house;
  const { body } = await adminAgent.get('/api/v1/cloud-access').expect(200);
  expect(body).toMatchObject({ state: 'bound', online: true, account: 'owner@vigil.test', cloudUrl: cloud.url });
  expect(body.userCode).toBeUndefined();
  expect(cloud.state.gatewayId).toBe(house.gateway.gatewayId);
  expect(cloud.state.redirectUris[0]).toBe(`${house.gateway.url}/api/v1/auth/tplink/callback`);
  const status = await house.agent().get('/api/v1/status').expect(200);
  expect(status.body.cloudAccess).toEqual({ bound: true, online: true });
  expectProblem(await adminAgent.post('/api/v1/cloud-access/bind').send({}), 409, 'cloud_access_busy');
});

test('a pending binding shows its code to administrators and survives a restart', async () => {
  await using house = await startBoundHouse();
  const { cloud } = house;
  await house.adminAgent.delete('/api/v1/cloud-access').expect(204);
  cloud.state.approval = 'pending';
  const pending = await house.adminAgent.post('/api/v1/cloud-access/bind').send({}).expect(202);
  expect(pending.body).toMatchObject({ state: 'pending', online: false, userCode: 'ABCD-EFGH' });
  // Asking again does not begin another.
  await house.adminAgent.post('/api/v1/cloud-access/bind').send({}).expect(202, pending.body);
  await house.restart();
  cloud.state.approval = 'approved';
  await house.clock.advance('3s');
  await until(() => house.gateway.tunnel.online);
});

test.each([
  ['denied', 'the owner declined'],
  ['expired', 'the code ran out'],
] as const)('a binding that is %s leaves the gateway unbound and says why', async (approval, lastRefusal) => {
  await using house = await startBoundHouse();
  await house.adminAgent.delete('/api/v1/cloud-access').expect(204);
  house.cloud.state.approval = approval;
  await house.adminAgent.post('/api/v1/cloud-access/bind').send({}).expect(202);
  await house.clock.advance('3s');
  await until(async () => (await house.adminAgent.get('/api/v1/cloud-access')).body.state === 'unbound');
  const { body } = await house.adminAgent.get('/api/v1/cloud-access').expect(200);
  expect(body).toMatchObject({ state: 'unbound', lastRefusal });
});

test.each([
  ['http://cloud.example', 422, 'cloud_url_refused'],
  ['ftp://127.0.0.1', 422, 'cloud_url_refused'],
  ['http://user:pw@127.0.0.1:1', 422, 'cloud_url_refused'],
  ['nonsense', 422, 'cloud_url_refused'],
  ['http://127.0.0.1:1', 502, 'cloud_unreachable'],
])('binding to %s is answered with %s', async (cloudUrl, status, code) => {
  await using house = await startHouse();
  const admin = await house.admin();
  expectProblem(await admin.post('/api/v1/cloud-access/bind').send({ cloudUrl }), status, code);
  const { body } = await admin.get('/api/v1/cloud-access').expect(200);
  expect(body).toEqual({ state: 'unbound', online: false });
});

test('a restart keeps key, binding and sessions, and dials in again', async () => {
  await using house = await startBoundHouse();
  const { gatewayId } = house.gateway;
  expect(statSync(`${house.dataDir}/identity.json`).mode & 0o777).toBe(0o600);
  const dialled = house.cloud.nextDialIn();
  await house.restart();
  await dialled;
  expect(house.gateway.gatewayId).toBe(gatewayId);
  await until(() => house.gateway.tunnel.online);
  // The new port is told to the cloud, or OIDC could not come back.
  await until(() => house.cloud.state.redirectUris[0] === `${house.gateway.url}/api/v1/auth/tplink/callback`);
});

test('signing in with a TP-Link ID on the LAN follows the redirects and ends at the pages', async () => {
  await using house = await startBoundHouse();
  const { agent, start, done, location } = await signInOnLan(house);
  const asked = new URL(start.headers['location']!).searchParams;
  expect(asked.get('code_challenge_method')).toBe('S256');
  expect(asked.get('client_id')).toBe(house.gateway.gatewayId);
  expect(asked.get('redirect_uri')).toBe(house.cloud.state.redirectUris[0]);
  expect(done.status).toBe(302);
  expect(location).toBe('/#/');
  const { body } = await agent.get('/api/v1/auth/session').expect(200);
  expect(body.user).toEqual({
    name: 'owner@vigil.test',
    role: 'super_admin',
    via: 'tplink',
    email: 'owner@vigil.test',
    remote: false,
  });
});

test('the callback is good once, and only in the browser that began', async () => {
  await using house = await startBoundHouse();
  const { agent, back } = await signInOnLan(house);
  const again = await agent.get(back.pathname + back.search).expect(302);
  expect(again.headers['location']).toBe('/#/sign-in?error=flow_ended');

  const victim = house.agent();
  const attacker = house.agent();
  const start = await attacker.get('/api/v1/auth/tplink/start').expect(302);
  const atCloud = await fetch(start.headers['location']!, { redirect: 'manual' });
  const planted = new URL(atCloud.headers.get('location')!);
  const refused = await victim.get(planted.pathname + planted.search).expect(302);
  expect(refused.headers['location']).toBe('/#/sign-in?error=flow_ended');
  expect(refused.headers['set-cookie']).toBeUndefined();
});

test.each([
  ['a password only, though the account has a second factor', { amr: ['pwd'] }, 'second_factor_required'],
  ['another audience', { aud: 'gw_somebody-else' }, 'assertion_invalid'],
  ['another issuer', { iss: 'http://127.0.0.1:9/oidc' }, 'assertion_invalid'],
  ['a sign-in of yesterday', { auth_time: Math.floor(Date.now() / 1000) - 86_400 }, 'sign_in_too_old'],
  ['no word on the second factor', { second_factor_enabled: undefined }, 'assertion_invalid'],
  ['no nonce', { noNonce: true }, 'assertion_invalid'],
  ['a foreign signature', { strangerKey: true }, 'assertion_invalid'],
  ['somebody who is no member', { sub: 'stranger', email: 'x@y.test' }, 'not_a_member'],
])('an ID token with %s lets nobody in', async (_what, claims, code) => {
  await using house = await startBoundHouse();
  house.cloud.state.idToken = claims;
  const { agent, location } = await signInOnLan(house);
  expect(location).toBe(`/#/sign-in?error=${code}`);
  await agent.get('/api/v1/auth/session').expect(401);
});

test('an account without a second factor may come in by password', async () => {
  await using house = await startBoundHouse();
  house.cloud.state.idToken = { amr: ['pwd'], second_factor_enabled: false };
  expect((await signInOnLan(house)).location).toBe('/#/');
});

test('a sign-in that the cloud ended is explained', async () => {
  await using house = await startBoundHouse();
  const agent = house.agent();
  const start = await agent.get('/api/v1/auth/tplink/start').expect(302);
  const state = new URL(start.headers['location']!).searchParams.get('state');
  const query = new URLSearchParams({ error: 'access_denied', state: state!, iss: house.cloud.issuer });
  const done = await agent.get(`/api/v1/auth/tplink/callback?${query}`).expect(302);
  expect(done.headers['location']).toBe('/#/sign-in?error=sign_in_refused');
});

test('TP-Link ID is refused in words where there is no binding, or no cloud', async () => {
  await using house = await startBoundHouse();
  house.cloud.state.down = true;
  const away = await house.agent().get('/api/v1/auth/tplink/start').expect(302);
  expect(away.headers['location']).toBe('/#/sign-in?error=cloud_unreachable');
  await using other = await startHouse();
  const unbound = await other.agent().get('/api/v1/auth/tplink/start').expect(302);
  expect(unbound.headers['location']).toBe('/#/sign-in?error=cloud_access_unbound');
  expectProblem(
    await other.agent().post('/api/v1/auth/assertion').send({ assertion: 'x' }),
    409,
    'cloud_access_unbound',
  );
});

test('an assertion signs in on the LAN and through the tunnel, each session on its own side only', async () => {
  await using house = await startBoundHouse();
  const { cloud } = house;
  const onLan = await assertionTo(house, await cloud.assertion()).expect(200);
  expect(onLan.body.user).toMatchObject({ via: 'tplink', remote: false });
  const lanCookie = onLan.headers['set-cookie']![0]!.split(';')[0]!;

  const remote = await cloud.through('POST', '/api/v1/auth/assertion', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ assertion: await cloud.assertion() }),
  });
  expect(remote.status).toBe(200);
  expect(JSON.parse(remote.text).user).toMatchObject({ via: 'tplink', remote: true, role: 'super_admin' });
  const remoteCookie = remote.headers['set-cookie']![0]!.split(';')[0]!;

  const seen = await cloud.through('GET', '/api/v1/auth/session', { headers: { cookie: remoteCookie } });
  expect(JSON.parse(seen.text).user.remote).toBe(true);
  expect((await cloud.through('GET', '/api/v1/auth/session', { headers: { cookie: lanCookie } })).status).toBe(401);
  await house.agent().get('/api/v1/auth/session').set('cookie', remoteCookie).expect(401);
});

test.each([
  ['a password only', { amr: ['pwd'] }, {}, 'second_factor_required'],
  ['another gateway', { aud: 'gw_somebody-else' }, {}, 'assertion_invalid'],
  ['two gateways', { aud: ['SELF', 'gw_somebody-else'] }, {}, 'assertion_invalid'],
  ['another issuer', { iss: 'http://127.0.0.1:9/oidc' }, {}, 'assertion_invalid'],
  ['another type of token', {}, { typ: 'logout+jwt' }, 'assertion_invalid'],
  ['no type at all', {}, { typ: 'JWT' }, 'assertion_invalid'],
  ['an hour to live', {}, { lifeSeconds: 3600 }, 'assertion_invalid'],
  ['an old sign-in', { auth_time: 1 }, {}, 'sign_in_too_old'],
  ['no word on the second factor', { second_factor_enabled: undefined }, {}, 'assertion_invalid'],
  ['a second factor named as text', { second_factor_enabled: 'false', amr: ['pwd'] }, {}, 'assertion_invalid'],
  ['no number', { jti: '' }, {}, 'assertion_invalid'],
  ['an unknown key', {}, { kid: 'k9' }, 'assertion_invalid'],
])('an assertion with %s is refused', async (_what, claims, options, code) => {
  await using house = await startBoundHouse();
  const fixed = JSON.parse(JSON.stringify(claims).replace('SELF', house.gateway.gatewayId));
  const answer = await assertionTo(house, await house.cloud.assertion({ ...claims, ...fixed }, options));
  expectProblem(answer, code === 'not_a_member' ? 403 : 401, code);
  expect(answer.headers['set-cookie']).toBeUndefined();
});

test('an assertion signed by somebody else, unsigned or by HMAC is refused', async () => {
  await using house = await startBoundHouse();
  const { cloud } = house;
  expectProblem(
    await assertionTo(house, await cloud.assertion({}, { key: cloud.strangerKey })),
    401,
    'assertion_invalid',
  );
  const [, payload] = (await cloud.assertion()).split('.');
  for (const header of [
    { alg: 'none', typ: 'vigil-assertion+jwt' },
    { alg: 'HS256', typ: 'vigil-assertion+jwt', kid: 'k1' },
  ]) {
    const forged = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.AAAA`;
    expectProblem(await assertionTo(house, forged), 401, 'assertion_invalid');
  }
  expectProblem(await assertionTo(house, 'not a token'), 401, 'assertion_invalid');
});

test('an assertion runs out after a minute', async () => {
  await using house = await startBoundHouse();
  const assertion = await house.cloud.assertion();
  await house.clock.advance('95s');
  expectProblem(await assertionTo(house, assertion), 401, 'assertion_invalid');
});

test('one assertion twenty times makes one session', async () => {
  await using house = await startBoundHouse();
  const assertion = await house.cloud.assertion();
  const answers = await Promise.all(Array.from({ length: 20 }, () => assertionTo(house, assertion)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 200)) expectProblem(answer, 401, 'assertion_invalid');
  const { body } = await house.adminAgent.get('/api/v1/sessions').expect(200);
  expect(body.sessions.filter(({ via }: { via: string }) => via === 'tplink')).toHaveLength(1);
  await house.restart();
  await until(() => house.gateway.tunnel.online);
  expectProblem(await assertionTo(house, assertion), 401, 'assertion_invalid');
});

test('members come in with their role, and a member that was removed is out within one refresh', async () => {
  await using house = await startBoundHouse();
  const { cloud } = house;
  const member = { sub: 'm1', email: 'guard@vigil.test', role: 'viewer' };
  expectProblem(await assertionTo(house, await cloud.assertion(member)), 403, 'not_a_member');
  cloud.state.members = [member];
  const agent = house.agent();
  const answer = await agent
    .post('/api/v1/auth/assertion')
    .send({ assertion: await cloud.assertion(member) })
    .expect(200);
  expect(answer.body.user).toMatchObject({ name: 'guard@vigil.test', role: 'viewer' });
  expectProblem(await agent.get('/api/v1/users'), 403, 'role_insufficient');
  cloud.state.members = [];
  await house.clock.advance('6m');
  await until(async () => (await agent.get('/api/v1/auth/session')).status === 401);
});

test('a role that the cloud changed holds at the next sign-in; one that only an assertion names gives nothing', async () => {
  await using house = await startBoundHouse();
  const { cloud } = house;
  const member = { sub: 'm1', email: 'guard@vigil.test', role: 'viewer' };
  cloud.state.members = [member];
  const role = async (named: string) =>
    (await assertionTo(house, await cloud.assertion({ ...member, role: named }))).body.user.role;
  expect(await role('viewer')).toBe('viewer');
  expect(await role('super_admin')).toBe('viewer');
  cloud.state.members = [{ ...member, role: 'live_only' }];
  expect(await role('live_only')).toBe('live_only');
  cloud.state.members = [{ ...member, role: 'operator' }];
  expect(await role('operator')).toBe('operator');
});

test('told by the cloud that all of a person is over, the gateway learns at once what they are now', async () => {
  await using house = await startBoundHouse();
  const { cloud } = house;
  const member = { sub: 'm1', email: 'guard@vigil.test', role: 'admin' };
  cloud.state.members = [member];
  const agent = house.agent();
  await agent
    .post('/api/v1/auth/assertion')
    .send({ assertion: await cloud.assertion(member) })
    .expect(200);
  expect(JSON.stringify((await house.adminAgent.get('/api/v1/users')).body)).toContain('guard@vigil.test');
  cloud.state.members = [];
  const token = await cloud.logoutToken({ sub: 'm1' });
  await house.agent().post('/api/v1/auth/backchannel-logout').type('form').send({ logout_token: token }).expect(200);
  await agent.get('/api/v1/auth/session').expect(401);
  await until(async () => {
    const { body } = await house.adminAgent.get('/api/v1/users');
    return !JSON.stringify(body).includes('guard@vigil.test');
  });
});

test('the cloud is told which cameras there are, anew at each dial-in', async () => {
  await using house = await startBoundHouse();
  const { state } = house.cloud;
  await until(() => state.cameraReports.length === 1);
  house.gateway.tunnel.cut();
  await until(() => !house.gateway.tunnel.online);
  await house.clock.advance('2s');
  await until(() => state.cameraReports.length === 2);
  expect(state.cameraReports).toEqual([[], []]);
});

test('set-up and local accounts are refused through the tunnel', async () => {
  await using house = await startBoundHouse();
  const send = (path: string, body: object) =>
    house.cloud.through('POST', path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const setup = await send('/api/v1/setup', { setupCode: 'x', username: 'evil', password: adminPassword });
  expect([setup.status, JSON.parse(setup.text).code]).toEqual([403, 'local_only']);
  const local = await send('/api/v1/auth/sign-in', { username: 'admin', password: adminPassword });
  expect([local.status, JSON.parse(local.text).code]).toEqual([403, 'local_only']);
  const elevation = await send('/api/v1/pairing/elevations', { username: 'admin', password: adminPassword });
  expect([elevation.status, JSON.parse(elevation.text).code]).toEqual([403, 'local_only']);
  const lan = await house.cloud.through('GET', '/api/v1/auth/tplink/start');
  expect(lan.headers.location).toBe('/#/sign-in?error=local_only');
});

test('a header cannot make a LAN request remote, nor a remote one local', async () => {
  await using house = await startBoundHouse();
  const spoof = { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1', 'x-real-ip': '127.0.0.1' };
  expect((await house.cloud.through('GET', '/metrics', { headers: spoof })).status).toBe(401);
  await house.agent().get('/metrics').set({ via: 'tunnel', 'x-remote': '1' }).expect(200);
});

test('a logout token of the cloud ends the sessions of a person, and their live feeds, at once', async () => {
  await using house = await startBoundHouse();
  const { cloud } = house;
  const agent = house.agent();
  await agent
    .post('/api/v1/auth/assertion')
    .send({ assertion: await cloud.assertion() })
    .expect(200);
  using feed = await openFeed(house, agent);
  await feed.heard('hello');
  const logout = await cloud.through('POST', '/api/v1/auth/backchannel-logout', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token: await cloud.logoutToken({ sub: cloud.owner.sub }) }).toString(),
  });
  expect(logout.status).toBe(200);
  expect(await feed.closed).toBe(4401);
  expect(feed.messages.at(-1)).toEqual({ type: 'session-ended' });
  await agent.get('/api/v1/auth/session').expect(401);
  // Local people are not touched.
  await house.adminAgent.get('/api/v1/auth/session').expect(200);
});

test('a logout token with a session id ends that session alone', async () => {
  await using house = await startBoundHouse();
  const { cloud } = house;
  const [one, two] = [house.agent(), house.agent()];
  await one
    .post('/api/v1/auth/assertion')
    .send({ assertion: await cloud.assertion({ sid: 's1' }) })
    .expect(200);
  await two
    .post('/api/v1/auth/assertion')
    .send({ assertion: await cloud.assertion({ sid: 's2' }) })
    .expect(200);
  const logout_token = await cloud.logoutToken({ sub: cloud.owner.sub, sid: 's1' });
  await house.agent().post('/api/v1/auth/backchannel-logout').type('form').send({ logout_token }).expect(200);
  await one.get('/api/v1/auth/session').expect(401);
  await two.get('/api/v1/auth/session').expect(200);
});

test.each([
  ['without the event', { typ: 'logout+jwt', events: null }],
  ['of another type', { typ: 'JWT', events: undefined }],
])('a logout token %s is refused', async (_what, { typ, events }) => {
  await using house = await startBoundHouse();
  const logout_token = await house.cloud.logoutToken({ sub: house.cloud.owner.sub }, typ, events);
  const answer = await house.agent().post('/api/v1/auth/backchannel-logout').type('form').send({ logout_token });
  expectProblem(answer, 400, 'logout_token_invalid');
});

test('an assertion made before everything was revoked is refused afterwards', async () => {
  await using house = await startBoundHouse();
  const { cloud } = house;
  const assertion = await cloud.assertion();
  await house.clock.advance('2s');
  const logout_token = await cloud.logoutToken({ sub: cloud.owner.sub });
  await house.agent().post('/api/v1/auth/backchannel-logout').type('form').send({ logout_token }).expect(200);
  expectProblem(await assertionTo(house, assertion), 401, 'assertion_invalid');
  await assertionTo(house, await cloud.assertion()).expect(200);
});

test('what was revoked while the tunnel was down is caught up with at the next dial-in', async () => {
  await using house = await startBoundHouse();
  const { cloud } = house;
  const agent = house.agent();
  await agent
    .post('/api/v1/auth/assertion')
    .send({ assertion: await cloud.assertion() })
    .expect(200);
  await house.clock.advance('5s');
  cloud.state.revocations = [{ seq: 7, sub: cloud.owner.sub, at: house.clock.now() }];
  const dialled = cloud.nextDialIn();
  cloud.cut();
  await until(() => !house.gateway.tunnel.online);
  await house.clock.advance('2s');
  await dialled;
  await until(async () => (await agent.get('/api/v1/auth/session')).status === 401, 'the end of the session');
  await until(() => cloud.state.revocationsAskedAfter.length === 3);
  expect(cloud.state.revocationsAskedAfter).toEqual([0, 0, 7]);
  const next = cloud.nextDialIn();
  house.gateway.tunnel.cut();
  await until(() => !house.gateway.tunnel.online);
  await house.clock.advance('2s');
  await next;
  await until(() => cloud.state.revocationsAskedAfter.length === 4);
  expect(cloud.state.revocationsAskedAfter[3]).toBe(7);
});

test('a tunnel whose other end fell silent is given up and dialled anew', async () => {
  await using house = await startBoundHouse({ keepAlive: { everyMs: 20, silentMs: 100 } });
  const dialled = house.cloud.nextDialIn();
  house.cloud.freezeTunnel();
  await until(() => !house.gateway.tunnel.online, 'giving up');
  await house.clock.advance('2s');
  await dialled;
});

test('unbinding here tells the cloud, ends the tunnel and every session of a TP-Link ID', async () => {
  await using house = await startBoundHouse();
  const { cloud, adminAgent } = house;
  const agent = house.agent();
  await agent
    .post('/api/v1/auth/assertion')
    .send({ assertion: await cloud.assertion() })
    .expect(200);
  using feed = await openFeed(house, agent);
  await adminAgent.delete('/api/v1/cloud-access').expect(204);
  expect(await feed.closed).toBe(4401);
  expect(cloud.state.unbound).toBe(1);
  expect(house.gateway.tunnel.online).toBe(false);
  await agent.get('/api/v1/auth/session').expect(401);
  const { body } = await adminAgent.get('/api/v1/cloud-access').expect(200);
  expect(body).toMatchObject({ state: 'unbound', online: false });
  expectProblem(await assertionTo(house, await cloud.assertion()), 409, 'cloud_access_unbound');
  expectProblem(await adminAgent.delete('/api/v1/cloud-access'), 409, 'cloud_access_unbound');
});

test('unbinding works while the cloud is away', async () => {
  await using house = await startBoundHouse();
  house.cloud.state.down = true;
  await house.adminAgent.delete('/api/v1/cloud-access').expect(204);
  expect((await house.adminAgent.get('/api/v1/cloud-access')).body.state).toBe('unbound');
});

test('unbinding at the cloud ends the binding here and every session of a TP-Link ID', async () => {
  await using house = await startBoundHouse();
  const { cloud, adminAgent } = house;
  const agent = house.agent();
  await agent
    .post('/api/v1/auth/assertion')
    .send({ assertion: await cloud.assertion() })
    .expect(200);
  const { dialIns } = cloud;
  cloud.unbindFromHere();
  await until(async () => (await adminAgent.get('/api/v1/cloud-access')).body.state === 'unbound');
  await agent.get('/api/v1/auth/session').expect(401);
  await house.clock.advance('2m');
  expect(cloud.dialIns).toBe(dialIns);
});

test('a gateway that was unbound while it was away learns it when it dials in', async () => {
  await using house = await startBoundHouse();
  house.cloud.state.refuseTunnel = { status: 401, code: 'gateway_unknown' };
  house.cloud.cut();
  await until(() => !house.gateway.tunnel.online);
  await house.clock.advance('2s');
  await until(async () => (await house.adminAgent.get('/api/v1/cloud-access')).body.state === 'unbound');
});

test('only a super admin changes the pairing policy; the cloud is told, and it holds for local accounts', async () => {
  await using house = await startBoundHouse();
  const elevate = () =>
    house.agent().post('/api/v1/pairing/elevations').send({ username: 'admin', password: adminPassword });
  expectProblem(await elevate(), 403, 'second_factor_enrolment_required');
  const { body } = await house.adminAgent.patch('/api/v1/cloud-access').send({ passwordPairing: true }).expect(200);
  expect(body.passwordPairing).toBe(true);
  expect(house.cloud.state.policy).toEqual({ passwordPairing: true });
  await elevate().expect(201);
});
