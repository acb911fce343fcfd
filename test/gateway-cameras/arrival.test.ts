import { expect, test } from 'vitest';
import { converse, mutualTls, pairedDevice } from './device.ts';
import { startCameras } from './fleet.ts';
import { asCamera } from './mqtt-client.ts';
import { pairUp } from './pair-up.ts';
import { standingClock, startSide, until } from './side.ts';

// What is true on one side of a pairing becomes true on the other, whoever was away when it happened.

test('a certificate that never arrived is taken back, also by a gateway that was away; one that was used stays', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  const lost = await pairedDevice(house, 'SIM0000000001');
  const used = await pairedDevice(house, 'SIM0000000002');
  (await asCamera(used))[Symbol.dispose]();

  await clock.advance('9m');
  await house.restart();
  await clock.advance('9m');
  // Nobody could come while the gateway was away: its own start begins the wait anew.
  expect(house.side.cameras.list()).toHaveLength(2);
  await clock.advance('2m');
  await until(() => house.side.cameras.list().length === 1);

  expect(house.side.cameras.list()[0]).toMatchObject({ serial: 'SIM0000000002' });
  await until(() => house.audit.includes('pairing.abandoned'));
  const mqttPort = house.side.mqttsPort;
  await expect(asCamera({ ...lost, mqttPort })).rejects.toThrow();
  (await asCamera({ ...used, mqttPort }))[Symbol.dispose]();
});

test('a camera asks after its certificate and hears the truth: good, taken back, or nothing it could mistake for that', async () => {
  await using house = await startSide();
  const paired = await pairedDevice(house, 'SIM0000000001');
  const ask = async () => {
    using talk = await converse(house.side.pairingPort, mutualTls(paired));
    talk.send({ type: 'check' });
    const answer = await talk.next();
    return answer?.['code'] ?? answer?.['type'];
  };
  expect(await ask()).toBe('good');
  await house.db.run(`UPDATE device_certificates SET not_after = 1`);
  expect(await ask()).toBe('certificate_refused');
  await house.db.run(`UPDATE device_certificates SET not_after = ?`, [Date.now() + 60_000]);
  await house.side.cameras.remove(house.side.cameras.list()[0]!.id);
  expect(await ask()).toBe('unpaired');
  // A gateway whose database was lost does not know it at all: that is no word about the pairing.
  await house.db.run('DELETE FROM device_certificates');
  expect(await ask()).toBe('certificate_refused');
});

test('a camera that was away while it was removed forgets the pairing when it comes back, its queued events with it', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  await pairUp(house, door);
  await until(() => house.side.cameras.list()[0]?.state === 'online' && door.linked);
  door.network(false);
  await until(() => house.side.broker.connections().cameras.length === 0);
  for (const active of [true, false]) door.trigger('motion', { active });
  await house.side.cameras.remove(house.side.cameras.list()[0]!.id);

  door.network(true);
  await until(() => door.pairing.status().state === 'unpaired');
  expect(door.camera.state.users.map(({ username }) => username)).toEqual(['admin']);
  expect(house.events).toEqual([]);

  await pairUp(house, door);
  await until(() => house.side.cameras.list()[0]?.state === 'online' && door.linked);
  door.trigger('motion', { active: true });
  await until(() => house.events.length > 0);
  expect(house.events.map(({ active }) => active)).toEqual([true]);
});

test('a gateway that is only away, or that is somebody else, makes no camera forget its own', async () => {
  await using house = await startSide();
  await using stranger = await startSide();
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  await pairUp(house, door);
  const { pairing } = door.camera.state;
  const suspect = (door.pairing as unknown as { suspect(): Promise<void> }).suspect;
  pairing!.pairingPort = stranger.side.pairingPort;
  await suspect();
  expect(door.pairing.status().state).toBe('paired');
  pairing!.pairingPort = 1;
  await suspect();
  expect(door.pairing.status().state).toBe('paired');
});
