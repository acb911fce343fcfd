import { exportSPKI, importJWK, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { authorization, begin, finish, pathOf } from './authorization.ts';
import { enrolled, password, register, signIn, startTestCloud } from './cloud.ts';
import { createFakeGateway } from './gateway.ts';

test('an authorization is for one VMS Local, one address and one verifier', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using one = await createFakeGateway(cloud);
  using two = await createFakeGateway(cloud);
  await one.bind(owner);
  await two.bind(owner);
  const redeem = async (by: typeof one, code: string, more: Record<string, string>) =>
    cloud
      .agent()
      .post('/oidc/token')
      .type('form')
      .send({
        grant_type: 'authorization_code',
        code,
        redirect_uri: one.redirectUri,
        client_id: by.id,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await by.assertion(),
        ...more,
      });
  const code = async () => {
    const { url, checks } = await authorization(cloud, one);
    const back = await finish(owner, await begin(owner, url));
    return { code: back.searchParams.get('code')!, code_verifier: checks.pkceCodeVerifier };
  };
  const stolen = await code();
  expect((await redeem(two, stolen.code, stolen)).body.error).toBe('invalid_grant');
  const other = await code();
  expect((await redeem(one, other.code, { code_verifier: 'x'.repeat(43) })).body.error).toBe('invalid_grant');
  const third = await code();
  const elsewhere = { code_verifier: third.code_verifier, redirect_uri: `${one.redirectUri}/` };
  expect((await redeem(one, third.code, elsewhere)).body.error).toBe('invalid_grant');
  const good = await code();
  const { status, body } = await redeem(one, good.code, good);
  expect(status).toBe(200);
  const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
  expect(claims).toMatchObject({ aud: one.id, acr: 'aal1', amr: ['pwd'] });

  const { url } = await authorization(cloud, one);
  for (const uri of [
    `${one.redirectUri}/`,
    `${one.redirectUri}?x=1`,
    `${one.redirectUri}/../evil`,
    one.redirectUri.replace('callback', 'CALLBACK'),
    one.redirectUri.replace('127.0.0.1', '127.0.0.1.evil.test'),
    one.redirectUri.replace('//', '//evil@'),
    one.redirectUri.replace('http:', 'https:'),
    'javascript:alert(1)',
  ]) {
    const changed = new URL(url);
    changed.searchParams.set('redirect_uri', uri);
    const { status: answered, headers } = await owner.get(pathOf(changed.href));
    expect([uri, answered, headers['location']]).toEqual([uri, 400, undefined]);
  }
});

test('prompt=none never signs anybody in, however live the session at the portal is', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const { url } = await authorization(cloud, gateway, { prompt: 'none' });
  const { headers } = await owner.get(pathOf(url.href)).expect(303);
  const back = new URL(headers['location']!);
  expect(back.href.startsWith(gateway.redirectUri)).toBe(true);
  expect([back.searchParams.get('error'), back.searchParams.has('code')]).toEqual(['login_required', false]);
});

test('no key but the bound one, and no other algorithm, signs for a VMS Local', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  using other = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await other.bind(owner);
  const now = Math.floor(cloud.clock.now() / 1000);
  const claims = { iss: gateway.id, sub: gateway.id, aud: cloud.issuer, iat: now, exp: now + 60 };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const publicKey = await importJWK(gateway.jwk, 'ES256');
  const asSecret = new TextEncoder().encode(await exportSPKI(publicKey as never));
  let n = 0;
  const jti = () => `forged-assertion-${++n}`;
  const forged: Record<string, () => Promise<string>> = {
    none: async () => `${part({ alg: 'none' })}.${part({ ...claims, jti: jti() })}.`,
    HS256: () => new SignJWT({ ...claims, jti: jti() }).setProtectedHeader({ alg: 'HS256' }).sign(asSecret),
    'a key in the header': () =>
      new SignJWT({ ...claims, jti: jti() })
        .setProtectedHeader({ alg: 'ES256', jwk: other.jwk })
        .sign(other.privateKey),
    'another VMS Local’s key': () =>
      new SignJWT({ ...claims, jti: jti() }).setProtectedHeader({ alg: 'ES256' }).sign(other.privateKey),
    'another audience': () => gateway.assertion({ aud: 'https://evil.test' }),
    'a day': () => gateway.assertion({ exp: now + 86_400 }),
    'no end': () => gateway.assertion({ exp: undefined as never }),
    'no id': () => gateway.assertion({ jti: undefined as never }),
  };
  for (const [name, make] of Object.entries(forged)) {
    const machine = await cloud
      .agent()
      .get('/api/v1/gateway/self')
      .set('Authorization', `Bearer ${await make()}`);
    const atIssuer = await cloud
      .agent()
      .post('/oidc/token/introspection')
      .type('form')
      .send({
        token: 'any',
        client_id: gateway.id,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await make(),
      });
    expect([name, machine.status]).toEqual([name, 401]);
    if (name !== 'a day') expect([name, atIssuer.status]).toEqual([name, 401]);
  }
});

test('nobody learns of a token by introspection without a key of their own', async () => {
  await using cloud = await startTestCloud();
  const { agent } = await enrolled(cloud);
  const form = (path: string, fields: object) => cloud.agent().post(`/oidc${path}`).type('form').send(fields);
  const { body: device } = await form('/device/auth', { client_id: 'vigil-terminal', scope: 'openid offline_access' });
  await agent.post('/api/v1/device/approve').send({ userCode: device.user_code }).expect(204);
  const { body: tokens } = await form('/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: device.device_code,
    client_id: 'vigil-terminal',
  });
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    const asTerminal = await form('/token/introspection', { token, client_id: 'vigil-terminal' });
    expect(asTerminal.body).toEqual({ active: false });
    await form('/token/introspection', { token }).expect(400);
    await form('/token/introspection', { token, client_id: 'nobody' }).expect(401);
  }
  // It still may give its own tokens up.
  await form('/token/revocation', { token: tokens.refresh_token, client_id: 'vigil-terminal' }).expect(200);
  const gone = await form('/token', {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
    client_id: 'vigil-terminal',
  });
  expect(gone.body.error).toBe('invalid_grant');
});

test('codes of the device grant are not guessed: few tries an account, ten minutes, and what is signed in is told', async () => {
  await using cloud = await startTestCloud({ limits: { userCodesPerCaller: 10 } });
  const guesser = await signIn(cloud, await register(cloud));
  const owner = await signIn(cloud, await register(cloud));
  const { body: device } = await cloud
    .agent()
    .post('/oidc/device/auth')
    .set('User-Agent', 'a-program/1.0')
    .type('form')
    .send({ client_id: 'vigil-terminal', scope: 'openid' });
  expect(device.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  const statuses = [];
  for (let n = 0; n < 12; n++) {
    const door = n % 2 ? guesser.post('/api/v1/device/approve') : guesser.post('/api/v1/device/deny');
    statuses.push((await door.send({ userCode: 'BBBB-BBBB' })).status);
  }
  expect(statuses).toEqual([...Array(10).fill(404), 429, 429]);
  const { body } = await owner.get(`/api/v1/device/${device.user_code}`).expect(200);
  expect(body).toMatchObject({ clientId: 'vigil-terminal', address: '127.0.0.1', userAgent: 'a-program/1.0' });
  await cloud.clock.advance('10m');
  await owner.post('/api/v1/device/approve').send({ userCode: device.user_code }).expect(404);
});

test('an approved program whose approver signed out, or changed the factor, before it asked gets nothing', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  const begun = async () =>
    (
      await cloud
        .agent()
        .post('/oidc/device/auth')
        .type('form')
        .send({ client_id: 'vigil-terminal', scope: 'openid offline_access' })
    ).body;
  const device = await begun();
  await who.agent.post('/api/v1/device/approve').send({ userCode: device.user_code }).expect(204);
  await who.agent.post('/api/v1/two-factor/disable').send({ password, code: who.code() }).expect(204);
  const { status } = await cloud.agent().post('/oidc/token').type('form').send({
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: device.device_code,
    client_id: 'vigil-terminal',
  });
  expect(status).toBe(400);
});
