import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatLabelSecret } from '../../core/pairing/label-secret.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { outputFor, type Program } from '../../core/runtime/program.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { commonFields, resolveSettings } from '../../core/runtime/settings.ts';
import { codeAt } from '../../core/totp/totp.ts';
import { program } from '../../gateway/main.ts';
import { type Agent, adminPassword, expectProblem, type House, startHouse } from './harness.ts';

const account = { username: 'admin', password: adminPassword };
const signIn = (house: House, more: object = {}, agent = house.agent()) =>
  agent.post('/api/v1/auth/sign-in').send({ username: 'admin', password: adminPassword, ...more });

/** Second factor on for the first administrator; codes by the house's clock. */
async function withSecondFactor(house: House) {
  const admin = await house.admin();
  const { body } = await admin.post('/api/v1/auth/second-factor').send({ password: adminPassword }).expect(200);
  const code = () => codeAt(body.secret, house.clock.now());
  await admin.post('/api/v1/auth/second-factor/confirm').send({ code: code() }).expect(204);
  /** The next code: of a step that was not used yet. */
  const next = () => {
    house.clock.set(house.clock.now() + 30_000);
    return code();
  };
  return { admin, secret: body.secret as string, uri: body.uri as string, code, next };
}

test('a local account with its second factor on asks for the code, and takes each code once', async () => {
  await using house = await startHouse();
  const other: Agent = await house.admin();
  const { admin, uri, code, next } = await withSecondFactor(house);
  expect(uri).toMatch(/^otpauth:\/\/totp\/VMS%20Local:admin\?/);
  // Whoever was in without it is out; who switched it on stays.
  await other.get('/api/v1/auth/session').expect(401);
  await admin.get('/api/v1/auth/second-factor').expect(200, { on: true });

  expectProblem(await signIn(house), 401, 'second_factor_required');
  expectProblem(await signIn(house, { password: 'not the password', code: code() }), 401, 'wrong_credentials');
  expectProblem(await signIn(house, { code: code() }), 401, 'code_wrong'); // spent by switching it on
  const fresh = next();
  await signIn(house, { code: fresh }).expect(200);
  expectProblem(await signIn(house, { code: fresh }), 401, 'code_wrong');
});

test('of 32 sign-ins at once with one code one gets in', async () => {
  await using house = await startHouse();
  const { next } = await withSecondFactor(house);
  const winners: number[] = [];
  for (let round = 0; round < 2; round++) {
    const code = next();
    const answers = await Promise.all(Array.from({ length: 32 }, () => signIn(house, { code })));
    winners.push(answers.filter(({ status }) => status === 200).length);
    house.clock.set(house.clock.now() + 3_600_000); // the losers were counted; let that pass
  }
  expect(winners).toEqual([1, 1]);
});

test('what is no six-digit code is a wrong code, counted, and never an error of ours', async () => {
  await using house = await startHouse();
  const { next } = await withSecondFactor(house);
  const wrong = ['', '12345', '1234567', 'abcdef', '１２３４５６', ' 123456', '12 34 56'];
  for (const code of wrong) expectProblem(await signIn(house, { code }), 401, 'code_wrong');
  for (const code of [['123456'], { code: '123456' }, 123456, 'x'.repeat(2000)])
    expectProblem(await signIn(house, { code }), 400, 'body_invalid');
  for (let n = wrong.length; n < 10; n++) expectProblem(await signIn(house, { code: '000000' }), 401, 'code_wrong');
  expectProblem(await signIn(house, { code: next() }), 429, 'locked_out');
  await house.restart();
  expectProblem(await signIn(house, { code: next() }), 429, 'locked_out');
  house.clock.set(house.clock.now() + 16 * 60_000);
  await signIn(house, { code: next() }).expect(200);
});

test('a used code stays used over a restart, and the secret is unreadable in the database', async () => {
  await using house = await startHouse();
  const { secret, next } = await withSecondFactor(house);
  const code = next();
  await signIn(house, { code }).expect(200);
  await house.restart();
  expectProblem(await signIn(house, { code }), 401, 'code_wrong');
  const bytes = ['gateway.db', 'gateway.db-wal'].map((name) => {
    try {
      return readFileSync(join(house.dataDir, name), 'latin1');
    } catch {
      return '';
    }
  });
  expect(bytes.join('')).not.toContain(secret);
});

test('it goes off by password and code, and for who lost the phone by another administrator', async () => {
  await using house = await startHouse();
  const { admin, code, next } = await withSecondFactor(house);
  const off = (body: object) => admin.post('/api/v1/auth/second-factor/off').send(body);
  expectProblem(await off({ password: adminPassword, code: code() }), 401, 'code_wrong');
  expectProblem(await off({ password: 'no', code: next() }), 401, 'wrong_credentials');
  await off({ password: adminPassword, code: next() }).expect(204);
  await signIn(house).expect(200);

  const { next: again } = await withSecondFactor(house);
  const boss = house.agent();
  await signIn(house, { code: again() }, boss).expect(200);
  const second = { username: 'second', password: 'another battery staple', role: 'super_admin' };
  await boss.post('/api/v1/users').send(second).expect(201);
  const helper = house.agent();
  await signIn(house, second, helper).expect(200);
  const { body } = await helper.get('/api/v1/users').expect(200);
  const { id } = body.users.find(({ name }: { name: string }) => name === 'admin');
  expect(body.users.map((user: { secondFactor: boolean }) => user.secondFactor).sort()).toEqual([false, true]);
  expectProblem(await boss.delete(`/api/v1/users/${id}/second-factor`), 403, 'local_only');
  await helper.delete(`/api/v1/users/${id}/second-factor`).expect(204);
  await boss.get('/api/v1/auth/session').expect(401);
  await signIn(house).expect(200);
});

test('the last administrator gets in again from the machine itself', async () => {
  await using house = await startHouse();
  await withSecondFactor(house);
  await house.gateway[Symbol.asyncDispose]();
  const run = (name: string) => {
    const settings = resolveSettings(
      'gateway',
      { ...program.fields, ...commonFields },
      { dataDir: house.dataDir, forgetSecondFactor: name },
      {},
    );
    return (program as Program<typeof program.fields>).run(
      settings,
      { clock: house.clock, random: secureRandom, log: silentLog },
      { ...outputFor(true), say: () => undefined },
    );
  };
  await expect(run('admim')).rejects.toThrow(/no local account "admim".*admin/);
  expect(await run('admin')).toBe(0);
  await expect(run('admin')).rejects.toThrow('has no second factor');
  house.gateway = await house.start();
  await signIn(house).expect(200);
});

test('a secret that is not confirmed in time, or was shown again, does nothing', async () => {
  await using house = await startHouse();
  const admin = await house.admin();
  const begin = () => admin.post('/api/v1/auth/second-factor').send({ password: adminPassword }).expect(200);
  const confirm = (secret: string) =>
    admin.post('/api/v1/auth/second-factor/confirm').send({ code: codeAt(secret, house.clock.now()) });
  expectProblem(await confirm('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'), 400, 'flow_ended');
  const first = (await begin()).body.secret;
  const second = (await begin()).body.secret;
  expectProblem(await confirm(first), 401, 'code_wrong');
  house.clock.set(house.clock.now() + 11 * 60_000);
  expectProblem(await confirm(second), 400, 'flow_ended');
  await signIn(house).expect(200);
  expectProblem(
    await admin.post('/api/v1/auth/second-factor').send({ password: 'not mine' }),
    401,
    'wrong_credentials',
  );
});

test('an administrator ends a ticket that is under way', async () => {
  await using house = await startHouse();
  const { admin, next } = await withSecondFactor(house);
  const { elevation } = (
    await house
      .agent()
      .post('/api/v1/pairing/elevations')
      .send({ ...account, code: next() })
      .expect(201)
  ).body;
  const labelSecret = formatLabelSecret(secureRandom.bytes(16));
  const order = { elevation, serial: 'SIM1', labelSecret, camera: { host: '127.0.0.1', httpsPort: 443 } };
  const { ticketId, ticket } = (await house.agent().post('/api/v1/pairing/tickets').send(order).expect(201)).body;
  await house.agent().post(`/api/v1/pairing/tickets/${ticketId}/cancel`).expect(401);
  await admin.post(`/api/v1/pairing/tickets/${ticketId}/cancel`).expect(204);
  await admin.post(`/api/v1/pairing/tickets/${ticketId}/cancel`).expect(404);
  const { body } = await house
    .agent()
    .get(`/api/v1/pairing/tickets/${ticketId}`)
    .set('authorization', `Bearer ${ticket}`)
    .expect(200);
  expect(body).toMatchObject({ state: 'burned', refusal: 'cancelled' });
});

test('a local administrator adds cameras by a fresh code: refused without a second factor, spent once, ended with it', async () => {
  await using house = await startHouse();
  const first = await house.admin();
  const elevate = (given: object) => house.agent().post('/api/v1/pairing/elevations').send(given);
  expectProblem(await elevate(account), 403, 'second_factor_enrolment_required');
  expectProblem(await elevate({ ...account, password: 'not the password' }), 401, 'wrong_credentials');
  const helper = { username: 'helper', password: 'another battery staple' };
  await first
    .post('/api/v1/users')
    .send({ ...helper, role: 'operator' })
    .expect(201);
  expectProblem(await elevate(helper), 403, 'role_insufficient');

  const { admin, code, next } = await withSecondFactor(house);
  expectProblem(await elevate(account), 401, 'second_factor_required');
  expectProblem(await elevate({ ...account, code: code() }), 401, 'code_wrong');
  const { elevation } = (await elevate({ ...account, code: next() }).expect(201)).body;
  const order = (serial: string, given: string) =>
    house
      .agent()
      .post('/api/v1/pairing/tickets')
      .send({
        elevation: given,
        serial,
        labelSecret: formatLabelSecret(secureRandom.bytes(16)),
        camera: { host: '127.0.0.1', httpsPort: 443 },
      });
  const { ticketId, ticket } = (await order('SIM1', elevation).expect(201)).body;
  expectProblem(await order('SIM2', elevation), 401, 'elevation_invalid');
  const old = (await elevate({ ...account, code: next() }).expect(201)).body.elevation;
  house.clock.set(house.clock.now() + 121_000);
  expectProblem(await order('SIM3', old), 401, 'elevation_invalid');

  const state = async () =>
    (await house.agent().get(`/api/v1/pairing/tickets/${ticketId}`).set('authorization', `Bearer ${ticket}`)).body;
  expect(await state()).toMatchObject({ state: 'open' });
  const listed = (await admin.get('/api/v1/pairing').expect(200)).body;
  expect(listed.tickets).toMatchObject([{ serial: 'SIM1', operator: 'admin', state: 'open', refusal: null }]);
  expect(JSON.stringify(listed)).not.toContain(ticket);
  await admin.post('/api/v1/auth/second-factor/off').send({ password: adminPassword, code: next() }).expect(204);
  expect(await state()).toMatchObject({ state: 'burned', refusal: 'operator_revoked' });
});
