import { expect, test } from 'vitest';
import { cameraPassword, startCameras } from './fleet.ts';
import { pairUp } from './pair-up.ts';
import { gatewayId, type Side, standingClock, startSide, until } from './side.ts';

const only = (house: Side) => house.side.cameras.list()[0]!;

test('a camera is paired: online, its motion by MQTT, nothing told twice', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  const ticket = await pairUp(house, door);
  expect(await house.side.tickets.find(ticket.ticketId, ticket.ticket)).toMatchObject({ state: 'issued' });
  await until(() => only(house).state === 'online' && only(house).clockOffsetMs !== null);
  expect(only(house)).toMatchObject({
    adoptedBy: 'pairing',
    eventRoute: 'mqtt',
    stateDetail: null,
    serial: door.camera.identity.serial,
    mac: door.camera.identity.mac,
    model: 'C340',
    address: { host: '127.0.0.1', port: door.camera.address.ports.http },
  });
  door.trigger('motion', { active: true });
  await until(() => house.events.length === 1);
  door.trigger('motion', { active: false });
  await until(() => house.events.length === 2);
  expect(house.events.map(({ kind, active, route }) => [kind, active, route])).toEqual([
    ['motion', true, 'mqtt'],
    ['motion', false, 'mqtt'],
  ]);
});

test('a power cut makes it offline at once, and it comes back by itself', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 's445' }]);
  const door = fleet.camera('door');
  await pairUp(house, door);
  await until(() => only(house).state === 'online');
  const cut = door.powerCut(1_000);
  const startedAt = performance.now();
  await until(() => only(house).eventRoute === null);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await cut;
  await until(() => only(house).state === 'online' && only(house).eventRoute === 'mqtt');
  door.trigger('motion', { active: true });
  await until(() => house.events.length === 1);
});

test('events that happen while the network is away come later, in order, once', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  await pairUp(house, door);
  await until(() => only(house).state === 'online');
  // The cable is out: neither side hears of it.
  door.network(false);
  for (const active of [true, false, true]) door.trigger('motion', { active });
  door.network(true);
  await until(() => house.events.length === 3);
  expect(house.events.map(({ active }) => active)).toEqual([true, false, true]);
});

test('without its MQTT connection a camera that answers ONVIF is pulled from, and what both routes say is told once', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  await pairUp(house, door);
  await until(() => only(house).state === 'online' && door.linked);
  await house.side.broker.evict(door.camera.identity.serial);
  await until(() => only(house).state === 'degraded');
  door.trigger('motion', { active: true });
  // The camera's own retry waits on the same clock, a little less than the gateway's patience.
  house.db.run(`UPDATE device_certificates SET state = 'retired'`);
  await clock.advance('16s');
  await until(() => only(house).eventRoute === 'pull-point');
  await until(() => house.events.length === 1);
  expect(house.events[0]).toMatchObject({ kind: 'motion', active: true, route: 'pull-point' });
  // MQTT is back, with what it kept.
  await house.db.run(`UPDATE device_certificates SET state = 'current'`);
  await clock.advance('60s');
  await until(() => only(house).eventRoute === 'mqtt');
  door.trigger('motion', { active: false });
  await until(() => house.events.length === 2);
  expect(house.events.map(({ active, route }) => [active, route])).toEqual([
    [true, 'pull-point'],
    [false, 'mqtt'],
  ]);
});

test('unpaired from the gateway, a camera forgets it, its account is gone, and it can be paired anew', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  await pairUp(house, door);
  await until(() => only(house).state === 'online');
  await house.side.cameras.remove(only(house).id);
  expect(house.side.broker.connections().cameras).toEqual([]);
  await until(() => door.pairing.status().state === 'unpaired');
  expect(door.camera.state.users.map(({ username }) => username)).toEqual(['admin']);
  await pairUp(house, door);
  await until(() => only(house).state === 'online');
});

test('the same ticket cannot be used again by the camera', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  const ticket = await pairUp(house, door);
  door.pairing.unpair();
  const request = { gatewayId, gatewayHost: '127.0.0.1', gatewayPort: house.side.pairingPort, ...ticket };
  await expect(door.pairing.pair(request)).rejects.toMatchObject({ code: 'ticket_used' });
});

test('the camera renews its certificate at two thirds of its life and stays online', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  await pairUp(house, door);
  await until(() => only(house).state === 'online');
  const before = door.camera.state.pairing!.certificate;
  clock.set(clock.now() + 41 * 86_400_000);
  await clock.advance('1s');
  await until(() => door.camera.state.pairing!.certificate !== before);
  await until(
    async () => (await house.db.all(`SELECT * FROM device_certificates WHERE state = 'retired'`)).length === 1,
  );
  await until(() => house.side.broker.connections().cameras.length === 1);
  door.trigger('motion', { active: true });
  await until(() => house.events.length === 1);
});

test('a camera added by address first is the same camera once it is paired', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  const address = `127.0.0.1:${door.camera.address.ports.http}`;
  const added = await house.side.cameras.add(
    { address, username: 'admin', password: cameraPassword, name: 'Front door' },
    'user:1',
  );
  await pairUp(house, door);
  await until(() => only(house).eventRoute === 'mqtt');
  expect(house.side.cameras.list()).toHaveLength(1);
  expect(only(house)).toMatchObject({ id: added.id, name: 'Front door', adoptedBy: 'pairing' });
});

test('commands reach the camera they are for', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [
    { name: 'door', profile: 'c340' },
    { name: 'yard', profile: 'c540' },
  ]);
  for (const camera of fleet.cameras) await pairUp(house, camera);
  await until(() => house.side.cameras.list().every(({ state }) => state === 'online'));
  const { serial } = fleet.camera('yard').camera.identity;
  await house.side.broker.command(serial, 'identify', { id: '1', arguments: {} });
  await until(() => fleet.camera('yard').received('MQTT identify').length === 1);
  expect(fleet.camera('door').received('MQTT identify')).toEqual([]);
});

test('a paired VIGI camera gives its picture where it said at pairing, though not by ONVIF', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  await pairUp(house, fleet.camera('door'));
  await until(() => only(house).state === 'online' && only(house).clockOffsetMs !== null);
  const picture = await house.side.cameras.snapshot(only(house).id);
  expect(picture.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
});
