import type { IClientOptions } from 'mqtt';
import { expect, test } from 'vitest';
import { pairedDevice } from './device.ts';
import { asCamera, connectOnce, held } from './mqtt-client.ts';
import { gatewayId, type Side, standingClock, startSide, until } from './side.ts';

const serial = 'SIM0000000001';
const up = (...path: string[]) => ['vigi', gatewayId, serial, 'up', ...path].join('/');
const config = (kind: string) => `homeassistant/binary_sensor/vigil_${gatewayId}_${serial}/${kind}/config`;
const availability = `homeassistant/vigil_${gatewayId}/${serial}/availability`;
const status = (online: boolean) => JSON.stringify({ online, at: new Date().toISOString() });

/** As Home Assistant's MQTT integration comes: with its birth message and its will. */
async function asHomeAssistant(house: Side, password: string, more: IClientOptions = {}) {
  const will = { topic: 'homeassistant/status', payload: Buffer.from('offline'), qos: 0 as const, retain: false };
  const home = held(
    await connectOnce({
      protocol: 'mqtt',
      host: '127.0.0.1',
      port: house.side.mqttPort,
      username: 'home-assistant',
      password,
      will,
      ...more,
    }),
  );
  await home.client.subscribeAsync(['homeassistant/#', `vigi/${gatewayId}/event/#`], { qos: 1 });
  await home.client.publishAsync('homeassistant/status', 'online', { qos: 1 });
  const last = (topic: string) => home.heard.filter((one) => one.topic === topic).at(-1)?.text;
  return Object.assign(home, { last });
}

async function onlineCamera(house: Side) {
  const camera = await asCamera(await pairedDevice(house, serial));
  await camera.client.publishAsync(up('status'), status(true), { qos: 1, retain: true });
  await until(() => house.side.cameras.list()[0]?.eventRoute === 'mqtt');
  const say = (topic: string, data: object) =>
    camera.client.publishAsync(
      up('onvif-ej', ...topic.split('/')),
      JSON.stringify({ UtcTime: new Date().toISOString(), Source: { Rule: 'rule' }, Data: data }),
      { qos: 1 },
    );
  return Object.assign(camera, { say });
}

test('each camera is a device of Home Assistant, with a sensor for motion and for whatever else it tells of', async () => {
  await using house = await startSide();
  using camera = await onlineCamera(house);
  const password = (await house.side.accounts.add('home-assistant', 'admin'))!;
  using home = await asHomeAssistant(house, password);
  const motion = JSON.parse(await until(() => home.last(config('motion'))));
  expect(motion).toMatchObject({
    name: 'Motion',
    device_class: 'motion',
    state_topic: `vigi/${gatewayId}/event/${serial}/motion`,
    availability_topic: availability,
    device: {
      name: `Camera ${serial}`,
      model: 'C340',
      serial_number: serial,
      connections: [['mac', '02:00:00:00:00:01']],
    },
  });
  expect(motion.off_delay).toBeUndefined();
  expect(JSON.parse(await until(() => home.last(availability)))).toEqual({ state: 'online' });

  await camera.say('RuleEngine/LineDetector/Crossed/&line', { ObjectId: '7' });
  const line = JSON.parse(await until(() => home.last(config('line-cross'))));
  expect(line).toMatchObject({ name: 'Line crossing', off_delay: 5 });
  await camera.say('RuleEngine/CellMotionDetector/Motion/&vsconf/any/rule', { IsMotion: true });
  const said = JSON.parse(await until(() => home.last(motion.state_topic)));
  expect(said).toMatchObject({ active: true, kind: 'motion' });

  camera.client.stream.destroy();
  await until(() => home.last(availability) === JSON.stringify({ state: 'offline' }));
  await house.side.cameras.remove(house.side.cameras.list()[0]!.id);
  await until(() => [config('motion'), config('line-cross'), availability].every((topic) => home.last(topic) === ''));
});

test('who comes later, after a restart too, finds devices and how things stand', async () => {
  await using house = await startSide();
  const password = (await house.side.accounts.add('home-assistant', 'admin'))!;
  {
    using camera = await onlineCamera(house);
    await camera.say('RuleEngine/LineDetector/Crossed/&line', { ObjectId: '7' });
    await camera.say('RuleEngine/CellMotionDetector/Motion/&vsconf/any/rule', { IsMotion: true });
    await until(() => house.events.length === 2);
  }
  await house.restart();
  using home = await asHomeAssistant(house, password);
  await until(() => home.last(config('motion')) && home.last(config('line-cross')));
  const state = JSON.parse(await until(() => home.last(`vigi/${gatewayId}/event/${serial}/motion`)));
  expect(state).toMatchObject({ active: true });
  expect(home.heard.every(({ topic, retain }) => topic === 'homeassistant/status' || retain)).toBe(true);
});

test('when Home Assistant says that it has started, everything is told again, once for several', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  using _camera = await onlineCamera(house);
  const password = (await house.side.accounts.add('home-assistant', 'admin'))!;
  using home = await asHomeAssistant(house, password);
  await until(() => home.last(config('motion')));
  home.heard.length = 0;
  for (let n = 0; n < 3; n++) await home.client.publishAsync('homeassistant/status', 'online', { qos: 1 });
  await clock.advance('3s');
  await until(() => home.last(config('motion')));
  expect(home.heard.filter(({ topic }) => topic === config('motion'))).toHaveLength(1);
});

test('its status and its will are all that a program may say', async () => {
  await using house = await startSide();
  const password = (await house.side.accounts.add('home-assistant', 'admin'))!;
  for (const [topic, payload] of [
    ['homeassistant/status', 'x'.repeat(65)],
    ['homeassistant/binary_sensor/evil/config', '{}'],
    [`vigi/${gatewayId}/event/${serial}/motion`, '{"active":true}'],
  ] as const) {
    using home = await asHomeAssistant(house, password);
    void home.client.publishAsync(topic, payload, { qos: 1, retain: true }).catch(() => undefined);
    await until(() => home.closed);
  }
  const will = { topic: config('motion'), payload: Buffer.from('x'), qos: 0 as const, retain: true };
  await expect(asHomeAssistant(house, password, { will })).rejects.toThrow();

  using other = await asHomeAssistant(house, password, { clientId: 'other' });
  const leaving = await asHomeAssistant(house, password, { clientId: 'leaving' });
  leaving.client.stream.destroy();
  await until(() => other.last('homeassistant/status') === 'offline');
});
