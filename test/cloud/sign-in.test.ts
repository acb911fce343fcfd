import { expect, test } from 'vitest';
import { challenge, enrolled, password, register, signIn, startTestCloud } from './cloud.ts';

test('somebody without a second factor signs in with the password and is known by the cookie', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const agent = await signIn(cloud, email.toUpperCase());
  const { body } = await agent.get('/api/v1/session').expect(200);
  expect(body.account).toMatchObject({ email, name: 'Somebody', twoFactor: { enabled: false } });
  expect(body.session).toMatchObject({ amr: ['pwd'], acr: 'aal1' });

  await agent.post('/api/v1/sign-out').expect(204);
  await agent.get('/api/v1/session').expect(401);
});

test('a program gets its session as a token and no cookie', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const signedIn = await cloud
    .agent()
    .post('/api/v1/sign-in')
    .send({ email, password, delivery: 'bearer' })
    .expect(200);
  expect(signedIn.headers['set-cookie']).toBeUndefined();
  await cloud.agent().get('/api/v1/session').set('Authorization', `Bearer ${signedIn.body.token}`).expect(200);
});

test('with two-factor authentication on, the password leads to the code prompt and the code into the account', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const { agent, challengeId, triesLeft } = await challenge(cloud, email);
  expect(triesLeft).toBe(5);
  await agent.get('/api/v1/session').expect(401);
  await agent.post('/api/v1/sign-in/code').send({ challengeId, code: code() }).expect(200);
  const { body } = await agent.get('/api/v1/session').expect(200);
  expect(body.session).toMatchObject({ amr: ['pwd', 'otp'], acr: 'aal2' });
  expect(body.account.twoFactor).toMatchObject({ enabled: true, recoveryCodesLeft: 10 });
});

test('signing in again in the same browser renews the session; as somebody else it ends it', async () => {
  await using cloud = await startTestCloud();
  const [ann, ben] = [await register(cloud), await register(cloud)];
  const agent = await signIn(cloud, ann);
  const before = (await agent.get('/api/v1/session')).body.session;
  const [stolen] = (await agent.post('/api/v1/sign-in').send({ email: ann, password }).expect(200)).headers[
    'set-cookie'
  ]!;
  await cloud.clock.advance('1m');
  await agent.post('/api/v1/sign-in').send({ email: ann, password }).expect(200);
  const after = (await agent.get('/api/v1/session').expect(200)).body.session;
  expect(after.id).toBe(before.id);
  expect(Date.parse(after.authenticatedAt)).toBe(Date.parse(before.authenticatedAt) + 60_000);
  // The token before is dead.
  await cloud.agent().get('/api/v1/session').set('Cookie', stolen!.split(';')[0]!).expect(401);
  await agent.post('/api/v1/sign-in').send({ email: ben, password }).expect(200);
  expect((await agent.get('/api/v1/session')).body.account.email).toBe(ben);
  expect(await cloud.verbs.sessions(ann)).toEqual([]);
});

test('a wrong password leaves the session of this browser as it is', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const agent = await signIn(cloud, email);
  await agent.post('/api/v1/sign-in').send({ email, password: 'not the password' }).expect(401);
  await agent.get('/api/v1/session').expect(200);
});
