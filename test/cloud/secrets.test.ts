import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSeal, parseSealKey } from '../../cloud-mock/sign-in/seal.ts';
import { wholeLog } from '../lab/whole-log.ts';
import { challenge, enrolled, password, startTestCloud } from './cloud.ts';
import { createFakeGateway } from './gateway.ts';

test('neither database nor log holds a secret, a code, a token or a mailed link in clear', async () => {
  const { log, lines } = wholeLog();
  const cloud = await startTestCloud({ keep: true, log, control: true });
  const secrets: Record<string, string> = { password };
  const who = await enrolled(cloud);
  const { email, agent } = who;
  secrets['TOTP secret'] = who.secret;
  secrets['recovery code'] = who.recoveryCodes[0]!;
  secrets['recovery code, plain'] = who.recoveryCodes[1]!.replaceAll('-', '');
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(agent);
  await gateway.dial();

  const bearer = await cloud.agent().post('/api/v1/sign-in').send({ email, password, delivery: 'bearer' });
  secrets['challenge'] = bearer.body.challengeId;
  secrets['session token'] = (
    await cloud.agent().post('/api/v1/sign-in/code').send({ challengeId: bearer.body.challengeId, code: who.code() })
  ).body.token;
  await cloud.clock.advance('30s');
  const app = await cloud.agent().post('/api/v2/account/checkMFACodeAndLogin').send({
    cloudUserName: email,
    cloudPassword: password,
    code: who.code(),
    terminalUUID: 'terminal-id-that-is-trusted',
    terminalBindEnabled: true,
  });
  secrets['app token'] = app.body.result.token;
  secrets['refresh token'] = app.body.result.refreshToken;
  secrets['terminal id'] = 'terminal-id-that-is-trusted';
  await cloud.clock.advance('30s');
  secrets['elevation'] = (
    await agent.post('/api/v1/elevations').send({ gatewayId: gateway.id, code: who.code() })
  ).body.elevation;
  secrets['relay ticket'] = (await agent.post(`/api/v1/gateways/${gateway.id}/open`)).body.ticket;
  const binding = await cloud.agent().post('/api/v1/bindings').send({ name: 'B', jwk: gateway.jwk });
  secrets['poll token'] = binding.body.pollToken;
  secrets['binding code'] = binding.body.userCode;
  const device = await cloud
    .agent()
    .post('/oidc/device/auth')
    .type('form')
    .send({ client_id: 'vigil-terminal', scope: 'openid offline_access' });
  secrets['device code'] = device.body.device_code;
  secrets['device user code'] = device.body.user_code.replace('-', '');
  await agent.post('/api/v1/device/approve').send({ userCode: device.body.user_code }).expect(204);
  const tokens = await cloud.agent().post('/oidc/token').type('form').send({
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: device.body.device_code,
    client_id: 'vigil-terminal',
  });
  secrets['access token'] = tokens.body.access_token;
  secrets['OIDC refresh token'] = tokens.body.refresh_token;
  const lost = await challenge(cloud, email);
  await cloud.agent().post('/api/v1/sign-in/lost-device').send({ challengeId: lost.challengeId }).expect(202);
  const mail = (await cloud.mail(email)).find(({ subject }) => subject.startsWith('Turn off'))!;
  secrets['mailed link'] = new URL(mail.links[0]!).hash.slice(1);
  secrets['mailbox password'] = cloud.mailboxPassword;
  secrets['control token'] = cloud.control!.token;
  // Something that goes wrong, so that errors are logged too.
  await cloud.agent().post('/api/v1/sign-in/code').send({ challengeId: lost.challengeId, code: who.code() });
  await cloud[Symbol.asyncDispose]();

  for (const [name, secret] of Object.entries(secrets)) {
    if (typeof secret !== 'string' || secret.length < 8) throw new Error(`the test has no ${name}`);
  }
  const files = readdirSync(cloud.dataDir).filter((name) => name.startsWith('cloud.sqlite'));
  const dump = Buffer.concat(files.map((name) => readFileSync(join(cloud.dataDir, name)))).toString('latin1');
  expect(dump).toContain(email);
  const found = Object.entries(secrets).filter(
    ([, secret]) => dump.includes(secret) || lines.some((line) => line.includes(secret)),
  );
  expect(found.map(([name]) => name)).toEqual([]);
});

test('the data folder and what is in it belong to this user alone', async () => {
  await using cloud = await startTestCloud();
  const mode = (name: string) => (statSync(join(cloud.dataDir, name)).mode & 0o777).toString(8);
  expect(mode('.')).toBe('700');
  for (const name of readdirSync(cloud.dataDir)) expect(`${name} ${mode(name)}`).toBe(`${name} 600`);
  expect(readdirSync(cloud.dataDir)).toEqual(expect.arrayContaining(['seal.key', 'cloud.sqlite']));
});

test('what is sealed opens with its key and for its purpose only, and not when altered', () => {
  const seal = createSeal(Buffer.alloc(32, 1));
  const sealed = seal.close('a secret', 'second factor 1');
  expect(seal.open(sealed, 'second factor 1')).toBe('a secret');
  expect(seal.close('a secret', 'second factor 1')).not.toBe(sealed);
  expect(() => seal.open(sealed, 'second factor 2')).toThrow();
  expect(() => createSeal(Buffer.alloc(32, 2)).open(sealed, 'second factor 1')).toThrow();
  const altered = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`;
  expect(() => seal.open(altered, 'second factor 1')).toThrow();
  expect(() => seal.open('v9.abc', 'second factor 1')).toThrow();
  expect(() => parseSealKey('short')).toThrow(RangeError);
});

test('with a key from outside, none is written, and another key opens nothing', async () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  const first = await startTestCloud({ keep: true, sealKey: key });
  expect(readdirSync(first.dataDir)).not.toContain('seal.key');
  await first[Symbol.asyncDispose]();
  await expect(
    startTestCloud({ dataDir: first.dataDir, sealKey: Buffer.alloc(32, 8).toString('base64') }),
  ).rejects.toThrow();
  await using again = await startTestCloud({ dataDir: first.dataDir, sealKey: key });
  await again.agent().get('/healthz').expect(200);
});
