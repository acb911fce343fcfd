import * as jose from 'jose';
import * as client from 'openid-client';
import request from 'supertest';
import { expect, test } from 'vitest';
import { authorization, begin, finish } from './authorization.ts';
import { enrolled, password, register, signIn, startTestCloud, type TestCloud } from './cloud.ts';
import { createFakeGateway } from './gateway.ts';

const control = (cloud: TestCloud) =>
  request.agent(cloud.control!.url).set('Authorization', `Bearer ${cloud.control!.token}`);
const v2 = async (cloud: TestCloud, path: string, body: object, token = '') =>
  (await cloud.agent().post(`/api/v2/${path}`).query({ token }).send(body)).body;
const login = (email: string, more: object = {}) => ({
  cloudUserName: email,
  cloudPassword: password,
  refreshTokenNeeded: true,
  ...more,
});

test('a fault answers, cuts or delays what it matches, so often as it was told, and nothing else', async () => {
  await using cloud = await startTestCloud({ control: true });
  const lab = control(cloud);
  const fault = async (wish: object) => (await lab.post('/control/v1/faults').send(wish).expect(201)).body;
  const refused = await fault({ path: '/api/v1/sign-in', method: 'POST', status: 503, times: 2 });
  const post = () => cloud.agent().post('/api/v1/sign-in').send({ email: 'a@b.test', password });
  expect((await post().expect(503)).body.code).toBe('lab_fault');
  await cloud.agent().get('/healthz').expect(200);
  await post().expect(503);
  await post().expect(401);
  expect((await lab.get('/control/v1/faults')).body.faults).toMatchObject([{ id: refused.id, hits: 2 }]);

  await fault({ path: '/healthz', drop: true, times: 1 });
  await expect(cloud.agent().get('/healthz')).rejects.toThrow(/hang up|reset/);
  await fault({ path: '/healthz', delayMs: 40, times: 1 });
  await cloud.agent().get('/healthz').expect(200);
  await fault({ path: '/', status: 500 });
  await cloud.agent().get('/healthz').expect(500);
  expect((await lab.delete('/control/v1/faults')).body.cleared).toBe(4);
  await cloud.agent().get('/healthz').expect(200);
  for (const bad of [{}, { path: 'x', status: 500 }, { status: 200 }, { delayMs: -1 }])
    expect((await lab.post('/control/v1/faults').send(bad).expect(400)).body.code).toBe('body_invalid');
});

test('tokens run out on request: an app is told so and gets on by its refresh token, a browser goes on', async () => {
  await using cloud = await startTestCloud({ control: true });
  const email = await register(cloud);
  const browser = await signIn(cloud, email);
  const { result } = await v2(cloud, 'account/login', login(email));
  const list = async (token: string) => (await v2(cloud, 'common/getDeviceList', {}, token)).error_code;
  expect(await list(result.token)).toBe(0);
  expect((await control(cloud).post(`/control/v1/accounts/${email}/expire-tokens`)).body).toEqual({ expired: 1 });
  expect(await list(result.token)).toBe(-20651);
  const renewed = await v2(cloud, 'account/refreshToken', { refreshToken: result.refreshToken });
  expect(await list(renewed.result.token)).toBe(0);
  await browser.get('/api/v1/session').expect(200);
});

test('an account is locked and opened on request, at every door alike', async () => {
  await using cloud = await startTestCloud({ control: true });
  const { email } = await enrolled(cloud);
  const lab = control(cloud);
  const lock = `/control/v1/accounts/${email}/lock`;
  await lab.post(lock).expect(204);
  const portal = () => cloud.agent().post('/api/v1/sign-in').send({ email, password });
  expect((await portal().expect(429)).body).toMatchObject({ code: 'locked_out', retryAfterSeconds: 900 });
  expect((await v2(cloud, 'account/login', login(email))).error_code).toBe(-20675);
  await lab.delete(lock).expect(204);
  expect((await portal().expect(200)).body.status).toBe('code_required');
  const plain = await register(cloud);
  expect((await lab.post(`/control/v1/accounts/${plain}/lock`).expect(409)).body.code).toBe('second_factor_off');
});

test('after a rotation new tokens are signed by the new key, and old ones hold until they run out', async () => {
  await using cloud = await startTestCloud({ control: true });
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await gateway.dial();
  const signInAtGateway = async () => {
    const { config, url, checks } = await authorization(cloud, gateway);
    return client.authorizationCodeGrant(config, await finish(owner, await begin(owner, url)), checks);
  };
  const kidOf = (token: string) => jose.decodeProtectedHeader(token).kid;
  const verify = async (token: string) => {
    const { body } = await request(cloud.url).get('/oidc/jwks').expect(200);
    const keys = jose.createLocalJWKSet(body);
    return jose.jwtVerify(token, keys, { currentDate: new Date(cloud.clock.now()), audience: gateway.id });
  };
  const before = await signInAtGateway();
  // Begun before, finished after: what is under way goes on.
  const half = await authorization(cloud, gateway);
  const interaction = await begin(owner, half.url);
  const { kid } = (await control(cloud).post('/control/v1/keys/rotate').expect(200)).body;
  await client.authorizationCodeGrant(half.config, await finish(owner, interaction), half.checks);
  const after = await signInAtGateway();
  expect(kidOf(after.id_token!)).toBe(kid);
  expect(kidOf(before.id_token!)).not.toBe(kid);
  await verify(before.id_token!);
  await verify(after.id_token!);
  const me = (token: string) => request(cloud.url).get('/oidc/me').set('Authorization', `Bearer ${token}`);
  await me(before.access_token).expect(200);
  await cloud.clock.advance('61m');
  await expect(verify(before.id_token!)).rejects.toThrow(/exp/);
  await me(before.access_token).expect(401);
  // The gateway's assertion as well: it verifies it by the published keys.
  const back = await signIn(cloud, (await owner.get('/api/v1/session')).body.account.email);
  const { body } = await back.post(`/api/v1/gateways/${gateway.id}/open`).expect(200);
  const { origin, pathname } = new URL(body.openUrl);
  await request(origin).post(pathname).send({ ticket: body.ticket }).expect(303);
});

test('a gateway learns by introspection of tokens that are its own, and of no others', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud, 'One');
  using other = await createFakeGateway(cloud, 'Two');
  await gateway.bind(owner);
  await other.bind(owner);
  const { config, url, checks } = await authorization(cloud, gateway);
  const { access_token: token } = await client.authorizationCodeGrant(
    config,
    await finish(owner, await begin(owner, url)),
    checks,
  );
  expect(await client.tokenIntrospection(config, token)).toMatchObject({ active: true, client_id: gateway.id });
  const foreign = (await authorization(cloud, other)).config;
  expect(await client.tokenIntrospection(foreign, token)).toEqual({ active: false });
  await owner.post('/api/v1/sign-out').expect(204);
  expect(await client.tokenIntrospection(config, token)).toEqual({ active: false });
});

test('the control API describes itself', async () => {
  await using cloud = await startTestCloud({ control: true });
  const { body } = await control(cloud).get('/control/v1/openapi.json').expect(200);
  expect(body.openapi).toBe('3.1.0');
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining(['/control/v1/faults', '/control/v1/keys/rotate', '/control/v1/accounts/{email}/lock']),
  );
  await request(cloud.control!.url).get('/control/v1/openapi.json').expect(401);
});
