import { statSync } from 'node:fs';
import request from 'supertest';
import { expect, test } from 'vitest';
import { adminPassword, expectProblem, startHouse } from './harness.ts';

test('the set-up code makes the first administrator, once', async () => {
  await using house = await startHouse();
  const { setupCode } = house.gateway;
  expect(setupCode).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
  await house
    .agent()
    .get('/api/v1/status')
    .expect(200)
    .expect(({ body }) =>
      expect(body).toMatchObject({ name: 'Shop', setupRequired: true, cloudAccess: { bound: false } }),
    );

  const body = { setupCode: setupCode!.toLowerCase(), username: 'admin', password: adminPassword };
  const wrong = await house
    .agent()
    .post('/api/v1/setup')
    .send({ ...body, setupCode: 'AAAA-AAAA-AAAA-AAAA' });
  expectProblem(wrong, 401, 'setup_code_wrong');
  expectProblem(
    await house
      .agent()
      .post('/api/v1/setup')
      .send({ ...body, password: 'password123' }),
    422,
    'password_unfit',
  );

  const agent = house.agent();
  const made = await agent.post('/api/v1/setup').send(body).expect(201);
  expect(made.body).toEqual({ user: { name: 'admin', role: 'super_admin', via: 'local', remote: false } });
  const [cookie] = made.headers['set-cookie'] as unknown as string[];
  expect(cookie).toMatch(/^vigil_vms=[\w-]{43}; .*HttpOnly.*SameSite=Lax/);
  await agent.get('/api/v1/auth/session').expect(200, made.body);

  expectProblem(
    await house
      .agent()
      .post('/api/v1/setup')
      .send({ ...body, username: 'second' }),
    409,
    'setup_done',
  );
  await house.restart();
  expect(house.gateway.setupCode).toBeUndefined();
  // The session outlives the restart.
  await house.agent().get('/api/v1/auth/session').set('cookie', cookie!.split(';')[0]!).expect(200);
});

test('twenty set-ups at once make one administrator', async () => {
  await using house = await startHouse();
  const { setupCode } = house.gateway;
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      house
        .agent()
        .post('/api/v1/setup')
        .send({ setupCode, username: `admin${n}`, password: adminPassword }),
    ),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  const admin = house.agent();
  const winner = answers.find(({ status }) => status === 201)!;
  await admin
    .post('/api/v1/auth/sign-in')
    .send({ username: winner.body.user.name, password: adminPassword })
    .expect(200);
  const { body } = await admin.get('/api/v1/users').expect(200);
  expect(body.users).toHaveLength(1);
});

test('a wrong password and an unknown name are refused alike', async () => {
  await using house = await startHouse();
  await house.admin();
  const [known, unknown] = await Promise.all(
    ['admin', 'nobody'].map((username) =>
      house.agent().post('/api/v1/auth/sign-in').send({ username, password: 'not the password' }),
    ),
  );
  expectProblem(known!, 401, 'wrong_credentials');
  expect(unknown!.body).toEqual(known!.body);
  expect(unknown!.headers['set-cookie']).toBeUndefined();
});

test.each(['admin', 'nobody'])(
  'ten wrong passwords in a row lock the name %s, also after a restart',
  async (username) => {
    await using house = await startHouse();
    await house.admin();
    const signIn = (password: string) => house.agent().post('/api/v1/auth/sign-in').send({ username, password });
    const burst = await Promise.all(Array.from({ length: 14 }, (_, n) => signIn(`wrong password ${n}`)));
    expect(burst.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(burst.filter(({ status }) => status === 429)).toHaveLength(4);

    const locked = await signIn(adminPassword);
    expectProblem(locked, 429, 'locked_out');
    expect(locked.body.retryAfterSeconds).toBe(900);
    expect(locked.headers['retry-after']).toBe('900');
    // The name in another spelling has the same budget.
    expect(
      (
        await house
          .agent()
          .post('/api/v1/auth/sign-in')
          .send({ username: username.toUpperCase(), password: adminPassword })
      ).status,
    ).toBe(429);

    await house.restart();
    expectProblem(await signIn(adminPassword), 429, 'locked_out');
    await house.clock.advance('14m');
    expectProblem(await signIn(adminPassword), 429, 'locked_out');
    await house.clock.advance('61s');
    expect((await signIn('wrong again')).status).toBe(401);
    expect((await signIn(adminPassword)).status).toBe(username === 'admin' ? 200 : 401);
  },
);

test('each further lock lasts twice as long, up to an hour', async () => {
  await using house = await startHouse();
  await house.admin();
  const signIn = () => house.agent().post('/api/v1/auth/sign-in').send({ username: 'admin', password: 'wrong one' });
  const seconds: number[] = [];
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < 10; n++) expect((await signIn()).status).toBe(401);
    const locked = await signIn();
    seconds.push(locked.body.retryAfterSeconds);
    await house.clock.advance(locked.body.retryAfterSeconds * 1000 + 1);
  }
  expect(seconds).toEqual([900, 1800, 3600, 3600]);
});

test('a right password clears the count', async () => {
  await using house = await startHouse();
  await house.admin();
  const signIn = (password: string) => house.agent().post('/api/v1/auth/sign-in').send({ username: 'admin', password });
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 9; n++) await signIn('wrong one').expect(401);
    await signIn(adminPassword).expect(200);
  }
});

test('a new sign-in ends the session the browser had', async () => {
  await using house = await startHouse();
  const agent = await house.admin();
  const before = (await agent.get('/api/v1/sessions').expect(200)).body.sessions;
  expect(before).toHaveLength(1);
  await agent.post('/api/v1/auth/sign-in').send({ username: 'admin', password: adminPassword }).expect(200);
  const after = (await agent.get('/api/v1/sessions').expect(200)).body.sessions;
  expect(after).toHaveLength(1);
  expect(after[0].id).not.toBe(before[0].id);
});

test('sessions are listed, ended, and end by themselves', async () => {
  await using house = await startHouse();
  const first = await house.admin();
  const second = await house.admin();
  const { body } = await first.get('/api/v1/sessions').expect(200);
  expect(body.sessions).toHaveLength(2);
  const other = body.sessions.find((one: { current: boolean }) => !one.current);
  await first.delete(`/api/v1/sessions/${other.id}`).expect(204);
  expectProblem(await second.get('/api/v1/auth/session'), 401, 'sign_in_required');
  expectProblem(await first.delete(`/api/v1/sessions/${other.id}`), 404, 'not_found');

  await first.post('/api/v1/auth/sign-out').expect(204);
  expectProblem(await first.get('/api/v1/auth/session'), 401, 'sign_in_required');

  const idle = await house.admin();
  await house.clock.advance('11h');
  await idle.get('/api/v1/auth/session').expect(200);
  await house.clock.advance('11h');
  await idle.get('/api/v1/auth/session').expect(200);
  await house.clock.advance('3h');
  expectProblem(await idle.get('/api/v1/auth/session'), 401, 'sign_in_required');
  const unused = await house.admin();
  await house.clock.advance('13h');
  expectProblem(await unused.get('/api/v1/auth/session'), 401, 'sign_in_required');
});

test('secrets on disk are for their owner only', async () => {
  await using house = await startHouse();
  const agent = await house.admin();
  await agent.get('/api/v1/auth/session').expect(200);
  const { dataDir } = house;
  for (const file of ['identity.json', 'gateway.db', 'tls/ca.json'])
    expect(statSync(`${dataDir}/${file}`).mode & 0o077).toBe(0);
});

test.each([
  ['malformed JSON', 'application/json', '{"username":', 400, 'body_invalid'],
  ['a wrong type', 'application/json', '{"username":1,"password":[]}', 400, 'body_invalid'],
  ['a list', 'application/json', '[]', 400, 'body_invalid'],
  ['a form', 'application/x-www-form-urlencoded', 'username=admin&password=x', 415, 'json_required'],
  ['text', 'text/plain', '{"username":"admin","password":"x"}', 415, 'json_required'],
  ['a body over 100 kB', 'application/json', JSON.stringify({ username: 'x'.repeat(110_000) }), 413, 'body_too_large'],
])('refuses %s as a sign-in', async (_what, type, body, status, code) => {
  await using house = await startHouse();
  expectProblem(await house.agent().post('/api/v1/auth/sign-in').set('content-type', type).send(body), status, code);
});

test('unknown addresses and methods are problems, never faults', async () => {
  await using house = await startHouse();
  const agent = house.agent();
  expectProblem(await agent.get('/api/v1/nothing'), 404, 'not_found');
  expectProblem(await agent.get('/nothing'), 404, 'not_found');
  expectProblem(await agent.get('/%E0%A4%A'), 404, 'not_found');
  expectProblem(await agent.get('/api/v1/sessions/%E0%A4%A'), 404, 'not_found');
  const put = await agent.put('/api/v1/setup').send({});
  expectProblem(put, 405, 'method_not_allowed');
  expect(put.headers['allow']).toBe('POST');
});

test.each([
  ['another site', { origin: 'https://evil.test' }, 403],
  ['a page without an origin', { origin: 'null' }, 403],
  ['another site that hides its origin', { 'sec-fetch-site': 'cross-site' }, 403],
  ['our own page', { 'sec-fetch-site': 'same-origin', origin: 'OWN' }, 204],
  ['a program', {}, 204],
])('a request that changes something, sent by %s, is answered with %s', async (_who, headers, status) => {
  await using house = await startHouse();
  const agent = await house.admin();
  const sent = Object.fromEntries(
    Object.entries(headers as Record<string, string>).map(([name, value]) => [
      name,
      value === 'OWN' ? house.gateway.url : value,
    ]),
  );
  const answer = await agent.post('/api/v1/auth/sign-out').set(sent);
  expect(answer.status).toBe(status);
  if (status === 403) await agent.get('/api/v1/auth/session').expect(200);
});

test('another host name in X-Forwarded-Host convinces nobody on the LAN', async () => {
  await using house = await startHouse();
  const agent = await house.admin();
  const headers = { origin: 'https://evil.test', 'x-forwarded-host': 'evil.test' };
  expectProblem(await agent.post('/api/v1/auth/sign-out').set(headers), 403, 'origin_refused');
});

test('pages and answers carry a policy that lets no foreign script run', async () => {
  await using house = await startHouse();
  const { headers } = await request(house.gateway.app).get('/api/v1/status').expect(200);
  expect(headers['content-security-policy']).toContain("script-src 'self';");
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['x-powered-by']).toBeUndefined();
});
