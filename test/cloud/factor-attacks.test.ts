import { expect, test } from 'vitest';
import { codeAt } from '../../cloud-mock/sign-in/totp.ts';
import { challenge, enrolled, password, register, signIn, startTestCloud, type TestCloud } from './cloud.ts';

const v2 = (cloud: TestCloud, call: string, body: object) => cloud.agent().post(`/api/v2/account/${call}`).send(body);

test('a code of the step to come, or of two steps ago, passes no door', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  await cloud.clock.advance('5m');
  const app = { cloudUserName: who.email, cloudPassword: password };
  for (const steps of [-2, 1, 2, 10]) {
    const code = codeAt(who.secret, cloud.clock.now() + steps * 30_000);
    const { agent, challengeId } = await challenge(cloud, who.email);
    const web = await agent.post('/api/v1/sign-in/code').send({ challengeId, code });
    expect([steps, web.status, web.body.code]).toEqual([steps, 401, 'wrong_code']);
    expect((await v2(cloud, 'checkMFACodeAndLogin', { ...app, code })).body.error_code).toBe(-20607);
  }
  const { agent, challengeId } = await challenge(cloud, who.email);
  const code = codeAt(who.secret, cloud.clock.now() - 30_000);
  await agent.post('/api/v1/sign-in/code').send({ challengeId, code }).expect(200);
});

test('a challenge belongs to its account and its door', async () => {
  await using cloud = await startTestCloud();
  const [ann, bob] = [await enrolled(cloud), await enrolled(cloud)];
  const { challengeId } = await challenge(cloud, ann.email);
  // Bob's code on Ann's challenge, from whatever browser: wrong, and Bob's code is still good.
  const swapped = await bob.agent.post('/api/v1/sign-in/code').send({ challengeId, code: bob.code() }).expect(401);
  expect(swapped.body.code).toBe('wrong_code');
  const app = await v2(cloud, 'checkMFACodeAndLogin', {
    cloudUserName: bob.email,
    MFAProcessId: challengeId,
    MFAType: 3,
    code: ann.code(),
  });
  expect(app.body.error_code).toBe(-20607);
  const login = await v2(cloud, 'login', { cloudUserName: ann.email, cloudPassword: password });
  const atPortal = await cloud
    .agent()
    .post('/api/v1/sign-in/code')
    .send({ challengeId: login.body.result.MFAProcessId, code: ann.code() });
  expect([atPortal.status, atPortal.body.code]).toEqual([401, 'challenge_ended']);
  const theirs = await challenge(cloud, bob.email);
  await theirs.agent
    .post('/api/v1/sign-in/code')
    .send({ challengeId: theirs.challengeId, code: bob.code() })
    .expect(200);
});

test('of two enrolments begun side by side the older is void, and one enrolment is confirmed once', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const [one, two] = [await signIn(cloud, email), await signIn(cloud, email)];
  const older = (await one.post('/api/v1/two-factor/enrolment').send({ password }).expect(200)).body;
  const newer = (await two.post('/api/v1/two-factor/enrolment').send({ password }).expect(200)).body;
  const confirm = (agent: typeof one, enrolmentId: string, secret: string) =>
    agent.post('/api/v1/two-factor/enrolment/confirm').send({ enrolmentId, code: codeAt(secret, cloud.clock.now()) });
  expect((await confirm(one, older.enrolmentId, older.secret)).body.code).toBe('enrolment_ended');
  // The other browser's enrolment cannot be finished here, and not with the code of another secret.
  expect((await confirm(one, newer.enrolmentId, newer.secret)).body.code).toBe('enrolment_ended');
  expect((await confirm(two, newer.enrolmentId, older.secret)).body.code).toBe('wrong_code');
  const at = { enrolmentId: newer.enrolmentId, secret: newer.secret };
  const answers = await Promise.all(Array.from({ length: 4 }, () => confirm(two, at.enrolmentId, at.secret)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  await cloud.clock.advance('30s');
  const first = await challenge(cloud, email);
  const other = codeAt(older.secret, cloud.clock.now());
  const wrong = await first.agent.post('/api/v1/sign-in/code').send({ challengeId: first.challengeId, code: other });
  expect(wrong.body.code).toBe('wrong_code');
});

test('re-enrolment is not confirmed by the secret it replaces, and asks for a code that was not used', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  const code = who.code();
  const begun = await who.agent.post('/api/v1/two-factor/enrolment').send({ password, code }).expect(200);
  await cloud.clock.advance('30s');
  const old = await who.agent
    .post('/api/v1/two-factor/enrolment/confirm')
    .send({ enrolmentId: begun.body.enrolmentId, code: who.code() });
  expect(old.body.code).toBe('wrong_code');
  const again = who.code();
  const renew = (given: string) => who.agent.post('/api/v1/two-factor/recovery-codes').send({ password, code: given });
  await renew(again).expect(200);
  // The code that was just used buys nothing more: neither codes nor another secret nor switching off.
  expect((await renew(again)).body.code).toBe('wrong_code');
  expect((await who.agent.post('/api/v1/two-factor/enrolment').send({ password, code: again })).body.code).toBe(
    'wrong_code',
  );
  expect((await who.agent.post('/api/v1/two-factor/disable').send({ password, code: again })).body.code).toBe(
    'wrong_code',
  );
});

test('whoever has a session but not the password changes neither password nor factor', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  const given = { password: 'not the password', code: who.code() };
  for (const [path, body] of [
    ['/api/v1/two-factor/enrolment', given],
    ['/api/v1/two-factor/disable', given],
    ['/api/v1/two-factor/recovery-codes', given],
    ['/api/v1/account/password', { currentPassword: 'not the password', newPassword: 'another long one' }],
  ] as const) {
    const refused = await who.agent.post(path).send(body);
    expect([path, refused.status, refused.body.code]).toEqual([path, 401, 'wrong_credentials']);
  }
  // And with the password alone no factor goes off.
  for (const code of [null, '', '000000', who.recoveryCodes[0]]) {
    const refused = await who.agent.post('/api/v1/two-factor/disable').send({ password, code });
    expect(refused.body.code).toBe('wrong_code');
  }
});

test('a trusted terminal is trusted for its account and its time, and forgotten with a changed password', async () => {
  await using cloud = await startTestCloud();
  const [ann, bob] = [await enrolled(cloud), await enrolled(cloud)];
  const terminalUUID = 'a-terminal-that-is-trusted-by-ann';
  const login = (email: string, given = password) =>
    v2(cloud, 'login', { cloudUserName: email, cloudPassword: given, terminalUUID, refreshTokenNeeded: true });
  const trust = () =>
    v2(cloud, 'checkMFACodeAndLogin', {
      cloudUserName: ann.email,
      cloudPassword: password,
      code: ann.code(),
      terminalUUID,
      terminalBindEnabled: true,
    });
  expect((await trust()).body.error_code).toBe(0);
  const inside = (await login(ann.email)).body;
  expect(inside.error_code).toBe(0);
  expect((await login(bob.email)).body.error_code).toBe(-20677);
  expect((await login(ann.email, 'not the password')).body.error_code).toBe(-20601);
  await cloud.clock.advance('29d');
  expect((await login(ann.email)).body.error_code).toBe(0);
  await cloud.clock.advance('2d');
  expect((await login(ann.email)).body.error_code).toBe(-20677);

  expect((await trust()).body.error_code).toBe(0);
  const fresh = (await login(ann.email)).body.result;
  const second = await challenge(cloud, ann.email);
  await cloud.clock.advance('30s');
  await second.agent
    .post('/api/v1/sign-in/code')
    .send({ challengeId: second.challengeId, code: ann.code() })
    .expect(200);
  const changed = 'another long password';
  await second.agent
    .post('/api/v1/account/password')
    .send({ currentPassword: password, newPassword: changed })
    .expect(200);
  expect((await login(ann.email, changed)).body.error_code).toBe(-20677);
  const renewed = await v2(cloud, 'refreshToken', { refreshToken: fresh.refreshToken, terminalUUID });
  expect(renewed.body.error_code).toBe(-20655);
  const status = await cloud.agent().post('/api/v2/account/getMFAFeatureStatus').query({ token: fresh.token }).send({});
  expect(status.body.error_code).toBe(-20651);
});

test('a session of a trusted terminal decides nothing: it could let somebody in who has a code of their own', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  const terminalUUID = 'a-terminal-that-is-trusted-by-her';
  const { email: cloudUserName } = who;
  const credentials = { cloudUserName, cloudPassword: password, terminalUUID };
  await v2(cloud, 'checkMFACodeAndLogin', { ...credentials, code: who.code(), terminalBindEnabled: true });
  const { token } = (await v2(cloud, 'login', credentials)).body.result;
  const weak = { Authorization: `Bearer ${token}` };
  const { body } = await cloud.agent().get('/api/v1/organisations').set(weak).expect(200);
  const [{ id, sites }] = body.organisations;
  const decide = (method: 'post' | 'patch' | 'delete', path: string, given: object = {}) =>
    cloud.agent()[method](path).set(weak).send(given);
  const answers = [
    await decide('post', `/api/v1/organisations/${id}/invitations`, {
      email: 'evil@example.test',
      access: [{ site: '*', role: 'super_admin' }],
    }),
    await decide('post', '/api/v1/account/password', { currentPassword: password, newPassword: 'another long one' }),
    await decide('post', `/api/v1/organisations/${id}/sites`, { name: 'Quay' }),
    await decide('delete', `/api/v1/sites/${sites[0].id}`),
    await decide('delete', '/api/v1/gateways/some-id'),
    await decide('post', '/api/v1/bindings/approve', { userCode: 'BBBB-BBBB', password }),
    await decide('post', '/api/v1/device/approve', { userCode: 'BBBB-BBBB' }),
  ];
  for (const answer of answers) expect([answer.status, answer.body.code]).toEqual([401, 'reauthentication_required']);
  // With a fresh code it may what asks for one, and it may go.
  await cloud.clock.advance('30s');
  await decide('post', '/api/v1/two-factor/recovery-codes', { password, code: who.code() }).expect(200);
  await decide('post', '/api/v1/sign-out').expect(204);
});
