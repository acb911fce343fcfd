import * as jose from 'jose';
import * as client from 'openid-client';
import request from 'supertest';
import { expect, test } from 'vitest';
import { authorization, begin, finish, pathOf } from './authorization.ts';
import { challenge, enrolled, password, register, signIn, startTestCloud, type TestCloud } from './cloud.ts';
import { createFakeGateway, type FakeGateway } from './gateway.ts';

test('a gateway signs somebody in by code and PKCE, and learns which factors were used', async () => {
  await using cloud = await startTestCloud();
  const { agent: owner, email, code } = await enrolled(cloud);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);

  const { config, url, checks } = await authorization(cloud, gateway);
  const browser = cloud.agent();
  const interaction = await begin(browser, url);
  await browser.post(`/api/v1/interactions/${interaction}/finish`).expect(401);
  expect((await browser.get(`/api/v1/interactions/${interaction}`).expect(200)).body).toEqual({
    clientId: gateway.id,
    clientName: 'Front office',
  });
  const first = await browser.post('/api/v1/sign-in').send({ email, password }).expect(200);
  await browser.post('/api/v1/sign-in/code').send({ challengeId: first.body.challengeId, code: code() }).expect(200);

  const tokens = await client.authorizationCodeGrant(config, await finish(browser, interaction), checks);
  const live = (await browser.get('/api/v1/session')).body;
  expect(tokens.claims()).toMatchObject({
    iss: cloud.issuer,
    aud: gateway.id,
    sub: live.account.id,
    email,
    name: 'Somebody',
    amr: ['pwd', 'otp'],
    acr: 'aal2',
    second_factor_enabled: true,
    sid: live.session.id,
    auth_time: Math.floor(Date.parse(live.session.authenticatedAt) / 1000),
  });
  expect(jose.decodeProtectedHeader(tokens.id_token!).alg).toBe('ES256');
});

test('single sign-on comes from the portal’s session alone: signed out there, the next authorization asks again', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const one = await authorization(cloud, gateway);
  await client.authorizationCodeGrant(one.config, await finish(owner, await begin(owner, one.url)), one.checks);
  const two = await authorization(cloud, gateway);
  const tokens = await client.authorizationCodeGrant(
    two.config,
    await finish(owner, await begin(owner, two.url)),
    two.checks,
  );
  expect(tokens.claims()).toMatchObject({ amr: ['pwd'], acr: 'aal1', second_factor_enabled: false });
  await owner.post('/api/v1/sign-out').expect(204);
  const three = await authorization(cloud, gateway);
  await owner.post(`/api/v1/interactions/${await begin(owner, three.url)}/finish`).expect(401);
});

test('another browser cannot answer an authorization that this one began', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const owner = await signIn(cloud, email);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const { url } = await authorization(cloud, gateway);
  const interaction = await begin(cloud.agent(), url);
  const refused = await owner.post(`/api/v1/interactions/${interaction}/finish`).expect(410);
  expect(refused.body.code).toBe('interaction_expired');
});

test('prompt=login and max_age want a sign-in that is newer', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const owner = await signIn(cloud, email);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await cloud.clock.advance('10m');
  for (const more of [{ prompt: 'login' }, { max_age: '300' }] as Record<string, string>[]) {
    const { config, url, checks } = await authorization(cloud, gateway, more);
    const interaction = await begin(owner, url);
    const refused = await owner.post(`/api/v1/interactions/${interaction}/finish`).expect(401);
    expect(refused.body.code).toBe('reauthentication_required');
    await owner.post('/api/v1/sign-in').send({ email, password }).expect(200);
    await client.authorizationCodeGrant(config, await finish(owner, interaction), checks);
    await cloud.clock.advance('10m');
  }
});

test('somebody without access to the gateway is sent back with a refusal', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const stranger = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const { config, url, checks } = await authorization(cloud, gateway);
  const back = await finish(stranger, await begin(stranger, url));
  await expect(client.authorizationCodeGrant(config, back, checks)).rejects.toMatchObject({ error: 'access_denied' });
});

test('no implicit or hybrid response, no plain or missing PKCE, no password grant, no foreign redirect', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const { url } = await authorization(cloud, gateway);
  const errorOf = async (change: (query: URLSearchParams) => void) => {
    const changed = new URL(url);
    change(changed.searchParams);
    const { status, headers, text } = await owner.get(pathOf(changed.href));
    if (status !== 303) return `${status} ${text}`;
    const location = new URL(headers['location']!);
    return `${location.search}${location.hash}`;
  };
  for (const type of ['id_token', 'token', 'code id_token']) {
    expect(await errorOf((q) => q.set('response_type', type))).toMatch(
      /error=(unsupported_response_type|invalid_request)/,
    );
  }
  expect(await errorOf((q) => q.set('code_challenge_method', 'plain'))).toContain('invalid_request');
  expect(
    await errorOf((q) => {
      q.delete('code_challenge');
      q.delete('code_challenge_method');
    }),
  ).toContain('invalid_request');
  expect(await errorOf((q) => q.set('redirect_uri', 'https://evil.test/'))).toMatch(/^400/);
  expect(await errorOf((q) => q.set('response_mode', 'form_post'))).not.toMatch(/interaction=/);
  expect(await errorOf(() => undefined)).toMatch(/interaction=/);
  const grant = await request(cloud.url)
    .post('/oidc/token')
    .type('form')
    .send({ grant_type: 'password', username: 'a', password: 'b', client_id: 'vigil-terminal' });
  expect(grant.body.error).toBe('unsupported_grant_type');
  const found = (await request(cloud.url).get('/oidc/.well-known/openid-configuration').expect(200)).body;
  expect(found).toMatchObject({
    issuer: cloud.issuer,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    id_token_signing_alg_values_supported: ['ES256'],
  });
  expect(found.grant_types_supported).not.toContain('implicit');
});

test('the issuer announces what it really does, at each address where clients look', async () => {
  await using cloud = await startTestCloud();
  const { body } = await cloud.agent().get('/oidc/.well-known/openid-configuration').expect(200);
  expect(body).toMatchObject({
    issuer: cloud.issuer,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    code_challenge_methods_supported: ['S256'],
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  });
  // RFC 8414 §3.1 puts the name between host and path.
  for (const name of ['openid-configuration', 'oauth-authorization-server'])
    expect((await cloud.agent().get(`/.well-known/${name}/oidc`).expect(200)).body).toEqual(body);
});

test('links of the issuer follow from its own address, not from Host or forwarded headers', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const { url } = await authorization(cloud, gateway);
  const evil = { Host: 'evil.test', 'X-Forwarded-Host': 'evil.test', 'X-Forwarded-Proto': 'https' };
  const sent = await request(cloud.url).get(pathOf(url.href)).set(evil).expect(303);
  expect(sent.headers['location']).toMatch(new RegExp(`^${cloud.url}/sign-in`));
  const { body } = await request(cloud.url).get('/oidc/.well-known/openid-configuration').set(evil).expect(200);
  expect(JSON.stringify(body)).not.toContain('evil');
});

test('endpoints of the library that the doors table does not name are not there', async () => {
  await using cloud = await startTestCloud();
  for (const path of ['/device', '/device/abc', '/session/end', '/reg', '/request', '/backchannel', '/challenge']) {
    await request(cloud.url).get(`/oidc${path}`).expect(404);
    await request(cloud.url).post(`/oidc${path}`).type('form').send({}).expect(404);
  }
});

test('of many exchanges of one authorization code one succeeds, and its reuse later ends the tokens', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const { config, url, checks } = await authorization(cloud, gateway);
  const back = await finish(owner, await begin(owner, url));
  const tries = await Promise.allSettled(
    Array.from({ length: 64 }, () => client.authorizationCodeGrant(config, back, checks)),
  );
  const won = tries.filter((one) => one.status === 'fulfilled');
  expect(won).toHaveLength(1);
  const { access_token: token } = won[0]!.value;
  const me = () => request(cloud.url).get('/oidc/me').set('Authorization', `Bearer ${token}`);
  await me().expect(200);
  await cloud.clock.advance('10s');
  await expect(client.authorizationCodeGrant(config, back, checks)).rejects.toMatchObject({ error: 'invalid_grant' });
  await me().expect(401);
});

test('one client assertion sent many times at once signs the gateway in once', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const assertion = await gateway.assertion();
  const answers = await Promise.all(
    Array.from({ length: 16 }, () =>
      request(cloud.url).post('/oidc/token/introspection').type('form').send({
        token: 'nothing',
        client_id: gateway.id,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ body }) => body.error === 'invalid_client')).toHaveLength(15);
});

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

async function terminal(cloud: TestCloud) {
  const config = await client.discovery(
    new URL(cloud.issuer),
    'vigil-terminal',
    { [client.clockSkew]: Math.round((cloud.clock.now() - Date.now()) / 1000) },
    client.None(),
    {
      execute: [client.allowInsecureRequests],
    },
  );
  const device = await client.initiateDeviceAuthorization(config, { scope: 'openid email offline_access' });
  const redeem = () =>
    request(cloud.url)
      .post('/oidc/token')
      .type('form')
      .send({ grant_type: deviceGrant, device_code: device.device_code, client_id: 'vigil-terminal' });
  const refresh = (token: string) =>
    request(cloud.url)
      .post('/oidc/token')
      .type('form')
      .send({ grant_type: 'refresh_token', refresh_token: token, client_id: 'vigil-terminal' });
  return { config, device, redeem, refresh };
}

test('a terminal is signed in by the device grant, with the factors of whoever approved it', async () => {
  await using cloud = await startTestCloud();
  const { agent: owner, email } = await enrolled(cloud);
  const { config, device, redeem } = await terminal(cloud);
  expect(device.verification_uri).toBe(`${cloud.url}/device`);
  expect(device.verification_uri_complete).toBe(`${cloud.url}/device?code=${device.user_code}`);
  expect((await redeem()).body.error).toBe('authorization_pending');

  const shown = await owner.get(`/api/v1/device/${device.user_code.toLowerCase()}`).expect(200);
  expect(shown.body).toMatchObject({ clientId: 'vigil-terminal', scopes: ['openid', 'email', 'offline_access'] });
  await cloud.agent().post('/api/v1/device/approve').send({ userCode: device.user_code }).expect(401);
  await owner.post('/api/v1/device/approve').send({ userCode: device.user_code }).expect(204);
  await owner.post('/api/v1/device/approve').send({ userCode: device.user_code }).expect(404);

  const tokens = await client.pollDeviceAuthorizationGrant(config, device);
  expect(tokens.claims()).toMatchObject({ email, amr: ['pwd', 'otp'], acr: 'aal2', second_factor_enabled: true });
  const bearer = { Authorization: `Bearer ${tokens.access_token}` };
  const { body } = await cloud.agent().get('/api/v1/session').set(bearer).expect(200);
  expect(body.session.amr).toEqual(['pwd', 'otp']);
  const list = (await owner.get('/api/v1/sessions')).body.sessions as { id: string; kind: string }[];
  const own = list.find(({ kind }) => kind === 'terminal')!;
  await owner.delete(`/api/v1/sessions/${own.id}`).expect(204);
  await cloud.agent().get('/api/v1/session').set(bearer).expect(401);
});

test('a refused terminal is told so, and one device code approved by many at once is approved once', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const one = await terminal(cloud);
  await owner.post('/api/v1/device/deny').send({ userCode: one.device.user_code }).expect(204);
  expect((await one.redeem()).body.error).toBe('access_denied');
  const two = await terminal(cloud);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => owner.post('/api/v1/device/approve').send({ userCode: two.device.user_code })),
  );
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  const sessions = (await owner.get('/api/v1/sessions')).body.sessions as { kind: string }[];
  expect(sessions.filter(({ kind }) => kind === 'terminal')).toHaveLength(1);
  const redeemed = await Promise.all(Array.from({ length: 16 }, two.redeem));
  expect(redeemed.filter(({ status }) => status === 200)).toHaveLength(1);
});

test('polling too fast is answered slow_down from the second time on, and no more once it slows down', async () => {
  await using cloud = await startTestCloud();
  const { redeem } = await terminal(cloud);
  const errors = (await Promise.all(Array.from({ length: 4 }, redeem))).map(({ body }) => body.error);
  expect(new Set(errors)).toEqual(new Set(['authorization_pending', 'slow_down']));
  const next = async () => (await redeem()).body.error;
  await expect.poll(next, { interval: 700, timeout: 10_000 }).toBe('authorization_pending');
});

test('of many refreshes with one refresh token one succeeds; the spent token later ends the family', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { device, redeem, refresh } = await terminal(cloud);
  await owner.post('/api/v1/device/approve').send({ userCode: device.user_code }).expect(204);
  const first = (await redeem().expect(200)).body;
  const answers = await Promise.all(Array.from({ length: 64 }, () => refresh(first.refresh_token)));
  const won = answers.filter(({ status }) => status === 200);
  expect(won).toHaveLength(1);
  expect(answers.filter(({ body }) => body.error === 'invalid_grant')).toHaveLength(63);
  const second = won[0]!.body;
  await cloud.agent().get('/api/v1/session').set('Authorization', `Bearer ${second.access_token}`).expect(200);

  await cloud.clock.advance('10s');
  expect((await refresh(first.refresh_token)).body.error).toBe('invalid_grant');
  expect((await refresh(second.refresh_token)).body.error).toBe('invalid_grant');
  await cloud.agent().get('/api/v1/session').set('Authorization', `Bearer ${second.access_token}`).expect(401);
});

test('however often it is refreshed, a terminal is signed out thirty days after its sign-in', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { device, redeem, refresh } = await terminal(cloud);
  await owner.post('/api/v1/device/approve').send({ userCode: device.user_code }).expect(204);
  let { refresh_token: token, access_token: access } = (await redeem().expect(200)).body;
  for (let tenDays = 1; tenDays <= 2; tenDays++) {
    await cloud.clock.advance('10d');
    ({ refresh_token: token, access_token: access } = (await refresh(token).expect(200)).body);
    // What it got is good for something: refreshing is using.
    await cloud.agent().get('/api/v1/session').set('Authorization', `Bearer ${access}`).expect(200);
  }
  await cloud.clock.advance('10d');
  expect((await refresh(token)).body.error).toBe('invalid_grant');
});

test('a terminal that only refreshes is in use: its session does not end as idle', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { device, redeem, refresh } = await terminal(cloud);
  await owner.post('/api/v1/device/approve').send({ userCode: device.user_code }).expect(204);
  let token = (await redeem().expect(200)).body.refresh_token;
  let access = '';
  for (let n = 0; n < 2; n++) {
    await cloud.clock.advance('10d');
    ({ refresh_token: token, access_token: access } = (await refresh(token).expect(200)).body);
  }
  await cloud.agent().get('/api/v1/session').set('Authorization', `Bearer ${access}`).expect(200);
});

test('the owner ends a terminal in the list of sessions, and a terminal itself by revoking its token', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const signedIn = async () => {
    const { device, redeem, refresh } = await terminal(cloud);
    await owner.post('/api/v1/device/approve').send({ userCode: device.user_code }).expect(204);
    return { tokens: (await redeem().expect(200)).body, refresh };
  };
  const one = await signedIn();
  const { sessions } = (await owner.get('/api/v1/sessions')).body;
  const { id } = sessions.find(({ kind }: { kind: string }) => kind === 'terminal');
  await owner.delete(`/api/v1/sessions/${id}`).expect(204);
  expect((await one.refresh(one.tokens.refresh_token)).body.error).toBe('invalid_grant');
  await cloud.agent().get('/api/v1/session').set('Authorization', `Bearer ${one.tokens.access_token}`).expect(401);

  const two = await signedIn();
  const revoke = { token: two.tokens.refresh_token, client_id: 'vigil-terminal' };
  await request(cloud.url).post('/oidc/token/revocation').type('form').send(revoke).expect(200);
  expect((await two.refresh(two.tokens.refresh_token)).body.error).toBe('invalid_grant');
  await cloud.agent().get('/api/v1/session').set('Authorization', `Bearer ${two.tokens.access_token}`).expect(401);
});

test('turning two-factor authentication on ends refresh families and access tokens', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const owner = await signIn(cloud, email);
  const { device, redeem, refresh } = await terminal(cloud);
  await owner.post('/api/v1/device/approve').send({ userCode: device.user_code }).expect(204);
  const tokens = (await redeem().expect(200)).body;
  await enrolled(cloud, email, owner);
  await cloud.agent().get('/api/v1/session').set('Authorization', `Bearer ${tokens.access_token}`).expect(401);
  expect((await refresh(tokens.refresh_token)).body.error).toBe('invalid_grant');
});

test('an access token of a gateway opens nothing of the portal’s API', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const { config, url, checks } = await authorization(cloud, gateway);
  const tokens = await client.authorizationCodeGrant(config, await finish(owner, await begin(owner, url)), checks);
  await cloud.agent().get('/api/v1/session').set('Authorization', `Bearer ${tokens.access_token}`).expect(401);
  await owner.delete(`/api/v1/gateways/${gateway.id}`).expect(204);
  await request(cloud.url).get('/oidc/me').set('Authorization', `Bearer ${tokens.access_token}`).expect(401);
});

test('an elevation is bought by a fresh code, for one gateway, and spent once within two minutes', async () => {
  await using cloud = await startTestCloud();
  const { agent: owner, code } = await enrolled(cloud);
  using gateway = await createFakeGateway(cloud);
  using other = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await other.bind(owner);
  const buy = (given: object) => owner.post('/api/v1/elevations').send({ gatewayId: gateway.id, ...given });
  const redeem = async (by: FakeGateway, elevation: string) =>
    cloud
      .agent()
      .post('/api/v1/gateway/elevations/redeem')
      .set('Authorization', `Bearer ${await by.assertion()}`)
      .send({ elevation });

  expect((await buy({ password }).expect(401)).body.code).toBe('wrong_code');
  const used = code();
  const { body } = await buy({ code: used }).expect(201);
  expect((await buy({ code: used }).expect(401)).body.code).toBe('wrong_code');
  expect((await redeem(other, body.elevation)).status).toBe(401);
  const tries = await Promise.all(Array.from({ length: 64 }, () => redeem(gateway, body.elevation)));
  const won = tries.filter(({ status }) => status === 200);
  expect(won).toHaveLength(1);
  expect(won[0]!.body).toMatchObject({ amr: ['pwd', 'otp'], scope: 'device:pair', elevationId: expect.any(String) });

  await cloud.clock.advance('30s');
  const late = (await buy({ code: code() }).expect(201)).body.elevation;
  await cloud.clock.advance('121s');
  expect((await redeem(gateway, late)).body.code).toBe('elevation_invalid');
});

test('an elevation dies with the session it was bought in', async () => {
  await using cloud = await startTestCloud();
  const { agent: owner, code } = await enrolled(cloud);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const { body } = await owner.post('/api/v1/elevations').send({ gatewayId: gateway.id, code: code() }).expect(201);
  await owner.post('/api/v1/sign-out').expect(204);
  const answer = await cloud
    .agent()
    .post('/api/v1/gateway/elevations/redeem')
    .set('Authorization', `Bearer ${await gateway.assertion()}`)
    .send({ elevation: body.elevation });
  expect(answer.status).toBe(401);
});

test('the code that signs a program in may buy the elevation as well, a recovery code may not', async () => {
  await using cloud = await startTestCloud();
  const { agent: owner, email, code, recoveryCodes } = await enrolled(cloud);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const answer = async (given: object) => {
    const { challengeId } = await challenge(cloud, email);
    return cloud
      .agent()
      .post('/api/v1/sign-in/code')
      .send({ challengeId, elevateFor: gateway.id, ...given })
      .expect(200);
  };
  expect((await answer({ code: code() })).body.elevation).toMatch(/^[\w-]{43}$/);
  expect((await answer({ recoveryCode: recoveryCodes[0] })).body.elevation).toBeUndefined();
});

test('an account without two-factor authentication adds devices only where the gateway allows a password', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const buy = (given: object) => owner.post('/api/v1/elevations').send({ gatewayId: gateway.id, ...given });
  expect((await buy({ code: '123456' }).expect(403)).body.code).toBe('second_factor_enrolment_required');
  expect((await buy({ password }).expect(403)).body.code).toBe('second_factor_enrolment_required');
  await cloud
    .agent()
    .patch('/api/v1/gateway/self')
    .set('Authorization', `Bearer ${await gateway.assertion()}`)
    .send({ policy: { passwordPairing: true } })
    .expect(204);
  expect((await buy({ password: 'wrong' }).expect(401)).body.code).toBe('wrong_credentials');
  await buy({ password }).expect(201);
});

test('wrong codes for an elevation count like those at sign-in; a locked account buys none, and trying costs no more', async () => {
  await using cloud = await startTestCloud();
  const { agent: owner, code, email } = await enrolled(cloud);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const buy = (given: unknown) => owner.post('/api/v1/elevations').send({ gatewayId: gateway.id, code: given });
  for (let n = 0; n < 10; n++) expect((await buy('no code').expect(401)).body.code).toBe('wrong_code');
  for (let n = 0; n < 12; n++) expect((await buy('no code').expect(429)).body.code).toBe('locked_out');
  await buy(code()).expect(429);
  await cloud.agent().post('/api/v1/sign-in').send({ email, password }).expect(429);
  // Had the twelve counted, the second lock of 30 minutes would have come.
  await cloud.clock.advance('15m');
  await buy(code()).expect(201);
});

test('tokens carry the cloud’s time: a lab that moves its clock sees them issued, and run out, by it', async () => {
  await using cloud = await startTestCloud();
  await cloud.clock.advance('400d');
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const seconds = Math.floor(cloud.clock.now() / 1000);
  const { config, url, checks } = await authorization(cloud, gateway);
  const tokens = await client.authorizationCodeGrant(config, await finish(owner, await begin(owner, url)), checks);
  expect(tokens.claims()).toMatchObject({ iat: seconds, exp: seconds + 3600, auth_time: seconds });
  const me = () => request(cloud.url).get('/oidc/me').set('Authorization', `Bearer ${tokens.access_token}`);
  await me().expect(200);
  await cloud.clock.advance('61m');
  await me().expect(401);
  // The rest of the process keeps the machine's time.
  expect(Math.abs(Date.now() - performance.timeOrigin - performance.now())).toBeLessThan(60_000);
});

test('a rotated refresh token is not forgotten by a restart: the new one holds, the spent one ends the family', async () => {
  const first = await startTestCloud({ keep: true });
  const port = Number(new URL(first.url).port);
  const owner = await signIn(first, await register(first));
  const { device, redeem, refresh } = await terminal(first);
  await owner.post('/api/v1/device/approve').send({ userCode: device.user_code }).expect(204);
  const spent = (await redeem().expect(200)).body.refresh_token;
  const present = (await refresh(spent).expect(200)).body.refresh_token;
  await first[Symbol.asyncDispose]();
  await first.clock.advance('10s');
  await using second = await startTestCloud({ dataDir: first.dataDir, clock: first.clock, port });
  const next = (await refresh(present).expect(200)).body.refresh_token;
  expect((await refresh(spent)).body.error).toBe('invalid_grant');
  expect((await refresh(next)).body.error).toBe('invalid_grant');
  expect(second.url).toBe(first.url);
});
