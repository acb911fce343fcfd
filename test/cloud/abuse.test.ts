import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import request from 'supertest';
import { expect, test } from 'vitest';
import { addressNoter, clientAddress, parseProxies, sourceOf } from '../../cloud-mock/api/client-address.ts';
import { challenge, enrolled, password, register, startTestCloud, type TestCloud } from './cloud.ts';

/** Somebody behind a proxy of the cloud's, which is this machine. */
const from = (cloud: TestCloud, address: string, email: string, given = 'not the password') =>
  request(cloud.url).post('/api/v1/sign-in').set('X-Forwarded-For', address).send({ email, password: given });

test('only a proxy that was named is believed, and of what it says only the last stranger', () => {
  const of = (peer: string, forwarded: string | undefined, proxies: string[]) => {
    const incoming = new IncomingMessage(new Socket());
    Object.defineProperty(incoming.socket, 'remoteAddress', { value: peer });
    if (forwarded !== undefined) incoming.headers['x-forwarded-for'] = forwarded;
    addressNoter(parseProxies(proxies))(incoming);
    return clientAddress(incoming);
  };
  expect(of('192.0.2.7', '10.9.9.9', [])).toBe('192.0.2.7');
  expect(of('192.0.2.7', '10.9.9.9', ['10.0.0.0/8'])).toBe('192.0.2.7');
  expect(of('10.0.0.1', '198.51.100.4', ['10.0.0.0/8'])).toBe('198.51.100.4');
  expect(of('::ffff:10.0.0.1', '1.1.1.1, 198.51.100.4, 10.0.0.2', ['10.0.0.0/8'])).toBe('198.51.100.4');
  expect(of('10.0.0.1', 'rubbish', ['10.0.0.1'])).toBe('10.0.0.1');
  expect(of('10.0.0.1', undefined, ['10.0.0.1'])).toBe('10.0.0.1');
  expect(of('::1', '2001:db8::5', ['::1'])).toBe('2001:db8::5');
  for (const bad of ['nonsense', '10.0.0.0/33', '10.0.0.0/x', '::1/129', ''])
    expect(() => parseProxies([bad])).toThrow(RangeError);
});

test('without a proxy configured, forwarded headers buy no new tries', async () => {
  await using cloud = await startTestCloud({ limits: { wrongPasswordsPerAccount: 3 } });
  const email = await register(cloud);
  const statuses = [];
  for (let n = 0; n < 5; n++) statuses.push((await from(cloud, `198.51.100.${n}`, email)).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  // A right password in between gives nothing back either.
  await using other = await startTestCloud({ limits: { wrongPasswordsPerAccount: 3 } });
  const victim = await register(other);
  const tries = [];
  for (const given of ['no1-no1-no1', 'no2-no2-no2', password, 'no3-no3-no3', 'no4-no4-no4', password])
    tries.push((await from(other, '', victim, given)).status);
  expect(tries).toEqual([401, 401, 200, 401, 429, 429]);
});

test('an IPv6 network that one customer has is one source: its addresses buy no new tries', async () => {
  expect(sourceOf('192.0.2.7')).toBe('192.0.2.7');
  for (const same of ['2001:db8:1:2::1', '2001:0db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2:3:4:192.0.2.1'])
    expect(sourceOf(same)).toBe('2001:db8:1:2::/64');
  expect(sourceOf('2001:db8:1:3::1')).toBe('2001:db8:1:3::/64');
  expect(sourceOf('2001:db8::1:2:3:4:5')).toBe('2001:db8:0:1::/64');
  expect(sourceOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  expect(sourceOf('::1')).toBe('0:0:0:0::/64');
  await using cloud = await startTestCloud({ trustedProxies: ['127.0.0.1'], limits: { wrongPasswordsPerAddress: 3 } });
  const statuses = [];
  for (let n = 1; n <= 5; n++) statuses.push((await from(cloud, `2001:db8:1:2::${n}`, `a${n}@example.test`)).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  await from(cloud, '2001:db8:1:3::1', 'a9@example.test').expect(401);
});

test('tries from many addresses share one budget of the account, and leave the owner’s own address alone', async () => {
  await using cloud = await startTestCloud({
    trustedProxies: ['127.0.0.1'],
    limits: { wrongPasswordsPerAccount: 3, wrongPasswordsFromStrangers: 8 },
  });
  const email = await register(cloud);
  await from(cloud, '203.0.113.1', email, password).expect(200);
  const statuses: number[] = [];
  for (let n = 0; n < 12; n++) statuses.push((await from(cloud, `198.51.100.${n}`, email)).status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(8);
  expect(statuses.slice(8)).toEqual([429, 429, 429, 429]);
  // Upper case is the same account.
  await from(cloud, '198.51.100.99', email.toUpperCase()).expect(429);
  await from(cloud, '203.0.113.1', email, password).expect(200);
});

test('no door tells whether an address has an account', async () => {
  await using cloud = await startTestCloud();
  const known = await register(cloud);
  const unknown = 'nobody-of-them@example.test';
  const bodies = async (ask: (email: string) => request.Test) =>
    Promise.all(
      [known, unknown].map(async (email) => {
        const { status, text, headers } = await ask(email);
        return { status, text: text.replaceAll(email, 'WHO'), length: headers['content-length'] === undefined };
      }),
    );
  const v2 = (path: string, email: string) =>
    cloud
      .agent()
      .post(`/api/v2/account/${path}`)
      .send({ cloudUserName: email, cloudPassword: 'wrong wrong', code: '1' });
  const doors: Record<string, (email: string) => request.Test> = {
    'sign-in': (email) => cloud.agent().post('/api/v1/sign-in').send({ email, password: 'wrong wrong' }),
    'sign-up': (email) => cloud.agent().post('/api/v1/sign-up').send({ email, name: 'X', password: 'long enough one' }),
    'v2 login': (email) => v2('login', email),
    'v2 code and password': (email) => v2('checkMFACodeAndLogin', email),
    'v2 status': (email) => v2('getAccountStatusAndUrl', email),
    'v1 login': (email) =>
      cloud
        .agent()
        .post('/')
        .send({ method: 'login', params: { cloudUserName: email, cloudPassword: 'wrong wrong' } }),
  };
  for (const [door, ask] of Object.entries(doors)) {
    const [one, two] = await bodies(ask);
    expect(one, door).toEqual(two);
  }
  // The lost phone's mail is asked for by a challenge alone, which only a right password opens.
  await cloud
    .agent()
    .post('/api/v1/sign-in/lost-device')
    .send({ challengeId: 'x'.repeat(43) })
    .expect(401);
});

/** What is no code, as it comes over the wire. */
const malformed: [string, unknown][] = [
  ['spaces', '123 456'],
  ['five digits', '12345'],
  ['seven digits', '1234567'],
  ['letters', 'abcdef'],
  ['full-width digits', '１２３４５６'],
  ['a number', 123456],
  ['an array', ['1', '2', '3', '4', '5', '6']],
  ['an object', { code: '123456' }],
  ['a million characters', '9'.repeat(1_000_000)],
  ['null', null],
];

test.each(malformed)('%s instead of a code is a wrong code at every door, and counted at each', async (_name, code) => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  const credentials = { cloudUserName: who.email, cloudPassword: password };
  const failures = async () => {
    const { body } = await who.agent.get('/api/v1/history?limit=100').expect(200);
    const kinds = (body.history as { kind: string }[]).map(({ kind }) => kind);
    return kinds.filter((kind) => kind === 'second_factor.refused').length;
  };
  const web = await challenge(cloud, who.email);
  const asked = await cloud.agent().post('/api/v2/account/login').send(credentials);
  const { MFAProcessId } = asked.body.result;
  const answers = [
    await web.agent.post('/api/v1/sign-in/code').send({ challengeId: web.challengeId, code }),
    await cloud
      .agent()
      .post('/api/v2/account/checkMFACodeAndLogin')
      .send({ ...credentials, MFAProcessId, code }),
    await cloud
      .agent()
      .post('/api/v2/account/checkMFACodeAndLogin')
      .send({ ...credentials, code }),
    await cloud
      .agent()
      .post('/')
      .send({ method: 'checkMFACodeAndLogin', params: { ...credentials, code } }),
    await who.agent.post('/api/v1/two-factor/disable').send({ password, code }),
  ];
  const said = answers.map(({ status, body }) => (status === 200 ? body.error_code : `${status} ${body.code}`));
  expect(said).toEqual(['401 wrong_code', -20607, -20607, -20607, '401 wrong_code']);
  expect(await failures()).toBe(5);
});

test('known and unknown names take the same time: medians of 200 tries', { timeout: 120_000 }, async () => {
  await using cloud = await startTestCloud({
    limits: { wrongPasswordsPerAddress: 10_000, wrongPasswordsPerAccount: 10_000, wrongPasswordsFromStrangers: 10_000 },
  });
  const known = await register(cloud);
  const took: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
  const agent = cloud.agent();
  const once = async (which: 'known' | 'unknown') => {
    const email = which === 'known' ? known : 'nobody@example.test';
    const began = performance.now();
    await agent.post('/api/v1/sign-in').send({ email, password: 'not the password' }).expect(401);
    took[which].push(performance.now() - began);
  };
  // In turns, so that whatever else the machine does strikes both alike.
  for (let n = 0; n < 200; n++) {
    await once(n % 2 ? 'known' : 'unknown');
    await once(n % 2 ? 'unknown' : 'known');
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const [one, two] = [median(took.known), median(took.unknown)];
  console.info(
    `known ${one.toFixed(2)} ms, unknown ${two.toFixed(2)} ms: apart ${((one / two - 1) * 100).toFixed(1)} %`,
  );
  // A hash left out would be most of the time, not some of it.
  expect(one / two).toBeGreaterThan(0.7);
  expect(one / two).toBeLessThan(1.4);
});
