import type { Response } from 'supertest';
import { expect, test } from 'vitest';
import { formatLabelSecret } from '../../core/pairing/label-secret.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { codeOf, expectProblem, openFeed, startBoundHouse, startHouse, until } from '../gateway-people/harness.ts';
import { cameraPassword, startCameras } from './fleet.ts';

type House = Awaited<ReturnType<typeof startHouse>>;
const depsOf = ({ clock }: House) => ({ deps: { clock, random: secureRandom, log: silentLog } });
// biome-ignore lint/suspicious/noExplicitAny: answers are looked at, not trusted
const body = (response: Response) => response.body as Record<string, any>;

/** A gateway and activated cameras on one clock. */
async function scene(profiles: string[]) {
  const house = await startHouse();
  const fleet = await startCameras(
    depsOf(house),
    profiles.map((profile, n) => ({ name: `cam-${n}`, profile })),
  );
  const admin = await house.admin();
  const address = (n: number) => `127.0.0.1:${fleet.cameras[n]!.camera.address.ports.http}`;
  const add = (n: number, more: object = {}) =>
    admin.post('/api/v1/cameras').send({ address: address(n), username: 'admin', password: cameraPassword, ...more });
  return {
    house,
    fleet,
    admin,
    add,
    address,
    async [Symbol.asyncDispose]() {
      await house[Symbol.asyncDispose]();
      await fleet[Symbol.asyncDispose]();
    },
  };
}

test('a camera is added, seen, renamed and removed by the API, and the feed tells each step', async () => {
  await using set = await scene(['generic']);
  using feed = await openFeed(set.house, set.admin);
  await feed.heard('hello');
  const added = body(await set.add(0, { name: 'Front door' }).expect(201));
  expect(added).toMatchObject({ name: 'Front door', state: 'online', eventRoute: 'pull-point', adoptedBy: 'onvif' });
  expect(body(await set.admin.get('/api/v1/cameras').expect(200))['cameras']).toHaveLength(1);
  const renamed = body(await set.admin.patch(`/api/v1/cameras/${added['id']}`).send({ name: ' Gate ' }).expect(200));
  expect(renamed['name']).toBe('Gate');
  expectProblem(await set.add(0), 409, 'camera_exists');
  await set.admin.delete(`/api/v1/cameras/${added['id']}`).expect(204);
  expectProblem(await set.admin.get(`/api/v1/cameras/${added['id']}`), 404, 'not_found');
  await until(() => feed.messages.some(({ type }) => type === 'camera-removed'));
  expect(
    feed.messages.some(({ type, camera }) => type === 'camera' && (camera as { name: string }).name === 'Gate'),
  ).toBe(true);
  const actions = body(await set.admin.get('/api/v1/audit').expect(200));
  expect(JSON.stringify(actions)).toContain('camera.added');
  expect(JSON.stringify(actions)).not.toContain(cameraPassword);
});

test('a wrong password is told with the camera, which stays to be corrected', async () => {
  await using set = await scene(['generic']);
  const refused = await set.add(0, { password: 'no' });
  expectProblem(refused, 422, 'camera_auth_failed');
  expect(body(refused)['camera']).toMatchObject({ state: 'wrong_password' });
  const id = body(refused)['camera'].id as string;
  const changed = body(await set.admin.patch(`/api/v1/cameras/${id}`).send({ password: cameraPassword }).expect(200));
  expect(changed['id']).toBe(id);
  await until(async () => body(await set.admin.get(`/api/v1/cameras/${id}`))['state'] === 'online');
});

test.each([
  ['nothing', {}],
  ['no password', { address: 'x', username: 'a' }],
  ['an empty name', { address: 'x', username: 'a', password: 'b', name: ' ' }],
  ['something unheard of', { address: 'x', username: 'a', password: 'b', colour: 'red' }],
  ['a number', { address: 5, username: 'a', password: 'b' }],
])('a camera described by %s is refused', async (_, wish) => {
  await using house = await startHouse();
  const admin = await house.admin();
  expectProblem(await admin.post('/api/v1/cameras').send(wish), 400, 'body_invalid');
});

test('addresses that are none, or where nothing is, are problems a person can read', async () => {
  await using house = await startHouse();
  const admin = await house.admin();
  const add = (address: string) => admin.post('/api/v1/cameras').send({ address, username: 'admin', password: 'x' });
  expectProblem(await add('not an address'), 422, 'address_refused');
  expectProblem(await add('127.0.0.1:9'), 502, 'camera_unreachable');
  for (const method of ['get', 'patch', 'delete'] as const)
    expectProblem(
      await admin[method]('/api/v1/cameras/nobody').send(method === 'patch' ? { name: 'x' } : undefined),
      404,
      'not_found',
    );
});

test('a snapshot is the camera’s own JPEG; a VIGI camera that gives none says so', async () => {
  await using set = await scene(['generic', 'c340']);
  const ids = [body(await set.add(0).expect(201))['id'], body(await set.add(1).expect(201))['id']] as string[];
  const shot = await set.admin.get(`/api/v1/cameras/${ids[0]}/snapshot`).expect(200);
  expect(shot.headers['content-type']).toBe('image/jpeg');
  expect(shot.headers['cache-control']).toBe('no-store');
  expect((shot.body as Buffer).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  expectProblem(await set.admin.get(`/api/v1/cameras/${ids[1]}/snapshot`), 404, 'snapshot_unsupported');
  await set.fleet.cameras[0]!.powerCut(3_600_000);
  await set.house.clock.advance('2s');
  await until(async () => codeOf(await set.admin.get(`/api/v1/cameras/${ids[0]}/snapshot`)) === 'camera_unreachable');
});

test('events are in the feed at once, and found again by search, page by page', async () => {
  await using set = await scene(['c340']);
  const id = body(await set.add(0, { name: 'Yard' }).expect(201))['id'] as string;
  using feed = await openFeed(set.house, set.admin);
  await feed.heard('hello');
  set.fleet.cameras[0]!.trigger('motion', { active: true });
  expect(await feed.heard('event')).toMatchObject({ event: { cameraId: id, kind: 'motion', active: true } });
  set.fleet.cameras[0]!.trigger('motion', { active: false });
  set.fleet.cameras[0]!.trigger('people', { active: true });
  await until(() => feed.messages.filter(({ type }) => type === 'event').length === 3);
  const search = async (query: string) => body(await set.admin.get(`/api/v1/events${query}`).expect(200));
  const all = await search('');
  expect(all['events'].map((one: { kind: string; active: boolean }) => [one.kind, one.active])).toEqual([
    ['people', true],
    ['motion', false],
    ['motion', true],
  ]);
  expect(all['next']).toBeUndefined();
  const first = await search('?limit=2');
  expect(first['events']).toHaveLength(2);
  const second = await search(`?limit=2&before=${first['next']}`);
  expect(second).toMatchObject({ events: [{ kind: 'motion', active: true }] });
  expect((await search(`?camera=${id}&kind=motion&active=false&q=yard`))['events']).toHaveLength(1);
  expect((await search('?q=nobody'))['events']).toEqual([]);
  for (const query of [
    '?limit=0',
    '?limit=501',
    '?kind=fire',
    '?active=yes',
    '?since=today',
    '?before=-1',
    '?colour=red',
  ])
    expectProblem(await set.admin.get(`/api/v1/events${query}`), 400, 'query_invalid');
});

test('roles: live viewers see pictures only, viewers events, operators look around, administrators change', async () => {
  await using house = await startHouse();
  const admin = await house.admin();
  const as = async (role: string) => {
    await admin.post('/api/v1/users').send({ username: role, password: 'long enough one', role }).expect(201);
    const agent = house.agent();
    await agent.post('/api/v1/auth/sign-in').send({ username: role, password: 'long enough one' }).expect(200);
    return agent;
  };
  const live = await as('live_only');
  await live.get('/api/v1/cameras').expect(200);
  expectProblem(await live.get('/api/v1/events'), 403, 'role_insufficient');
  const viewer = await as('viewer');
  await viewer.get('/api/v1/events').expect(200);
  expectProblem(await viewer.post('/api/v1/discovery').send({}), 403, 'role_insufficient');
  const operator = await as('operator');
  expectProblem(await operator.post('/api/v1/cameras').send({}), 403, 'role_insufficient');
  expectProblem(await operator.get('/api/v1/broker-accounts'), 403, 'role_insufficient');
});

test('broker accounts: the password is shown once, the name is taken once, removal is final', async () => {
  await using house = await startHouse();
  const admin = await house.admin();
  const made = body(await admin.post('/api/v1/broker-accounts').send({ name: 'home' }).expect(201));
  expect(made['password']).toHaveLength(43);
  expect(made['topics']).toContain(`vigi/${house.gateway.gatewayId}/event/#`);
  expectProblem(await admin.post('/api/v1/broker-accounts').send({ name: 'home' }), 409, 'broker_account_exists');
  for (const name of ['', 'a b', '../x', '+', 'x'.repeat(65)])
    expectProblem(await admin.post('/api/v1/broker-accounts').send({ name }), 400, 'body_invalid');
  const list = await admin.get('/api/v1/broker-accounts').expect(200);
  expect(list.text).not.toContain(made['password']);
  expect(body(list)['accounts']).toMatchObject([{ name: 'home', lastSeenAt: null }]);
  await admin.delete('/api/v1/broker-accounts/home').expect(204);
  expectProblem(await admin.delete('/api/v1/broker-accounts/home'), 404, 'not_found');
});

const device = () => ({
  serial: 'SIM0000000001',
  labelSecret: formatLabelSecret(secureRandom.bytes(16)),
  camera: { host: '127.0.0.1', httpsPort: 443 },
});

test('a ticket is bought with an elevation, once, and followed with the ticket itself', async () => {
  await using house = await startBoundHouse();
  house.cloud.state.elevations.set('fresh', { ...house.cloud.owner, amr: ['pwd', 'otp'] });
  const anyone = house.agent();
  const made = body(
    await anyone
      .post('/api/v1/pairing/tickets')
      .send({ elevation: 'fresh', ...device() })
      .expect(201),
  );
  expect(made).toMatchObject({
    gateway: { id: house.gateway.gatewayId, host: '127.0.0.1', pairingPort: house.gateway.pairingPort },
  });
  expect(Buffer.from(made['ticket'], 'base64')).toHaveLength(32);
  expectProblem(
    await anyone.post('/api/v1/pairing/tickets').send({ elevation: 'fresh', ...device() }),
    401,
    'elevation_invalid',
  );

  const follow = (ticket?: string) => {
    const asked = anyone.get(`/api/v1/pairing/tickets/${made['ticketId']}`);
    return ticket === undefined ? asked : asked.set('authorization', `Bearer ${ticket}`);
  };
  expect(body(await follow(made['ticket']).expect(200))).toMatchObject({ state: 'open', triesLeft: 5 });
  expectProblem(await follow(), 401, 'pairing_ticket_invalid');
  expectProblem(await follow(Buffer.alloc(32).toString('base64')), 401, 'pairing_ticket_invalid');
  await house.clock.advance('10m');
  expect(body(await follow(made['ticket']).expect(200))).toMatchObject({ state: 'expired', triesLeft: 0 });
});

test('an elevation made by password alone buys nothing unless the owner allows it', async () => {
  await using house = await startBoundHouse();
  house.cloud.state.elevations.set('weak', { ...house.cloud.owner, amr: ['pwd'] });
  const refused = await house
    .agent()
    .post('/api/v1/pairing/tickets')
    .send({ elevation: 'weak', ...device() });
  expectProblem(refused, 401, 'elevation_invalid');
});

test('asking for tickets again and again is slowed down', async () => {
  await using house = await startBoundHouse();
  const codes = new Set<string | undefined>();
  for (let tries = 0; tries < 62; tries++)
    codes.add(
      codeOf(
        await house
          .agent()
          .post('/api/v1/pairing/tickets')
          .send({ elevation: 'none', ...device() }),
      ),
    );
  expect([...codes]).toEqual(['elevation_invalid', 'too_many_requests']);
});

test('from outside, adding a camera needs an elevation of the same person, and looking around is refused', async () => {
  await using house = await startBoundHouse();
  await using fleet = await startCameras(depsOf(house), [{ name: 'door', profile: 'generic' }]);
  const address = `127.0.0.1:${fleet.camera('door').camera.address.ports.http}`;
  const assertion = await house.cloud.assertion({ amr: ['pwd', 'otp'] });
  const json = { 'content-type': 'application/json' };
  const signedIn = await house.cloud.through('POST', '/api/v1/auth/assertion', {
    headers: json,
    body: JSON.stringify({ assertion }),
  });
  expect(signedIn.status).toBe(200);
  const cookie = String(signedIn.headers['set-cookie']).split(';')[0]!;
  const post = async (path: string, wish: object) => {
    const answer = await house.cloud.through('POST', path, {
      headers: { ...json, cookie },
      body: JSON.stringify(wish),
    });
    return { status: answer.status, ...(JSON.parse(answer.text) as Record<string, unknown>) };
  };
  const camera = { address, username: 'admin', password: cameraPassword };
  expect(await post('/api/v1/cameras', camera)).toMatchObject({ status: 401, code: 'elevation_required' });
  expect(await post('/api/v1/discovery', {})).toMatchObject({ status: 403, code: 'local_only' });
  expect(await post('/api/v1/cameras', { ...camera, elevation: 'made up' })).toMatchObject({
    status: 401,
    code: 'elevation_invalid',
  });
  house.cloud.state.elevations.set('fresh', { ...house.cloud.owner, amr: ['pwd', 'otp'] });
  expect(await post('/api/v1/cameras', { ...camera, elevation: 'fresh' })).toMatchObject({
    status: 201,
    state: 'online',
  });
});
