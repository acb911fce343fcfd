import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { type CloudConfig, startCloud } from '../../cloud-mock/index.ts';
import { codeAt } from '../../cloud-mock/sign-in/totp.ts';
import { type ManualClock, manualClock } from '../../core/runtime/clock.ts';
import { type Log, silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';

export const password = 'correct horse battery';

/** A cloud on free ports with a clock that stands still, and a folder that goes with it. */
export async function startTestCloud(
  options: Partial<CloudConfig> & { clock?: ManualClock; log?: Log; keep?: boolean } = {},
) {
  const { clock = manualClock(), log = silentLog, keep = false, ...config } = options;
  const dataDir = config.dataDir ?? mkdtempSync(join(tmpdir(), 'vigil-cloud-'));
  const cloud = await startCloud(
    { host: '127.0.0.1', port: 0, relayPort: 0, ...config, dataDir },
    { clock, random: secureRandom, log },
  );
  const end = cloud[Symbol.asyncDispose];
  return Object.assign(cloud, {
    clock,
    dataDir,
    /** Over the socket it really listens on; under a made-up public address, on the same app. */
    agent: () => (config.publicUrl ? request.agent(cloud.app) : request.agent(cloud.url)),
    async [Symbol.asyncDispose]() {
      await end();
      if (!keep) rmSync(dataDir, { recursive: true, force: true });
    },
  });
}
export type TestCloud = Awaited<ReturnType<typeof startTestCloud>>;

let made = 0;
/** Register somebody. */
export async function register(cloud: TestCloud, email = `somebody${++made}@example.test`) {
  await cloud.agent().post('/api/v1/sign-up').send({ email, name: 'Somebody', password }).expect(201);
  return email;
}

/** A browser that is signed in with the password alone. */
export async function signIn(cloud: TestCloud, email: string) {
  const agent = cloud.agent();
  const { body } = await agent.post('/api/v1/sign-in').send({ email, password }).expect(200);
  if (body.status !== 'signed_in') throw new Error(`a code is asked for: ${JSON.stringify(body)}`);
  return agent;
}

/** Somebody with two-factor authentication on; the browser that turned it on comes along. The clock moves past the code used. */
export async function enrolled(cloud: TestCloud, email?: string, browser?: ReturnType<typeof request.agent>) {
  const who = email ?? (await register(cloud));
  const agent = browser ?? (await signIn(cloud, who));
  const { body } = await agent.post('/api/v1/two-factor/enrolment').send({ password }).expect(200);
  const confirmed = await agent
    .post('/api/v1/two-factor/enrolment/confirm')
    .send({ enrolmentId: body.enrolmentId, code: codeAt(body.secret, cloud.clock.now()) })
    .expect(200);
  await cloud.clock.advance('30s');
  return {
    email: who,
    agent,
    secret: body.secret as string,
    recoveryCodes: confirmed.body.recoveryCodes as string[],
    code: () => codeAt(body.secret, cloud.clock.now()),
  };
}

/** The first step of somebody with a second factor. */
export async function challenge(cloud: TestCloud, email: string) {
  const agent = cloud.agent();
  const { body } = await agent.post('/api/v1/sign-in').send({ email, password }).expect(200);
  return { agent, challengeId: body.challengeId as string, triesLeft: body.triesLeft as number };
}
