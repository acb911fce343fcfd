import express from 'express';
import type request from 'supertest';
import supertest from 'supertest';
import { expect, test } from 'vitest';
import { answerErrors } from '../../cloud-mock/api/answer-errors.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { enrolled, password, register, signIn, startTestCloud } from './cloud.ts';

test('malformed JSON, a wrong content type, a large body and an unknown route are refused as problems', async () => {
  await using cloud = await startTestCloud();
  const post = (type: string, body: string) =>
    cloud.agent().post('/api/v1/sign-in').set('Content-Type', type).send(body);
  const expectProblem = (answer: request.Response, status: number, code: string) => {
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    const problem = JSON.parse(answer.text) as object;
    expect(problem).toMatchObject({ type: 'about:blank', status, code, detail: expect.any(String) });
  };
  expectProblem(await post('application/json', '{"email":'), 400, 'body_invalid');
  expectProblem(await post('application/json', 'null'), 400, 'body_invalid');
  expectProblem(await post('application/json', '{"email":"no address","password":"x"}'), 400, 'body_invalid');
  expectProblem(await post('text/plain', '{}'), 415, 'content_type_unsupported');
  expectProblem(await post('application/x-www-form-urlencoded', 'email=a'), 415, 'content_type_unsupported');
  expectProblem(await post('application/json', JSON.stringify({ x: 'y'.repeat(101 * 1024) })), 413, 'body_too_large');
  expectProblem(await cloud.agent().get('/api/v1/nothing'), 404, 'not_found');
  expectProblem(await cloud.agent().put('/api/v1/sign-in').send({}), 404, 'not_found');
  expectProblem(await cloud.agent().get('/%E0%A4%A'), 404, 'not_found');
  expectProblem(await cloud.agent().get('/api/v1/history'), 401, 'session_required');
  const agent = await signIn(cloud, await register(cloud));
  expectProblem(await agent.get('/api/v1/history?limit=0'), 400, 'query_invalid');
  expectProblem(await agent.get('/api/v1/history?limit=1&limit=2'), 400, 'query_invalid');
  expectProblem(await agent.delete('/api/v1/sessions/ses_other'), 404, 'session_unknown');
});

test('an unknown address and a wrong password are answered with the same status and body', async () => {
  await using cloud = await startTestCloud();
  const plain = await register(cloud);
  const { email: withCode } = await enrolled(cloud);
  const answers = [];
  for (const email of ['nobody@example.test', plain, withCode]) {
    const { status, body, headers } = await cloud
      .agent()
      .post('/api/v1/sign-in')
      .send({ email, password: 'not the password' });
    const { date: _, ...rest } = headers as Record<string, string>;
    answers.push({ status, body, headers: rest });
  }
  expect(answers[0]).toMatchObject({ status: 401, body: { code: 'wrong_credentials' } });
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
});

test('an unknown address takes as long as a known one: the password is hashed either way', async () => {
  await using cloud = await startTestCloud();
  const known = await register(cloud);
  const took: Record<string, number[]> = { known: [], unknown: [] };
  for (let n = 0; n < 15; n++) {
    for (const [which, email] of [
      ['known', known],
      ['unknown', `nobody${n}@example.test`],
    ] as const) {
      const began = performance.now();
      await cloud.agent().post('/api/v1/sign-in').send({ email, password: 'not the password' }).expect(401);
      took[which]!.push(performance.now() - began);
    }
  }
  const median = (which: string) => took[which]!.sort((a, b) => a - b)[7]!;
  // Without the hash the unknown one would take a fraction; the exact figure is for the benchmark.
  expect(median('unknown') / median('known')).toBeGreaterThan(0.6);
  expect(median('unknown') / median('known')).toBeLessThan(1.6);
});

test('registering a taken address is answered alike, changes nothing, and tells its owner by mail', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud, 'ann@example.test');
  const again = { email: 'ANN@example.test', name: 'Mallory', password: 'another long password' };
  const taken = await cloud.agent().post('/api/v1/sign-up').send(again).expect(201);
  const fresh = await cloud
    .agent()
    .post('/api/v1/sign-up')
    .send({ ...again, email: 'free@example.test' })
    .expect(201);
  expect(Object.keys(taken.body.account)).toEqual(Object.keys(fresh.body.account));
  expect(taken.body.account).toEqual({ email: 'ann@example.test', name: 'Mallory' });
  await cloud.agent().post('/api/v1/sign-in').send({ email, password: again.password }).expect(401);
  await signIn(cloud, email);
  expect((await cloud.mail(email)).map(({ subject }) => subject)).toEqual([
    'You already have a TP-Link ID',
    'Your TP-Link ID is ready',
  ]);
});

test.each([
  ['short', 'seven77'],
  ['common', 'Password123'],
  ['a word of this place', 'TPLink1234'],
  ['your e-mail', 'ben@example.test'],
  ['one character', 'aaaaaaaaaaaa'],
  ['too long', 'x1'.repeat(65)],
])('a password that is %s will not do', async (_why, given) => {
  await using cloud = await startTestCloud();
  const refused = await cloud
    .agent()
    .post('/api/v1/sign-up')
    .send({ email: 'ben@example.test', name: 'Ben', password: given })
    .expect(422);
  expect(refused.body).toMatchObject({ code: 'password_unfit', field: 'password' });
});

test('a password of 128 characters of any kind is taken as it is, spaces at the ends too', async () => {
  await using cloud = await startTestCloud();
  const given = ` ${'ß€🔑 '.repeat(31)}xy `;
  expect([...given]).toHaveLength(128);
  const email = 'long@example.test';
  await cloud.agent().post('/api/v1/sign-up').send({ email, name: 'L', password: given }).expect(201);
  await cloud.agent().post('/api/v1/sign-in').send({ email, password: given }).expect(200);
  await cloud.agent().post('/api/v1/sign-in').send({ email, password: given.trim() }).expect(401);
});

test('changing the password needs the old one and ends the other sessions', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const [agent, other] = [await signIn(cloud, email), await signIn(cloud, email)];
  const change = (currentPassword: string, newPassword: string) =>
    agent.post('/api/v1/account/password').send({ currentPassword, newPassword });
  expect((await change('wrong wrong', 'a new long password').expect(401)).body.code).toBe('wrong_credentials');
  expect((await change(password, 'password1').expect(422)).body.code).toBe('password_unfit');
  await change(password, 'a new long password').expect(200);
  await other.get('/api/v1/session').expect(401);
  await agent.get('/api/v1/session').expect(200);
  await cloud.agent().post('/api/v1/sign-in').send({ email, password }).expect(401);
  await cloud.agent().post('/api/v1/sign-in').send({ email, password: 'a new long password' }).expect(200);
});

test('open sessions are listed and ended one by one or all but this one', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const [one, two, three] = [await signIn(cloud, email), await signIn(cloud, email), await signIn(cloud, email)];
  const list = async () =>
    (await one.get('/api/v1/sessions').expect(200)).body.sessions as { id: string; current: boolean }[];
  const sessions = await list();
  expect(sessions).toHaveLength(3);
  expect(sessions.filter(({ current }) => current)).toHaveLength(1);
  const id = (await two.get('/api/v1/session')).body.session.id;
  const stranger = await signIn(cloud, await register(cloud));
  await stranger.delete(`/api/v1/sessions/${id}`).expect(404);
  await one.delete(`/api/v1/sessions/${id}`).expect(204);
  await two.get('/api/v1/session').expect(401);
  expect((await one.delete('/api/v1/sessions').expect(200)).body).toEqual({ ended: 1 });
  await three.get('/api/v1/session').expect(401);
  expect(await list()).toHaveLength(1);
});

test('a session ends after twelve hours unused and after a week in any case', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const idle = await signIn(cloud, email);
  const busy = await signIn(cloud, email);
  for (let hours = 0; hours < 7 * 24 - 10; hours += 10) {
    await cloud.clock.advance('10h');
    await busy.get('/api/v1/session').expect(200);
  }
  await idle.get('/api/v1/session').expect(401);
  await cloud.clock.advance('8h');
  await busy.get('/api/v1/session').expect(401);
});

test('the history tells what happened, newest first, in pages and as NDJSON', async () => {
  await using cloud = await startTestCloud();
  const { email, agent } = await enrolled(cloud);
  await cloud.agent().post('/api/v1/sign-in').send({ email, password: 'not the password' }).expect(401);
  const { body } = await agent.get('/api/v1/history').expect(200);
  expect(body.history.map(({ kind }: { kind: string }) => kind)).toEqual([
    'sign_in.refused',
    'two_factor.turned_on',
    'signed_in',
    'account.registered',
  ]);
  expect(body.history[0]).toMatchObject({ door: 'web-portal', address: '127.0.0.1', detail: {} });
  const page = await agent.get('/api/v1/history?limit=2').expect(200);
  expect(page.body.history).toHaveLength(2);
  const rest = await agent.get(`/api/v1/history?before=${page.body.next}`).expect(200);
  expect(rest.body.history).toHaveLength(2);
  const lines = await agent
    .get('/api/v1/history')
    .set('Accept', 'application/x-ndjson')
    .buffer(true)
    .parse((response, done) => {
      let text = '';
      response.on('data', (part) => (text += part));
      response.on('end', () => done(null, text));
    });
  expect(
    String(lines.body)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).kind),
  ).toHaveLength(4);
});

test('a page of another origin cannot use the cookie, one of the relay’s port neither', async () => {
  await using cloud = await startTestCloud();
  const agent = await signIn(cloud, await register(cloud));
  const signOut = (headers: Record<string, string>) => agent.post('/api/v1/sign-out').set(headers);
  await signOut({ Origin: 'https://evil.test' }).expect(403);
  await signOut({ Origin: cloud.relayUrl }).expect(403);
  await signOut({ Origin: 'null' }).expect(403);
  await signOut({ 'Sec-Fetch-Site': 'same-site' }).expect(403);
  await agent.get('/api/v1/session').expect(200);
  await signOut({ Origin: cloud.url }).expect(204);
});

test('forwarded headers change neither the address that is noted nor a limit', async () => {
  await using cloud = await startTestCloud({ limits: { wrongPasswordsPerAccount: 3, wrongPasswordsPerAddress: 5 } });
  const email = await register(cloud);
  let n = 0;
  const fail = (who: string) =>
    cloud
      .agent()
      .post('/api/v1/sign-in')
      .set('X-Forwarded-For', `10.0.0.${++n}`)
      .send({ email: who, password: 'not the password' });
  for (let i = 0; i < 3; i++) await fail(email).expect(401);
  const limited = await fail(email.toUpperCase()).expect(429);
  expect(limited.body.code).toBe('too_many_requests');
  expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
  await fail('other@example.test').expect(401);
  await fail('third@example.test').expect(401);
  await fail('fourth@example.test').expect(429);
  // A right password from the same place: the address is shut for guessing as a whole.
  await cloud.agent().post('/api/v1/sign-in').send({ email, password }).expect(429);
});

test('right passwords use up no limit', async () => {
  await using cloud = await startTestCloud({ limits: { wrongPasswordsPerAccount: 2, wrongPasswordsPerAddress: 2 } });
  const email = await register(cloud);
  for (let n = 0; n < 6; n++) await signIn(cloud, email);
});

test('pages come with a strict content policy, and nothing is told of the server', async () => {
  await using cloud = await startTestCloud();
  const page = await cloud.agent().get('/sign-in');
  expect([200, 503]).toContain(page.status);
  const policy = page.headers['content-security-policy']!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  // VMS Locals are opened by a form, each at a port of its own.
  expect(policy).toContain(`form-action 'self' http://${new URL(cloud.relayUrl).hostname}:*`);
  expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  expect(page.headers['x-powered-by']).toBeUndefined();
  expect(page.headers['x-content-type-options']).toBe('nosniff');
  expect((await cloud.agent().get('/two-factor/off')).headers['referrer-policy']).toBe('no-referrer');
});

test('whoever typed another loopback name is led to the one that cookies and links belong to', async () => {
  await using cloud = await startTestCloud();
  const { port } = new URL(cloud.url);
  const led = await cloud.agent().get('/account?x=1').set('Host', `localhost:${port}`).expect(302);
  expect(led.headers['location']).toBe(`${cloud.url}/account?x=1`);
  const stays = await cloud.agent().get('/account').set('Host', 'evil.test');
  expect(stays.headers['location']).toBeUndefined();
  const slashes = await cloud.agent().get('/').set('Host', `localhost:${port}`).expect(302);
  expect(slashes.headers['location']).toBe(`${cloud.url}/`);
});

test('health and API description answer, and the description names every route of the portal', async () => {
  await using cloud = await startTestCloud();
  await cloud.agent().get('/healthz').expect(200, { status: 'ok' });
  const { body } = await cloud.agent().get('/api/v1/openapi.json').expect(200);
  expect(body.openapi).toBe('3.1.0');
  const described = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  const routes = cloud.registered
    .filter(({ path, method }) => path.startsWith('/api/v1/') && method !== 'use')
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  expect(routes.filter((one) => !described.includes(one))).toEqual([]);
  const signIn = body.paths['/api/v1/sign-in'].post;
  expect(signIn.requestBody.content['application/json'].schema.required).toEqual(['email', 'password']);
  expect(Object.keys(signIn.responses)).toEqual(expect.arrayContaining(['200', '400', '401', '413', '429']));
  expect(JSON.stringify(body)).not.toContain('"$schema"');
  const page = await cloud.agent().get('/api/v1/docs').expect(200);
  expect(page.text).toContain('/api/v1/sign-in/code');
});

test('the first account is made once, and its password is told only then', async () => {
  const first = await startTestCloud({ keep: true, firstAccount: { email: 'Owner@vigil.test', name: 'Owner' } });
  const { email, password: generated } = first.firstAccount!;
  expect(email).toBe('owner@vigil.test');
  await first.agent().post('/api/v1/sign-in').send({ email, password: generated }).expect(200);
  await first[Symbol.asyncDispose]();
  await using second = await startTestCloud({
    dataDir: first.dataDir,
    firstAccount: { email: 'Owner@vigil.test', name: 'Owner' },
  });
  expect(second.firstAccount).toBeUndefined();
  await second.agent().post('/api/v1/sign-in').send({ email, password: generated }).expect(200);
});

test('what fails inside is told as a bare 500: neither message, stack nor path of a file', async () => {
  const app = express();
  app.get('/', () => {
    throw new Error(`SQLITE_CANTOPEN: /home/ann/.vigil/cloud.sqlite, key ${password}`);
  });
  app.use(answerErrors(silentLog));
  const { body, text } = await supertest(app)
    .get('/')
    .expect(500)
    .expect('Content-Type', /problem\+json/);
  expect(body).toMatchObject({ status: 500, code: 'internal', detail: 'Something went wrong here.' });
  expect(text).not.toMatch(/SQLITE|ann|stack|\.ts|horse/);
});
