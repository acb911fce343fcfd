import { expect, test } from 'vitest';
import { cameraPassword, startCameras } from './fleet.ts';
import { type Side, standingClock, startSide, until } from './side.ts';

const addressOf = (camera: { camera: { address: { ports: { http: number } } } }) =>
  `127.0.0.1:${camera.camera.address.ports.http}`;
const only = (house: Side) => house.side.cameras.list()[0]!;

test.each(['generic', 'c340', 'c540', 's445'])(
  'a %s is added by address and password alone: online, with its motion by pull point',
  async (profile) => {
    await using house = await startSide();
    await using fleet = await startCameras(house, [{ name: 'door', profile }]);
    const door = fleet.camera('door');
    const added = await house.side.cameras.add(
      { address: addressOf(door), username: 'admin', password: cameraPassword },
      'user:1',
    );
    expect(added).toMatchObject({
      state: 'online',
      adoptedBy: 'onvif',
      eventRoute: 'pull-point',
      serial: door.camera.identity.serial,
      model: door.camera.profile.model,
    });
    await until(() => only(house).mac === door.camera.identity.mac, 'the MAC address');
    door.trigger('motion', { active: true });
    await until(() => house.events.some(({ kind, active }) => kind === 'motion' && active));
    door.trigger('motion', { active: false });
    await until(() => house.events.some(({ kind, active }) => kind === 'motion' && !active));
    for (const event of house.events) expect(event.route).toBe('pull-point');
  },
);

test('a camera with a wrong password is asked once, not again', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  const wrong = { address: addressOf(door), username: 'admin', password: 'no' };
  await expect(house.side.cameras.add(wrong, 'user:1')).rejects.toMatchObject({
    code: 'camera_auth_failed',
    details: { camera: { state: 'wrong_password', address: { host: '127.0.0.1' } } },
  });
  await clock.advance('10m');
  await house.restart();
  await clock.advance('10m');
  expect(door.received('GetDeviceInformation')).toHaveLength(1);
  expect(only(house)).toMatchObject({ state: 'wrong_password', eventRoute: null });
  // The right one, for the same address, takes its place.
  const added = await house.side.cameras.add({ ...wrong, password: cameraPassword }, 'user:1');
  expect(added).toMatchObject({ state: 'online' });
  expect(house.side.cameras.list()).toHaveLength(1);
});

test('a password that was changed at the camera stops the link at the first refusal, and a new one starts it', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'generic' }]);
  const door = fleet.camera('door');
  const { id } = await house.side.cameras.add(
    { address: addressOf(door), username: 'admin', password: cameraPassword },
    'user:1',
  );
  door.camera.state.users[0]!.password = 'Another-pass-2';
  await door.powerCut(0);
  await until(() => only(house).state === 'wrong_password');
  const asked = door.received('GetDeviceInformation').length;
  const changed = await house.side.cameras.edit(id, { password: 'Another-pass-2' });
  expect(changed.state).not.toBe('wrong_password');
  await until(() => only(house).state === 'online');
  expect(door.received('GetDeviceInformation')).toHaveLength(asked + 1);
});

test('an address where nothing answers, or something else does, is not kept', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door' }]);
  const credentials = { username: 'admin', password: cameraPassword };
  const https = fleet.camera('door').camera.address.ports.https;
  for (const address of ['127.0.0.1:9', `127.0.0.1:${https}`])
    await expect(house.side.cameras.add({ address, ...credentials }, 'user:1')).rejects.toMatchObject({
      code: 'camera_unreachable',
    });
  for (const address of ['https://127.0.0.1', '224.0.0.1', '0.0.0.0', 'ftp://x', 'a b', 'http://u:p@127.0.0.1'])
    await expect(house.side.cameras.add({ address, ...credentials }, 'user:1')).rejects.toMatchObject({
      code: 'address_refused',
    });
  expect(house.side.cameras.list()).toEqual([]);
});

test('an address is in the list once, however fast it is added', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'generic' }]);
  const camera = { address: addressOf(fleet.camera('door')), username: 'admin', password: cameraPassword };
  const results = await Promise.allSettled([1, 2, 3].map(() => house.side.cameras.add(camera, 'user:1')));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await expect(house.side.cameras.add(camera, 'user:1')).rejects.toMatchObject({ code: 'camera_exists' });
  expect(house.side.cameras.list()).toHaveLength(1);
});

test('a power cut is survived: offline, online again, subscribed anew', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  await house.side.cameras.add({ address: addressOf(door), username: 'admin', password: cameraPassword }, 'user:1');
  await door.powerCut(1_500);
  await until(() => only(house).state === 'offline');
  await until(() => only(house).eventRoute === 'pull-point');
  door.trigger('motion', { active: true });
  await until(() => house.events.some(({ kind, active }) => kind === 'motion' && active));
});

test('a camera whose clock is an hour off is signed in by its own time, also after the clock jumps', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'generic', clockOffsetMs: -3_600_000 }]);
  const door = fleet.camera('door');
  await house.side.cameras.add({ address: addressOf(door), username: 'admin', password: cameraPassword }, 'user:1');
  expect(Math.abs(only(house).clockOffsetMs! + 3_600_000)).toBeLessThan(1_500);
  door.trigger('motion', { active: true });
  const [event] = await until(() => (house.events.length > 0 ? house.events : undefined));
  expect(Math.abs(Date.parse(event!.occurredAt) - Date.now())).toBeLessThan(10_000);
  // Right password, stale signature: that is no refusal of the password.
  door.camera.state.clockOffsetMs = 7_200_000;
  door.trigger('motion', { active: false });
  await until(() => house.events.some(({ active }) => active === false));
  door.trigger('motion', { active: true });
  await until(() => house.events.length >= 3);
  expect(only(house).state).toBe('online');
});

test('what ends while the gateway is away is seen when it comes back, and nothing is told twice', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  await house.side.cameras.add({ address: addressOf(door), username: 'admin', password: cameraPassword }, 'user:1');
  door.trigger('motion', { active: true });
  await until(() => house.events.length === 1);
  await house.restart();
  await until(() => only(house).eventRoute === 'pull-point');
  await house.side[Symbol.asyncDispose]();
  door.trigger('motion', { active: false });
  await house.restart();
  await until(() => house.events.length === 2);
  expect(house.events.map(({ kind, active }) => [kind, active])).toEqual([
    ['motion', true],
    ['motion', false],
  ]);
});

test('a camera that is removed is not asked any more and gives its subscription back', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'generic' }]);
  const door = fleet.camera('door');
  const { id } = await house.side.cameras.add(
    { address: addressOf(door), username: 'admin', password: cameraPassword },
    'user:1',
  );
  await house.side.cameras.remove(id);
  await until(() => door.received('Unsubscribe').length === 1);
  expect(house.side.cameras.list()).toEqual([]);
  expect(house.removed).toEqual([id]);
  expect(await house.db.all('SELECT id FROM cameras')).toEqual([]);
  await expect(house.side.cameras.remove(id)).rejects.toMatchObject({ code: 'not_found' });
});

test('a camera that has no password yet is not added', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', initialized: false }]);
  const address = addressOf(fleet.camera('door'));
  await expect(
    house.side.cameras.add({ address, username: 'admin', password: 'anything' }, 'user:1'),
  ).rejects.toMatchObject({ code: /camera_(uninitialized|auth_failed)/ });
});

test('a stranger that signs in by HTTP Digest only is added all the same, with one wrong answer at most', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'generic', strict: true }]);
  const door = fleet.camera('door');
  const camera = await house.side.cameras.add(
    { address: addressOf(door), username: 'admin', password: cameraPassword, name: 'Front door' },
    'user:1',
  );
  expect(camera).toMatchObject({ state: 'online', name: 'Front door' });
});

test('passwords of cameras are sealed in the store', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'generic' }]);
  await house.side.cameras.add(
    { address: addressOf(fleet.camera('door')), username: 'admin', password: cameraPassword },
    'user:1',
  );
  const row = JSON.stringify(await house.db.get('SELECT * FROM cameras'));
  expect(row).not.toContain(cameraPassword);
  expect(row).not.toContain(Buffer.from(cameraPassword).toString('base64'));
});
