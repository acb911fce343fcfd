import { request as httpRequest, type IncomingMessage } from 'node:http';
import request from 'supertest';
import { expect, test } from 'vitest';
import { gatewayOfLabel, isHostPattern, labelOf } from '../../cloud-mock/access/relay-origins.ts';
import { register, signIn, startTestCloud, type TestCloud } from './cloud.ts';
import { createFakeGateway, type FakeGateway, until, wholeBytes } from './gateway.ts';

type Browser = ReturnType<typeof request.agent>;

/** A gateway that is bound and online. */
async function online(cloud: TestCloud, owner: Browser, name?: string) {
  const gateway = await createFakeGateway(cloud, name);
  await gateway.bind(owner);
  await gateway.dial();
  return gateway;
}

/** Open it; returns where it is and the relay cookie. */
async function enter(owner: Browser, gateway: FakeGateway) {
  const { body } = await owner.post(`/api/v1/gateways/${gateway.id}/open`).expect(200);
  const { origin } = new URL(body.openUrl);
  const opened = await request(origin).post(`/${gateway.id}/_open`).send({ ticket: body.ticket }).expect(303);
  const cookies = (opened.headers['set-cookie'] as unknown as string[]).map((line) => line.split(';')[0]!);
  return { origin, cookie: cookies[0]!, cookies: cookies.join('; '), base: `${origin}/${gateway.id}` };
}

/** A request whose answer is not read until somebody does. */
const unread = (url: string, cookie: string) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest(url, { headers: { cookie }, agent: false }, resolve).on('error', reject).end();
  });

test('each VMS Local has an origin of its own, and none answers for another', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using one = await online(cloud, owner, 'One');
  using two = await online(cloud, owner, 'Two');
  const [first, second] = [await enter(owner, one), await enter(owner, two)];
  const origins = [first.origin, second.origin, cloud.relayUrl, cloud.url];
  expect(new Set(origins).size).toBe(4);

  await request(first.origin).get(`/${one.id}/x`).set('Cookie', first.cookie).expect(200);
  await request(first.origin).get(`/${two.id}/x`).set('Cookie', second.cookie).expect(404);
  await request(cloud.relayUrl).get(`/${one.id}/x`).set('Cookie', first.cookie).expect(404);
  // Whoever is inside the one is nobody at the other.
  await request(second.origin).get(`/${two.id}/x`).set('Cookie', first.cookie).expect(401);
  // The portal may send its form there, and says so.
  const policy = (await cloud.agent().get('/healthz')).headers['content-security-policy'];
  expect(policy).toContain("form-action 'self' http://127.0.0.1:*");
});

test('a cookie planted by the page of another VMS Local is not handed on, and a second relay cookie lets nobody in', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using one = await online(cloud, owner, 'One');
  using two = await online(cloud, owner, 'Two');
  const [first, second] = [await enter(owner, one), await enter(owner, two)];
  const at = (cookie: string) => request(second.origin).get(`/${two.id}/x`).set('Cookie', cookie);
  expect((await at(second.cookies).expect(200)).body.cookie).toBe('vigil_vms=inside');
  const [, foreign = ''] = first.cookies.split('; ');
  expect((await at(`${second.cookie}; ${foreign}; vigil_vms=plain`).expect(200)).body.cookie).toBeNull();
  await at(`${first.cookie}; ${second.cookie}`).expect(401);
  await at(`${second.cookie}; ${second.cookie}`).expect(200);
});

test('a page of another VMS Local cannot make this one change anything', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using one = await online(cloud, owner, 'One');
  using two = await online(cloud, owner, 'Two');
  const [first, second] = [await enter(owner, one), await enter(owner, two)];
  const post = (origin: string) =>
    request(second.origin).post(`/${two.id}/x`).set('Cookie', second.cookie).set('Origin', origin);
  expect((await post(first.origin).expect(403)).body.code).toBe('origin_refused');
  await post('null').expect(403);
  await post(second.origin).expect(200);
});

test('a VMS Local keeps its place over a restart, and another never gets it', async () => {
  const cloud = await startTestCloud({ keep: true });
  const email = await register(cloud);
  const owner = await signIn(cloud, email);
  using gateway = await online(cloud, owner);
  using left = await online(cloud, owner, 'Left');
  const { origin } = await enter(owner, gateway);
  const freed = await enter(owner, left);
  await owner.delete(`/api/v1/gateways/${left.id}`).expect(204);
  const ports = [cloud.url, cloud.relayUrl].map((url) => Number(new URL(url).port));
  await cloud[Symbol.asyncDispose]();

  await using again = await startTestCloud({
    dataDir: cloud.dataDir,
    port: ports[0]!,
    relayPort: ports[1]!,
    relayPorts: Number(new URL(freed.origin).port),
  });
  const back = await signIn(again, email);
  await gateway.dial();
  expect((await enter(back, gateway)).origin).toBe(origin);
  using newcomer = await createFakeGateway(again, 'Newcomer');
  await newcomer.bind(back);
  await newcomer.dial();
  expect((await enter(back, newcomer)).origin).not.toBe(freed.origin);
});

test('with a wildcard host each VMS Local has a name below it, answered by the one listener', async () => {
  await using cloud = await startTestCloud({ publicRelayUrl: 'https://*.relay.example.test:8443' });
  const agent = request.agent(cloud.url);
  const email = 'wild@example.test';
  const password = 'correct horse battery';
  await agent.post('/api/v1/sign-up').send({ email, name: 'Wild', password }).expect(201);
  await agent.post('/api/v1/sign-in').send({ email, password }).expect(200);
  using gateway = await online(cloud, agent);
  const { body } = await agent.post(`/api/v1/gateways/${gateway.id}/open`).expect(200);
  const { host, pathname } = new URL(body.openUrl);
  expect(host).toBe(`${labelOf(gateway.id)}.relay.example.test:8443`);
  // Only the listener that all names lead to is there.
  const relay = cloud.entrances.filter(({ kind, name }) => kind === 'listener' && name.startsWith('relay'));
  expect(relay.map(({ name }) => name)).toEqual(['relay']);
  const listener = `http://127.0.0.1:${cloud.relayPort}`;
  const opened = await request(listener).post(pathname).set('Host', host).send({ ticket: body.ticket }).expect(303);
  const lines = opened.headers['set-cookie'] as unknown as string[];
  expect(lines[0]).toMatch(/; Secure/);
  const cookie = lines.map((line) => line.split(';')[0]).join('; ');
  const get = (name: string) => request(listener).get(`/${gateway.id}/x`).set('Cookie', cookie).set('Host', name);
  expect((await get(host.toUpperCase()).expect(200)).body.cookie).toBe('vigil_vms=inside');
  expect(gateway.received.at(-1)?.headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-host': host });
  for (const other of ['127.0.0.1', 'relay.example.test', `gw-${'0'.repeat(24)}.relay.example.test:8443`, 'evil.test'])
    await get(other).expect(404);
});

test('a VMS Local’s name as a host label reads both ways, and nothing else is one', () => {
  for (const id of ['gw_AbCdEf-_01234567', 'gw_----------------', 'gw_abcdefghijklmnop']) {
    expect(labelOf(id)).toMatch(/^gw-[0-9a-f]{24}$/);
    expect(gatewayOfLabel(labelOf(id))).toBe(id);
  }
  for (const label of ['', 'gw-', 'gw-0g', `gw-${'0'.repeat(25)}`, 'www'])
    expect(gatewayOfLabel(label)).toBeUndefined();
  expect(isHostPattern('https://*.relay.example.test')).toBe(true);
  for (const url of ['https://relay.test', 'https://a.*.test', 'https://*', 'ftp://*.a', 'https://*.a/b'])
    expect(isHostPattern(url)).toBe(false);
});

test('accounts and gateways are apart: neither opens nor sees what is the other’s', async () => {
  await using cloud = await startTestCloud();
  const [ann, ben] = [await signIn(cloud, await register(cloud)), await signIn(cloud, await register(cloud))];
  using hers = await online(cloud, ann, 'Hers');
  using his = await online(cloud, ben, 'His');
  await ann.post(`/api/v1/gateways/${his.id}/open`).expect(404);
  const { body } = await ann.post(`/api/v1/gateways/${hers.id}/open`).expect(200);
  const { origin } = await enter(ben, his);
  await request(origin).post(`/${his.id}/_open`).send({ ticket: body.ticket }).expect(401);
  const inside = await enter(ann, hers);
  await request(origin).get(`/${his.id}/x`).set('Cookie', inside.cookie).expect(401);
  expect((await ann.get('/api/v1/gateways')).body.gateways.map(({ name }: { name: string }) => name)).toEqual(['Hers']);
});

test('readers who do not read hold up nobody else, and cost no more than their window', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await online(cloud, owner);
  const { base, cookie } = await enter(owner, gateway);
  // More of them than the window of the whole tunnel holds.
  const sleepers = await Promise.all(Array.from({ length: 6 }, () => unread(`${base}/flood`, cookie)));
  await until(() => gateway.received.filter(({ url }) => url === '/flood').length === 6, 'the floods');
  // What was sent stands still once nobody reads.
  let before = -1;
  while (gateway.flooded.bytes !== before) {
    before = gateway.flooded.bytes;
    const small = await fetch(`${base}/small`, { headers: { cookie } });
    expect(small.status).toBe(200);
    await small.arrayBuffer();
  }
  const perReader = gateway.flooded.bytes / sleepers.length;
  expect(perReader).toBeGreaterThan(256 * 1024);
  expect(perReader).toBeLessThan(16 << 20);

  const whole = await fetch(`${base}/whole`, { headers: { cookie } });
  expect((await whole.arrayBuffer()).byteLength).toBe(wholeBytes);
  // And the sleepers wake to a stream that still flows.
  const [first] = sleepers;
  let got = 0;
  for await (const part of first!) {
    got += (part as Buffer).length;
    if (got > perReader + (4 << 20)) break;
  }
  expect(got).toBeGreaterThan(perReader);
  for (const one of sleepers) one.destroy();
});

test('a tunnel cut in mid-transfer ends downloads short and uploads with an error, and the next dial-in serves again', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await online(cloud, owner);
  const { base, cookie } = await enter(owner, gateway);
  const download = await unread(`${base}/flood`, cookie);
  const upload = new Promise<number | 'cut'>((resolve) => {
    const sending = httpRequest(`${base}/upload`, { method: 'POST', headers: { cookie }, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    sending.on('error', () => resolve('cut'));
    sending.write('a beginning and no end');
  });
  const ended = new Promise<string>((resolve) => {
    download.on('end', () => resolve('whole'));
    download.on('error', () => resolve('short'));
    download.resume();
  });
  await until(() => gateway.flooded.bytes > 1 << 20, 'some of the download');
  expect(cloud.cutTunnel(gateway.id)).toBe(true);
  expect(await ended).toBe('short');
  expect([502, 'cut']).toContain(await upload);
  const away = await fetch(`${base}/x`, { headers: { cookie } });
  expect(away.status).toBe(502);
  await gateway.dial();
  expect((await fetch(`${base}/x`, { headers: { cookie } })).status).toBe(200);
});

test('the relay takes so many requests a second of one session, and so many at once of one VMS Local', async () => {
  await using cloud = await startTestCloud({ limits: { relayRequestsPerSecond: 20, relayStreamsPerGateway: 3 } });
  const email = await register(cloud);
  const [phone, desk] = [await signIn(cloud, email), await signIn(cloud, email)];
  using gateway = await online(cloud, phone);
  using other = await online(cloud, phone, 'Other');
  const [first, second] = [await enter(phone, gateway), await enter(desk, gateway)];
  const streams = await Promise.all([1, 2, 3].map(() => unread(`${first.base}/endless`, first.cookie)));
  // Another session of the same VMS Local finds no place, another VMS Local has its own.
  const busy = await fetch(`${second.base}/x`, { headers: { cookie: second.cookie } });
  expect(busy.status).toBe(429);
  expect(busy.headers.get('retry-after')).toBe('1');
  const elsewhere = await enter(desk, other);
  expect((await fetch(`${elsewhere.base}/x`, { headers: { cookie: elsewhere.cookie } })).status).toBe(200);
  for (const one of streams) one.destroy();

  const burst = await Promise.all(
    Array.from({ length: 60 }, () => fetch(`${elsewhere.base}/x`, { headers: { cookie: elsewhere.cookie } })),
  );
  const statuses = burst.map(({ status }) => status);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
  expect(statuses.every((status) => status === 200 || status === 429)).toBe(true);
});

test('requests one after another share a connection to the VMS Local; one that it let go is not missed', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await online(cloud, owner);
  const { base, cookie } = await enter(owner, gateway);
  const before = gateway.connections.length;
  const get = async () => {
    const answer = await fetch(`${base}/x`, { headers: { cookie } });
    await answer.arrayBuffer();
    return answer.status;
  };
  for (let n = 0; n < 10; n++) expect(await get()).toBe(200);
  expect(gateway.connections.length - before).toBe(1);
  for (let n = 0; n < 10; n++) {
    gateway.connections.at(-1)!.destroy();
    expect(await get()).toBe(200);
  }
});
