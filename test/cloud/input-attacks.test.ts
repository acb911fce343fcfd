import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { enrolled, password, register, startTestCloud, type TestCloud } from './cloud.ts';

const v2 = (cloud: TestCloud, call: string, body: object) => cloud.agent().post(`/api/v2/account/${call}`).send(body);

/** Send bytes as they are; resolves to all that comes back. */
async function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  let answer = '';
  socket.setEncoding('utf8').on('data', (part) => {
    answer += part;
  });
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

/** Addresses that read like one another. */
const likenesses: [string, (email: string) => string][] = [
  ['a space at the end', (email) => `${email} `],
  ['a space before', (email) => ` ${email}`],
  ['a full-width @', (email) => email.replace('@', '＠')],
  ['a Cyrillic letter', (email) => email.replace('o', 'о')],
  ['a full-width letter', (email) => email.replace('s', 'ｓ')],
  ['a zero-width space', (email) => email.replace('@', '\u200b@')],
  ['a null byte', (email) => `${email}\u0000`],
  ['a second address', (email) => `${email},evil@example.test`],
  ['an array', (email) => [email, 'evil@example.test'] as unknown as string],
  ['an object', (email) => ({ $ne: email }) as unknown as string],
  ['a dotless i', (email) => email.replace('e', 'ı')],
];
test.each(likenesses)('an address with %s is nobody’s, and makes no second account', async (_name, change) => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const like = change(email);
  const up = await cloud.agent().post('/api/v1/sign-up').send({ email: like, name: 'X', password });
  const portal = await cloud.agent().post('/api/v1/sign-in').send({ email: like, password });
  expect([up.status, portal.status]).toEqual([400, 400]);
  const app = await v2(cloud, 'login', { cloudUserName: like, cloudPassword: password });
  expect([-20601, -20104]).toContain(app.body.error_code);
  // Case alone makes no other account.
  await cloud.agent().post('/api/v1/sign-in').send({ email: email.toUpperCase(), password }).expect(200);
});

test('a password counts to its last character, also behind a null byte, and is neither cut nor normalised', async () => {
  await using cloud = await startTestCloud();
  const long = `${'long '.repeat(20)}end`;
  for (const [given, near] of [
    ['before\u0000behind one', 'before\u0000behind two'],
    [long, long.slice(0, -1)],
    ['caf\u00e9 au lait', 'cafe\u0301 au lait'],
    ['Correct Horse', 'correct horse'],
    [' leading space', 'leading space'],
  ] as const) {
    const email = `someone${Math.abs(given.length * 31 + given.charCodeAt(0))}@example.test`;
    await cloud.agent().post('/api/v1/sign-up').send({ email, name: 'X', password: given }).expect(201);
    await cloud.agent().post('/api/v1/sign-in').send({ email, password: near }).expect(401);
    await cloud.agent().post('/api/v1/sign-in').send({ email, password: given }).expect(200);
  }
  const huge = await cloud
    .agent()
    .post('/api/v1/sign-in')
    .send({ email: 'a@example.test', password: 'x'.repeat(90_000) });
  expect(huge.status).toBe(400);
});

test('a name is one line that reads as it is written: it stands in mails to others', async () => {
  await using cloud = await startTestCloud();
  for (const name of ['Ann\r\nBcc: evil@example.test', 'Ann\u0000', 'Ann \u202Etxt.exe', '   ', 'x'.repeat(65)]) {
    const { body } = await cloud.agent().post('/api/v1/sign-up').send({ email: 'ann@example.test', name, password });
    expect([body.code, body.field]).toEqual(['body_invalid', 'name']);
  }
  await cloud
    .agent()
    .post('/api/v1/sign-up')
    .send({ email: 'ann@example.test', name: 'Ånn 👩‍🔧 O’Neill', password })
    .expect(201);
});

test('names that other programs stumble over are data like any other, and of two of a name the last counts', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const send = (text: string) =>
    cloud.agent().post('/api/v1/sign-in').set('Content-Type', 'application/json').send(text);
  const mail = JSON.stringify(email);
  for (const poisoned of [
    `{"email":${mail},"__proto__":{"password":"${password}"}}`,
    `{"email":${mail},"constructor":{"prototype":{"password":"${password}"}}}`,
    `{"email":${mail},"password":"${password}","password":"wrong wrong"}`,
    `{"email":${mail},"password":{"toString":"x"}}`,
    `{"email":${mail},"password":["${password}"]}`,
    `{"email":${mail},"password":true}`,
  ]) {
    const { status } = await send(poisoned);
    expect([poisoned, [400, 401].includes(status)]).toEqual([poisoned, true]);
  }
  const app = await cloud
    .agent()
    .post('/api/v2/account/login')
    .set('Content-Type', 'application/json')
    .send(`{"cloudUserName":${mail},"__proto__":{"cloudPassword":"${password}"}}`);
  expect(app.body.error_code).toBe(-20104);
  expect(({} as { password?: string }).password).toBeUndefined();
  // Parameters that come twice are not one.
  const { token } = (await v2(cloud, 'login', { cloudUserName: email, cloudPassword: password })).body.result;
  const twice = await cloud.agent().post(`/api/v2/account/getMFAFeatureStatus?token=${token}&token=other`).send({});
  expect(twice.body.error_code).toBe(-20651);
});

test('a method in a header or field changes nothing about the method', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  const { body } = await who.agent.get('/api/v1/sessions').expect(200);
  const [{ id }] = body.sessions;
  for (const header of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
    await who.agent.get(`/api/v1/sessions/${id}?_method=DELETE`).set(header, 'DELETE').expect(404);
    await who.agent.post(`/api/v1/sessions/${id}`).set(header, 'DELETE').send({ _method: 'DELETE' }).expect(404);
  }
  await who.agent.get('/api/v1/session').expect(200);
});

const smuggling: [string, string][] = [
  ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\n{"a":1}'],
  ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n'],
  ['chunks twice', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
  ['a space before the colon', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
  ['a folded header', 'X-One: a\r\n b\r\nContent-Length : 2\r\n\r\n{}'],
  ['a length that is none', 'Content-Length: +2\r\n\r\n{}'],
  ['two hosts', 'Host: evil.test\r\nContent-Length: 2\r\n\r\n{}'],
  ['two authorizations', 'Authorization: Bearer a\r\nAuthorization: Bearer b\r\nContent-Length: 2\r\n\r\n{}'],
  ['two origins', 'Origin: http://a.test\r\norigin: http://b.test\r\nContent-Length: 2\r\n\r\n{}'],
  ['a bare line feed', 'X-One: a\nContent-Length: 2\r\n\r\n{}'],
];
test.each(smuggling)(
  'a request with %s is refused, at the portal and at the relay, and nothing follows it',
  async (_name, rest) => {
    await using cloud = await startTestCloud();
    for (const url of [cloud.url, cloud.relayUrl]) {
      const head = `POST /api/v1/sign-in HTTP/1.1\r\nHost: ${new URL(url).host}\r\nContent-Type: application/json\r\n`;
      const answer = await raw(url, head + rest);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer.match(/HTTP\/1\.1 \d+/g)).toHaveLength(1);
    }
  },
);

test('a session that a stranger planted before the sign-in is not the one after it', async () => {
  await using cloud = await startTestCloud();
  const [stranger, victim] = [await register(cloud), await register(cloud)];
  const planted = (await cloud.agent().post('/api/v1/sign-in').send({ email: stranger, password })).headers[
    'set-cookie'
  ]![0]!.split(';')[0]!;
  const signedIn = await cloud
    .agent()
    .post('/api/v1/sign-in')
    .set('Cookie', planted)
    .send({ email: victim, password })
    .expect(200);
  const line = signedIn.headers['set-cookie']![0]!;
  expect(line.split(';')[0]).not.toBe(planted);
  expect(line).toMatch(/; Path=\/; .*HttpOnly; SameSite=Lax/);
  await cloud.agent().get('/api/v1/session').set('Cookie', planted).expect(401);
  await using tls = await startTestCloud({ publicUrl: 'https://id.example.test' });
  const email = await register(tls);
  const secure = await tls.agent().post('/api/v1/sign-in').send({ email, password }).expect(200);
  expect(secure.headers['set-cookie']![0]).toMatch(/; Secure/);
});

test('the portal leads nowhere else: what looks like a path to another host stays here', async () => {
  await using cloud = await startTestCloud();
  for (const path of [
    '//evil.test/%2e%2e',
    '/\\evil.test',
    '/%5cevil.test',
    '/.//evil.test',
    '/sign-in/..//evil.test',
  ]) {
    const answer = await raw(
      cloud.url,
      `GET ${path} HTTP/1.1\r\nHost: localhost:${new URL(cloud.url).port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`,
    );
    const location = /^location: (.*)$/im.exec(answer)?.[1]?.trim();
    if (location) expect([path, new URL(location, cloud.url).origin]).toEqual([path, cloud.url]);
    expect(answer).toMatch(/^HTTP\/1\.1 (200|302|400|404) /);
  }
});
