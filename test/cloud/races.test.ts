import type request from 'supertest';
import { expect, test } from 'vitest';
import { challenge, enrolled, password, startTestCloud, type TestCloud } from './cloud.ts';
import { createFakeGateway } from './gateway.ts';

type Attempt = () => PromiseLike<request.Response>;

const v2 = (cloud: TestCloud, path: string, body: object) => cloud.agent().post(`/api/v2/account/${path}`).send(body);
const v1 = (cloud: TestCloud, method: string, params: object) => cloud.agent().post('/').send({ method, params });

test.each([1, 2, 3])('64 submissions of one code over all doors at once: one succeeds (round %d)', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(who.agent);
  const { email } = who;

  const code = who.code();
  const credentials = { cloudUserName: email, cloudPassword: password, terminalUUID: 'a-terminal-of-the-test' };
  const attempts: { door: string; won(answer: request.Response): boolean; attempt: Attempt }[] = [];
  for (let n = 0; n < 13; n++) {
    const web = await challenge(cloud, email);
    attempts.push({
      door: 'portal',
      won: ({ status }) => status === 200,
      attempt: () => web.agent.post('/api/v1/sign-in/code').send({ challengeId: web.challengeId, code }),
    });
    const app = await v2(cloud, 'login', credentials);
    attempts.push({
      door: 'v2',
      won: ({ body }) => body.error_code === 0,
      attempt: () =>
        v2(cloud, 'checkMFACodeAndLogin', {
          cloudUserName: email,
          code,
          MFAProcessId: app.body.result.MFAProcessId,
          MFAType: 3,
        }),
    });
    attempts.push({
      door: 'v1, password and code at once',
      won: ({ body }) => body.error_code === 0,
      attempt: () => v1(cloud, 'checkMFACodeAndLogin', { ...credentials, code }),
    });
    attempts.push({
      door: 'elevation',
      won: ({ status }) => status === 201,
      attempt: () => who.agent.post('/api/v1/elevations').send({ gatewayId: gateway.id, code }),
    });
    if (n < 12) {
      const program = await cloud.agent().post('/api/v1/sign-in').send({ email, password, delivery: 'bearer' });
      attempts.push({
        door: 'program',
        won: ({ status }) => status === 200,
        attempt: () => cloud.agent().post('/api/v1/sign-in/code').send({ challengeId: program.body.challengeId, code }),
      });
    }
  }
  expect(attempts).toHaveLength(64);
  const answers = await Promise.all(
    attempts.map(async ({ door, won, attempt }) => {
      const answer = await attempt();
      expect(answer.status).toBeLessThan(500);
      return { door, won: won(answer) };
    }),
  );
  expect(answers.filter(({ won }) => won)).toHaveLength(1);
});

test('64 submissions of one recovery code at once: one succeeds', async () => {
  await using cloud = await startTestCloud();
  const { email, recoveryCodes } = await enrolled(cloud);
  const challenges = [];
  for (let n = 0; n < 64; n++) challenges.push((await challenge(cloud, email)).challengeId);
  const answers = await Promise.all(
    challenges.map((challengeId) =>
      cloud.agent().post('/api/v1/sign-in/code').send({ challengeId, recoveryCode: recoveryCodes[0] }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ body }) => body.code === 'wrong_code')).toHaveLength(63);
});

test('one challenge answered 64 times at once with the right code makes one session', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const { challengeId } = await challenge(cloud, email);
  const right = code();
  const answers = await Promise.all(
    Array.from({ length: 64 }, () => cloud.agent().post('/api/v1/sign-in/code').send({ challengeId, code: right })),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(63);
});

test('one mailed link used 64 times at once works once', async () => {
  await using cloud = await startTestCloud();
  const { email } = await enrolled(cloud);
  const { challengeId } = await challenge(cloud, email);
  await cloud.agent().post('/api/v1/sign-in/lost-device').send({ challengeId }).expect(202);
  const mail = (await cloud.mail(email)).find(({ subject }) => subject.startsWith('Turn off'))!;
  const token = new URL(mail.links[0]!).hash.slice(1);
  const answers = await Promise.all(
    Array.from({ length: 64 }, () => cloud.agent().post('/api/v1/two-factor/off').send({ token, password })),
  );
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  expect(answers.filter(({ body }) => body.code === 'link_invalid')).toHaveLength(63);
});

test('one relay ticket posted 64 times at once opens once', async () => {
  await using cloud = await startTestCloud();
  const { agent } = await enrolled(cloud);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(agent);
  await gateway.dial();
  const { body } = await agent.post(`/api/v1/gateways/${gateway.id}/open`).expect(200);
  const answers = await Promise.all(
    Array.from({ length: 64 }, () =>
      fetch(body.openUrl, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ticket: body.ticket }),
      }),
    ),
  );
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  expect(gateway.assertions).toHaveLength(1);
});

test('one TP-Link refresh token used 64 times at once gives one new token, and later ends the session', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const first = await v2(cloud, 'checkMFACodeAndLogin', {
    cloudUserName: email,
    cloudPassword: password,
    code: code(),
  });
  const { refreshToken } = first.body.result;
  const answers = await Promise.all(Array.from({ length: 64 }, () => v2(cloud, 'refreshToken', { refreshToken })));
  const won = answers.filter(({ body }) => body.error_code === 0);
  expect(won).toHaveLength(1);
  expect(answers.filter(({ body }) => body.error_code === -20655)).toHaveLength(63);
  const { token } = won[0]!.body.result;
  const list = () => cloud.agent().post('/api/v2/common/getDeviceList').query({ token }).send({});
  expect((await list()).body.error_code).toBe(0);
  await cloud.clock.advance('10s');
  expect((await v2(cloud, 'refreshToken', { refreshToken })).body.error_code).toBe(-20655);
  expect((await list()).body.error_code).toBe(-20651);
});
