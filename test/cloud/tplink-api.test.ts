import { expect, test } from 'vitest';
import { enrolled, password, register, signIn, startTestCloud, type TestCloud } from './cloud.ts';
import { createFakeGateway } from './gateway.ts';

const v2 = async (cloud: TestCloud, path: string, body: object, token?: string) => {
  const answer = await cloud
    .agent()
    .post(`/api/v2/${path}`)
    .query({ appName: 'VIGI_Android', termID: 'x', ...(token ? { token } : {}) })
    .set('X-Authorization', 'Timestamp=9999999999, Nonce=n, AccessKey=any, Signature=any')
    .send(body)
    .expect(200);
  return answer.body;
};
const v1 = async (cloud: TestCloud, method: string, params: object, token?: string) =>
  (
    await cloud
      .agent()
      .post('/')
      .query(token ? { token } : {})
      .send({ method, params })
      .expect(200)
  ).body;

const login = (email: string, more: object = {}) => ({
  appType: 'VIGI_Android',
  cloudUserName: email,
  cloudPassword: password,
  terminalUUID: '0f3c2d9a-terminal-of-the-test',
  ...more,
});

test('v2: an account without MFA signs in, lists its VMS Locals and signs out', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  using gateway = await createFakeGateway(cloud, 'Warehouse');
  await gateway.bind(await signIn(cloud, email));
  const { error_code, result } = await v2(cloud, 'account/login', login(email, { refreshTokenNeeded: true }));
  expect(error_code).toBe(0);
  expect(result).toMatchObject({
    email,
    nickname: 'Somebody',
    regionCode: 'use1',
    appServerUrl: cloud.url,
    riskDetected: 0,
  });
  expect(result.accountId).toMatch(/^\d{10}$/);
  expect(result.refreshToken).toMatch(/^[\w-]{43}$/);
  const list = await v2(cloud, 'common/getDeviceList', {}, result.token);
  expect(list.result.deviceList).toMatchObject([
    { deviceId: gateway.id, alias: 'Warehouse', status: 0, isSameRegion: true },
  ]);
  const status = await v2(cloud, 'account/getMFAFeatureStatus', {}, result.token);
  expect(status.result).toMatchObject({ MFAFeatureEnabled: false, email, terminalBound: false });
  expect((await v2(cloud, 'account/logout', {}, result.token)).error_code).toBe(0);
  expect((await v2(cloud, 'common/getDeviceList', {}, result.token)).error_code).toBe(-20651);
  expect((await v2(cloud, 'account/refreshToken', { refreshToken: result.refreshToken })).error_code).toBe(-20655);
});

test('v2: with MFA the login answers -20677 with a process id in either form, and the code completes it', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const top = await v2(cloud, 'account/login', login(email));
  expect(top).toMatchObject({
    error_code: -20677,
    result: { errorCode: '-20677', supportedMFATypes: [3], MFAProcessId: expect.any(String) },
  });
  cloud.verbs.setMfaForm('nested');
  const nested = await v2(cloud, 'account/login', login(email));
  expect(nested).toMatchObject({ error_code: 0, result: { errorCode: '-20677', supportedMFATypes: [3] } });
  expect(nested.result.token).toBeUndefined();

  const answer = (more: object) =>
    v2(cloud, 'account/checkMFACodeAndLogin', {
      appType: 'VIGI_Android',
      cloudUserName: email,
      MFAProcessId: nested.result.MFAProcessId,
      MFAType: 3,
      ...more,
    });
  expect((await answer({ code: '000000x' })).error_code).toBe(-20607);
  expect((await answer({ code: code(), MFAType: 2 })).error_code).toBe(-20607);
  const passed = await answer({ code: code() });
  expect(passed).toMatchObject({ error_code: 0, result: { email, token: expect.any(String) } });
  const used = { Authorization: `Bearer ${passed.result.token}` };
  const { body } = await cloud.agent().get('/api/v1/session').set(used).expect(200);
  expect(body.session.amr).toEqual(['pwd', 'otp']);
});

test('v2: a trusted terminal is not asked again, but what it signs in with counts as no code', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  const { email } = who;
  const first = await v2(cloud, 'account/login', login(email));
  await v2(cloud, 'account/checkMFACodeAndLogin', {
    ...login(email),
    code: who.code(),
    MFAProcessId: first.result.MFAProcessId,
    MFAType: 3,
    terminalBindEnabled: true,
    terminalName: 'Pixel',
  });
  const again = await v2(cloud, 'account/login', login(email));
  expect(again.error_code).toBe(0);
  const { body } = await cloud.agent().get('/api/v1/session').set('Authorization', `Bearer ${again.result.token}`);
  expect(body.session).toMatchObject({ amr: ['pwd', 'trusted'], acr: 'aal1' });
  expect(
    (await v2(cloud, 'account/login', login(email, { terminalUUID: 'another-terminal-than-that' }))).error_code,
  ).toBe(-20677);

  const { terminals } = (await who.agent.get('/api/v1/terminals')).body;
  expect(terminals).toMatchObject([{ name: 'Pixel' }]);
  await who.agent.delete(`/api/v1/terminals/${terminals[0].id}`).expect(204);
  expect((await v2(cloud, 'account/login', login(email))).error_code).toBe(-20677);
});

test('a terminal whose id is short enough to guess is not trusted', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const short = login(email, { terminalUUID: 'phone' });
  await v2(cloud, 'account/checkMFACodeAndLogin', { ...short, code: code(), terminalBindEnabled: true });
  expect((await v2(cloud, 'account/login', short)).error_code).toBe(-20677);
});

test('turning two-factor authentication off and on forgets trusted terminals and ends app sessions', async () => {
  await using cloud = await startTestCloud();
  const { email, code, agent } = await enrolled(cloud);
  const trusted = await v2(cloud, 'account/checkMFACodeAndLogin', {
    ...login(email),
    code: code(),
    terminalBindEnabled: true,
  });
  await cloud.clock.advance('30s');
  await agent.post('/api/v1/two-factor/disable').send({ password, code: code() }).expect(204);
  expect((await v2(cloud, 'common/getDeviceList', {}, trusted.result.token)).error_code).toBe(-20651);
  expect(
    (
      await v2(cloud, 'account/refreshToken', {
        refreshToken: trusted.result.refreshToken,
        terminalUUID: login(email).terminalUUID,
      })
    ).error_code,
  ).toBe(-20655);
  await enrolled(cloud, email, agent);
  expect((await v2(cloud, 'account/login', login(email))).error_code).toBe(-20677);
});

test('v2: refusals have TP-Link’s codes, and an unknown name reads like a wrong password', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  const wrong = await v2(cloud, 'account/login', login(who.email, { cloudPassword: 'nope nope' }));
  const unknown = await v2(cloud, 'account/login', login('nobody@example.test'));
  expect(wrong.error_code).toBe(-20601);
  expect(unknown).toEqual(wrong);
  expect((await v2(cloud, 'account/login', { cloudUserName: 1 })).error_code).toBe(-20104);
  expect((await v2(cloud, 'account/checkMFACodeAndLogin', { cloudUserName: who.email, code: '1' })).error_code).toBe(
    -20104,
  );
  expect((await v2(cloud, 'common/passthrough', { deviceId: 'x', requestData: '{}' }, 'nothing')).error_code).toBe(
    -20651,
  );
  expect((await v2(cloud, 'account/getEmailVC4TerminalMFA', {})).error_code).toBe(-10000);
  const status = async (name: string) => v2(cloud, 'account/getAccountStatusAndUrl', { cloudUserName: name });
  expect(await status('nobody@example.test')).toEqual(await status(who.email));

  for (let n = 0; n < 2; n++) {
    const { result } = await v2(cloud, 'account/login', login(who.email));
    for (let m = 0; m < 5; m++) {
      const answer = { cloudUserName: who.email, code: 'wrong', MFAProcessId: result.MFAProcessId, MFAType: 3 };
      await v2(cloud, 'account/checkMFACodeAndLogin', answer);
    }
  }
  expect((await v2(cloud, 'account/login', login(who.email))).error_code).toBe(-20675);
  expect((await v1(cloud, 'login', login(who.email))).error_code).toBe(-20661);
  // The same budget on every door.
  await cloud.agent().post('/api/v1/sign-in').send({ email: who.email, password }).expect(429);
});

test('an account of another region is sent to an address where it signs in, and gets no session here', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  await cloud.verbs.setRegion(email, 'euw1');
  const answer = await v2(cloud, 'account/login', login(email));
  expect(answer).toMatchObject({ error_code: -20212, result: { appServerUrl: `${cloud.url}/regions/euw1` } });
  expect((await v1(cloud, 'login', login(email))).error_code).toBe(-20212);
  expect(await cloud.verbs.sessions(email)).toEqual([]);
  // Which region it is, is not told to whoever has no password.
  expect((await v2(cloud, 'account/login', login(email, { cloudPassword: 'nope nope' }))).error_code).toBe(-20601);

  // As public clients follow it: the address, and the path behind it.
  const there = async (path: string, body: object) => {
    const response = await fetch(`${answer.result.appServerUrl}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return (await response.json()) as { error_code: number; result: Record<string, string> };
  };
  const arrived = await there('/api/v2/account/login', login(email));
  expect(arrived).toMatchObject({
    error_code: 0,
    result: { regionCode: 'euw1', appServerUrl: answer.result.appServerUrl, token: expect.any(String) },
  });
  expect((await there('/', { method: 'login', params: login(email) })).error_code).toBe(0);
  const list = `/api/v2/common/getDeviceList?token=${arrived.result['token']}`;
  expect(await there(list, {})).toMatchObject({ error_code: 0, result: { deviceList: [] } });
  // And who belongs here is sent back.
  const local = await register(cloud);
  expect(await there('/api/v2/account/login', login(local))).toMatchObject({
    error_code: -20212,
    result: { appServerUrl: cloud.url },
  });
});

test('the terminal named at the login is the one that is trusted, and that may refresh: with the code comes none', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const asked = await v2(cloud, 'account/login', login(email, { terminalName: 'Pixel', refreshTokenNeeded: true }));
  // Letter by letter what public clients send.
  const passed = await v2(cloud, 'account/checkMFACodeAndLogin', {
    appType: 'VIGI_Android',
    cloudUserName: email,
    code: code(),
    MFAProcessId: asked.result.MFAProcessId,
    MFAType: 3,
    terminalBindEnabled: true,
  });
  expect(passed.error_code).toBe(0);
  const { terminalUUID } = login(email);
  const refreshed = await v2(cloud, 'account/refreshToken', {
    appType: 'VIGI_Android',
    refreshToken: passed.result.refreshToken,
    terminalUUID,
  });
  expect(refreshed.error_code).toBe(0);
  const status = await v2(cloud, 'account/getMFAFeatureStatus', { terminalUUID }, refreshed.result.token);
  expect(status.result).toMatchObject({ MFAFeatureEnabled: true, terminalBound: true });
  expect((await v2(cloud, 'account/login', login(email))).error_code).toBe(0);
});

test('an MFA process is good for the account it was begun for', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const other = await register(cloud);
  const { result } = await v2(cloud, 'account/login', login(email));
  const answer = (cloudUserName: string) =>
    v2(cloud, 'account/checkMFACodeAndLogin', { cloudUserName, code: code(), MFAProcessId: result.MFAProcessId });
  expect((await answer(other)).error_code).toBe(-20607);
  expect((await answer(email.toUpperCase())).error_code).toBe(0);
});

test('what cannot be read and what does not exist is answered in TP-Link’s form, and says what is wrong', async () => {
  await using cloud = await startTestCloud();
  const send = async (path: string, body: string) =>
    (await cloud.agent().post(path).set('Content-Type', 'application/json').send(body).expect(200)).body;
  for (const path of ['/', '/api/v2/account/login', '/regions/euw1/api/v2/account/login'])
    expect(await send(path, '{"cloudUserName":')).toEqual({ error_code: -10000, msg: 'The body is not valid JSON.' });
  for (const path of ['/api/v2/account/nothing', '/api/v2/nothing', '/regions/..%2f/api/v2/account/login'])
    expect(await send(path, '{}')).toEqual({ error_code: -10000, msg: 'Unknown method' });
  const email = await register(cloud);
  expect((await v2(cloud, 'account/login', login(email, { terminalUUID: null, appType: null }))).error_code).toBe(0);
});

test('the device list comes in pages, too', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const owner = await signIn(cloud, email);
  for (const name of ['One', 'Two', 'Three']) {
    using gateway = await createFakeGateway(cloud, name);
    await gateway.bind(owner);
  }
  const { token } = (await v2(cloud, 'account/login', login(email))).result;
  const all = (await v2(cloud, 'common/getDeviceList', {}, token)).result.deviceList;
  const page = (body: object) => v2(cloud, 'common/getDeviceListByPage', body, token);
  expect((await page({})).result).toEqual({ deviceList: all, totalNum: 3, index: 0 });
  expect((await page({ index: 0, limit: 2 })).result.deviceList).toEqual(all.slice(0, 2));
  expect((await page({ index: 2, limit: 2 })).result).toEqual({ deviceList: all.slice(2), totalNum: 3, index: 2 });
  expect((await page({ index: 9, limit: 2 })).result.deviceList).toEqual([]);
  expect((await page({ index: -1 })).error_code).toBe(-20104);
  expect((await page({ limit: 'all' })).error_code).toBe(-20104);
});

test('v1: login, MFA, device list and unknown methods', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const plain = await v1(cloud, 'login', login(email));
  expect(plain).toMatchObject({
    error_code: 0,
    result: { email, token: expect.any(String), accountId: expect.any(String) },
  });
  expect((await v1(cloud, 'getDeviceList', {}, plain.result.token)).result.deviceList).toEqual([]);
  const withCode = await enrolled(cloud);
  const asked = await v1(cloud, 'login', login(withCode.email));
  expect(asked.error_code).toBe(-20677);
  const passed = await v1(cloud, 'checkMFACodeAndLogin', {
    cloudUserName: withCode.email,
    code: withCode.code(),
    MFAProcessId: asked.result.MFAProcessId,
    MFAType: 3,
  });
  expect(passed.error_code).toBe(0);
  for (const body of [
    '',
    'rubbish',
    '[]',
    'null',
    '{"method":"toString"}',
    '{"method":"login","params":[]}',
    '{"method":7}',
  ]) {
    const answer = await cloud.agent().post('/').set('Content-Type', 'text/plain').send(body).expect(200);
    expect(answer.body.error_code).toBeLessThan(0);
  }
});

test('passthrough reaches no device of another account and none that is away', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const other = await register(cloud);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(await signIn(cloud, email));
  const own = (await v2(cloud, 'account/login', login(email))).result.token;
  const foreign = (await v2(cloud, 'account/login', login(other))).result.token;
  const pass = (token: string, deviceId: string) =>
    v2(cloud, 'common/passthrough', { deviceId, requestData: '{"method":"get"}' }, token);
  expect((await pass(foreign, `${gateway.id}.cam1`)).error_code).toBe(-20506);
  expect((await pass(own, `${gateway.id}.cam1`)).error_code).toBe(-51218);
  await gateway.dial();
  const answer = await pass(own, `${gateway.id}.cam1`);
  expect(answer.error_code).toBe(0);
  expect(gateway.received.map(({ url }) => url)).toContain('/api/v1/cameras/cam1/passthrough');
  expect(gateway.received.at(-1)?.url).toBe('/api/v1/auth/sign-out');
});

test('what the VMS Local answers of a camera decides the code: away, refused, too slow', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(await signIn(cloud, email));
  await gateway.dial();
  const { token } = (await v2(cloud, 'account/login', login(email))).result;
  const pass = () => v2(cloud, 'common/passthrough', { deviceId: `${gateway.id}.cam1`, requestData: '{}' }, token);
  gateway.answerPassthrough(502);
  expect((await pass()).error_code).toBe(-51218);
  gateway.answerPassthrough(422);
  expect((await pass()).error_code).toBe(-51200);
  gateway.answerPassthrough('never');
  expect((await pass()).error_code).toBe(-51215);
});
