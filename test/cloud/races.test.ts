import * as client from 'openid-client';
import request from 'supertest';
import { afterAll, expect, test } from 'vitest';
import { authorization, begin, finish } from './authorization.ts';
import { challenge, enrolled, password, register, signIn, startTestCloud, type TestCloud } from './cloud.ts';
import { createFakeGateway, type FakeGateway } from './gateway.ts';

/** Each secret is offered so often at once, in so many rounds; one offer of a round may succeed. */
const offers = 64;
const rounds = 5;

interface Offer {
  door: string;
  /** Resolves to: did it succeed? Rejects when the cloud failed. */
  make(): Promise<boolean>;
}

const figures: Record<string, { rounds: number; offers: number; winners: string }> = {};
afterAll(() => console.table(figures));

/** Prepare a round, make all its offers at once, and look whether one of them won, every time. */
async function race(what: string, prepare: (cloud: TestCloud, round: number) => Promise<Offer[]>) {
  await using cloud = await startTestCloud({
    limits: { tokenRequestsPerAddress: 10_000, userCodesPerCaller: 10_000, bindingsPerAddress: 10_000 },
  });
  const winners: number[] = [];
  const doors = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const all = await prepare(cloud, round);
    expect(all).toHaveLength(offers);
    const outcomes = await Promise.all(all.map(({ make }) => make()));
    winners.push(outcomes.filter((won) => won).length);
    for (const [n, won] of outcomes.entries()) if (won) doors.add(all[n]!.door);
  }
  figures[what] = { rounds, offers, winners: winners.join(' ') };
  expect(winners).toEqual(Array.from({ length: rounds }, () => 1));
}

/** An answer of ours: never a 5xx; won by its status. */
const status =
  (wanted: number, make: () => PromiseLike<request.Response>): Offer['make'] =>
  async () => {
    const answer = await make();
    expect(answer.status).toBeLessThan(500);
    return answer.status === wanted;
  };
/** An answer of the TP-Link API: always 200; won by its code. */
const codeZero =
  (make: () => PromiseLike<request.Response>): Offer['make'] =>
  async () => {
    const answer = await make();
    expect(answer.status).toBe(200);
    return answer.body.error_code === 0;
  };
const times = (door: string, make: Offer['make'], count = offers): Offer[] =>
  Array.from({ length: count }, () => ({ door, make }));

const v2 = (cloud: TestCloud, path: string, body: object) => cloud.agent().post(`/api/v2/account/${path}`).send(body);
const v1 = (cloud: TestCloud, method: string, params: object) => cloud.agent().post('/').send({ method, params });

test('one code over all doors at once', { timeout: 120_000 }, () =>
  race('one TOTP over all doors', async (cloud) => {
    const who = await enrolled(cloud);
    const gateway = await createFakeGateway(cloud);
    await gateway.bind(who.agent);
    const { email } = who;
    const code = who.code();
    const credentials = { cloudUserName: email, cloudPassword: password, terminalUUID: 'a-terminal-of-the-test' };
    const all: Offer[] = [];
    for (let n = 0; n < 13; n++) {
      const web = await challenge(cloud, email);
      const answer = () => web.agent.post('/api/v1/sign-in/code').send({ challengeId: web.challengeId, code });
      all.push({ door: 'portal', make: status(200, answer) });
      const app = await v2(cloud, 'login', credentials);
      const second = { cloudUserName: email, code, MFAProcessId: app.body.result.MFAProcessId, MFAType: 3 };
      all.push({ door: 'v2', make: codeZero(() => v2(cloud, 'checkMFACodeAndLogin', second)) });
      all.push({ door: 'v1', make: codeZero(() => v1(cloud, 'checkMFACodeAndLogin', { ...credentials, code })) });
      const buy = () => who.agent.post('/api/v1/elevations').send({ gatewayId: gateway.id, code });
      all.push({ door: 'elevation', make: status(201, buy) });
      if (n === 12) continue;
      const program = await cloud.agent().post('/api/v1/sign-in').send({ email, password, delivery: 'bearer' });
      const { challengeId } = program.body;
      const enter = () => cloud.agent().post('/api/v1/sign-in/code').send({ challengeId, code });
      all.push({ door: 'program', make: status(200, enter) });
    }
    return all;
  }),
);

test('one recovery code over many challenges', { timeout: 120_000 }, () =>
  race('one recovery code', async (cloud) => {
    const { email, recoveryCodes } = await enrolled(cloud);
    const all: Offer[] = [];
    for (let n = 0; n < offers; n++) {
      const { challengeId } = await challenge(cloud, email);
      const answer = { challengeId, recoveryCode: recoveryCodes[0] };
      all.push({ door: 'portal', make: status(200, () => cloud.agent().post('/api/v1/sign-in/code').send(answer)) });
    }
    return all;
  }),
);

test('one challenge with the right code', { timeout: 120_000 }, () =>
  race('one challenge', async (cloud) => {
    const { email, code } = await enrolled(cloud);
    const answer = { challengeId: (await challenge(cloud, email)).challengeId, code: code() };
    return times(
      'portal',
      status(200, () => cloud.agent().post('/api/v1/sign-in/code').send(answer)),
    );
  }),
);

test('one mailed link', { timeout: 120_000 }, () =>
  race('one mail link', async (cloud) => {
    const { email } = await enrolled(cloud);
    const { challengeId } = await challenge(cloud, email);
    await cloud.agent().post('/api/v1/sign-in/lost-device').send({ challengeId }).expect(202);
    const mail = (await cloud.mail(email)).find(({ subject }) => subject.startsWith('Turn off'))!;
    const token = new URL(mail.links[0]!).hash.slice(1);
    return times(
      'mail-link',
      status(204, () => cloud.agent().post('/api/v1/two-factor/off').send({ token, password })),
    );
  }),
);

test('one refresh token of the app', { timeout: 120_000 }, () =>
  race('one TP-Link refresh token', async (cloud) => {
    const { email, code } = await enrolled(cloud);
    const given = { cloudUserName: email, cloudPassword: password, code: code() };
    const { refreshToken } = (await v2(cloud, 'checkMFACodeAndLogin', given)).body.result;
    return times(
      'v2',
      codeZero(() => v2(cloud, 'refreshToken', { refreshToken })),
    );
  }),
);

test('one refresh token of the device grant', { timeout: 120_000 }, () =>
  race('one OIDC refresh token', async (cloud) => {
    const owner = await signIn(cloud, await register(cloud));
    const token = (form: object) =>
      request(cloud.url)
        .post('/oidc/token')
        .type('form')
        .send({ client_id: 'vigil-terminal', ...form });
    const device = await request(cloud.url)
      .post('/oidc/device/auth')
      .type('form')
      .send({ client_id: 'vigil-terminal', scope: 'openid offline_access' });
    await owner.post('/api/v1/device/approve').send({ userCode: device.body.user_code }).expect(204);
    const grant = 'urn:ietf:params:oauth:grant-type:device_code';
    const { body } = await token({ grant_type: grant, device_code: device.body.device_code }).expect(200);
    const refresh = () => token({ grant_type: 'refresh_token', refresh_token: body.refresh_token });
    return times('device-grant', status(200, refresh));
  }),
);

test('one authorization code', { timeout: 120_000 }, () =>
  race('one authorization code', async (cloud) => {
    const owner = await signIn(cloud, await register(cloud));
    const gateway = await createFakeGateway(cloud);
    await gateway.bind(owner);
    const { config, url, checks } = await authorization(cloud, gateway);
    const back = await finish(owner, await begin(owner, url));
    const redeem = () =>
      client.authorizationCodeGrant(config, back, checks).then(
        () => true,
        (error: { error?: string }) => {
          expect(error.error).toBe('invalid_grant');
          return false;
        },
      );
    return times('vms-local-oidc', redeem);
  }),
);

test('one elevation', { timeout: 120_000 }, () =>
  race('one elevation', async (cloud) => {
    const { agent, code } = await enrolled(cloud);
    const gateway = await createFakeGateway(cloud);
    await gateway.bind(agent);
    const { body } = await agent.post('/api/v1/elevations').send({ gatewayId: gateway.id, code: code() }).expect(201);
    const redeem = async (by: FakeGateway) => {
      const answer = await cloud
        .agent()
        .post('/api/v1/gateway/elevations/redeem')
        .set('Authorization', `Bearer ${await by.assertion()}`)
        .send({ elevation: body.elevation });
      expect(answer.status).toBeLessThan(500);
      return answer.status === 200;
    };
    return times('machine', () => redeem(gateway));
  }),
);

test('one relay ticket', { timeout: 120_000 }, () =>
  race('one relay ticket', async (cloud) => {
    const agent = await signIn(cloud, await register(cloud));
    const gateway = await createFakeGateway(cloud);
    await gateway.bind(agent);
    await gateway.dial();
    const { openUrl, ticket } = (await agent.post(`/api/v1/gateways/${gateway.id}/open`).expect(200)).body;
    const { origin, pathname } = new URL(openUrl);
    return times(
      'relay',
      status(303, () => request(origin).post(pathname).send({ ticket })),
    );
  }),
);

test('one VMS Local bound by two accounts', { timeout: 120_000 }, () =>
  race('two binds of one gateway', async (cloud) => {
    const gateway = await createFakeGateway(cloud);
    const all: Offer[] = [];
    for (let n = 0; n < 2; n++) {
      const owner = await signIn(cloud, await register(cloud));
      const begun = await cloud.agent().post('/api/v1/bindings').send({ name: 'A', jwk: gateway.jwk }).expect(201);
      const approve = () => owner.post('/api/v1/bindings/approve').send({ userCode: begun.body.userCode });
      all.push(...times('portal', status(200, approve), offers / 2));
    }
    return all;
  }),
);

test('a spent refresh token that comes again later ends the session it belongs to', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const given = { cloudUserName: email, cloudPassword: password, code: code() };
  const { refreshToken } = (await v2(cloud, 'checkMFACodeAndLogin', given)).body.result;
  const { token } = (await v2(cloud, 'refreshToken', { refreshToken })).body.result;
  const list = () => cloud.agent().post('/api/v2/common/getDeviceList').query({ token }).send({});
  expect((await list()).body.error_code).toBe(0);
  await cloud.clock.advance('10s');
  expect((await v2(cloud, 'refreshToken', { refreshToken })).body.error_code).toBe(-20655);
  expect((await list()).body.error_code).toBe(-20651);
});
