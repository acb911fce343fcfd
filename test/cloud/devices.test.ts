import { expect, test } from 'vitest';
import { register, signIn, startTestCloud } from './cloud.ts';
import { createFakeGateway } from './gateway.ts';
import { type Browser, joined, makeSite, ownOrganisation } from './people.ts';

const camera = (id: string, name: string, more: object = {}) => ({
  id,
  name,
  model: 'VIGI C340',
  serial: `SIM${id}`,
  mac: '02:00:00:00:00:01',
  firmware: '2.2.0',
  state: 'online',
  lastSeenAt: null,
  ...more,
});
const list = async (browser: Browser, query = '') =>
  (await browser.get(`/api/v1/devices${query}`).expect(200)).body as {
    devices: { name: string; state: string; lastSeenAt?: string }[];
    total: number;
    next?: number;
  };
const names = async (browser: Browser, query = '') => (await list(browser, query)).devices.map(({ name }) => name);

test('cameras of all VMS Locals that one may see stand in one list, and only those', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id, sites } = await ownOrganisation(owner);
  const quay = await makeSite(owner, id, 'Quay');
  using office = await createFakeGateway(cloud, 'Office');
  using pier = await createFakeGateway(cloud, 'Pier');
  expect(await list(owner)).toEqual({ devices: [], total: 0 });
  for (const gateway of [office, pier]) {
    await gateway.bind(owner);
    await gateway.dial();
  }
  await owner.patch(`/api/v1/gateways/${pier.id}`).send({ siteId: quay }).expect(204);
  await office.report(camera('1', 'Door'), camera('2', 'Yard', { state: 'wrong_password' }));
  await pier.report(camera('1', 'Crane'));
  expect(await names(owner)).toEqual(['Door', 'Yard', 'Crane']);

  const viewer = await joined(cloud, owner, id, [{ site: quay, role: 'live_only' }]);
  expect(await names(viewer.browser)).toEqual(['Crane']);
  expect(await names(viewer.browser, `?gateway=${office.id}`)).toEqual([]);
  expect(await names(await signIn(cloud, await register(cloud)))).toEqual([]);
  await owner.delete(`/api/v1/organisations/${id}/users/${viewer.id}`).expect(204);
  expect(await names(viewer.browser)).toEqual([]);

  // A report takes the place of the one before; unbinding takes all.
  await office.report(camera('2', 'Yard'));
  expect(await names(owner, `?site=${sites[0]!.id}`)).toEqual(['Yard']);
  await owner.delete(`/api/v1/gateways/${office.id}`).expect(204);
  expect(await names(owner)).toEqual(['Crane']);
});

test('the list is searched, filtered by state and read in pages', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud, '100% Office');
  await gateway.bind(owner);
  await gateway.dial();
  await gateway.report(
    camera('a', 'Front door'),
    camera('b', 'Back_door', { state: 'offline', model: 'VIGI C540', lastSeenAt: '2026-01-01T00:00:00.000Z' }),
    camera('c', 'Yard', { mac: 'AA:BB:CC:00:00:09' }),
  );
  expect(await names(owner, '?q=door')).toEqual(['Back_door', 'Front door']);
  expect(await names(owner, '?q=c540')).toEqual(['Back_door']);
  expect(await names(owner, '?q=bb:cc')).toEqual(['Yard']);
  expect(await names(owner, `?q=${encodeURIComponent('k_d')}`)).toEqual(['Back_door']);
  expect(await names(owner, `?q=${encodeURIComponent('0% o')}`)).toHaveLength(3);
  expect(await names(owner, `?q=${encodeURIComponent('_%')}`)).toEqual([]);
  expect(await names(owner, '?state=offline')).toEqual(['Back_door']);
  const first = await list(owner, '?limit=2');
  expect([first.devices.length, first.total, first.next]).toEqual([2, 3, 2]);
  expect(await names(owner, `?limit=2&skip=${first.next}`)).toEqual(['Yard']);
  await owner.get('/api/v1/devices?state=asleep').expect(400);
});

test('of a VMS Local that is away the last report is shown as such, with when it was seen', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const { ws, closed } = await gateway.dial();
  const reportedAt = new Date(cloud.clock.now()).toISOString();
  await gateway.report(camera('1', 'Door'));
  expect((await list(owner)).devices).toMatchObject([{ state: 'online' }]);
  expect((await list(owner)).devices[0]).not.toHaveProperty('lastSeenAt');
  await cloud.clock.advance('1h');
  ws.terminate();
  await closed;
  for (let tries = 0; tries < 500; tries++) {
    if ((await list(owner, '?state=unreachable')).total > 0) break;
  }
  expect((await list(owner)).devices).toMatchObject([{ state: 'unreachable', lastSeenAt: reportedAt }]);
});

test('a camera is opened through the relay at the gateway’s own page of it', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await gateway.dial();
  await gateway.report(camera('cam-1', 'Door'));
  const refused = await owner.post(`/api/v1/gateways/${gateway.id}/open`).send({ camera: '//evil.test' }).expect(404);
  expect(refused.body.code).toBe('device_unknown');
  const { body } = await owner.post(`/api/v1/gateways/${gateway.id}/open`).send({ camera: 'cam-1' }).expect(200);
  const opened = await fetch(body.openUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ticket: body.ticket }),
    redirect: 'manual',
  });
  expect([opened.status, opened.headers.get('location')]).toEqual([303, `/${gateway.id}/#/devices/cam-1`]);
});

test('a report is taken from the VMS Local itself only, and one that makes no sense not at all', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await owner.post('/api/v1/gateway/cameras').send({ cameras: [] }).expect(401);
  await expect(gateway.report(camera('1', 'Door', { state: 'dancing' }) as never)).rejects.toThrow('400');
  await expect(gateway.report(...Array.from({ length: 4097 }, (_, n) => camera(`${n}`, 'x')))).rejects.toThrow('400');
  await gateway.report(...Array.from({ length: 1000 }, (_, n) => camera(`${n}`, `Camera ${n}`)));
  expect((await list(owner)).total).toBe(1000);
});
