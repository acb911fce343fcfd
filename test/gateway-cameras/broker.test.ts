import { connect as connectTcp } from 'node:net';
import type { IClientOptions } from 'mqtt';
import { expect, test } from 'vitest';
import { openAuthority } from '../../gateway/tls/authority.ts';
import { converse, mutualTls, newKeys, pairedDevice } from './device.ts';
import { asCamera, connectOnce, held } from './mqtt-client.ts';
import { gatewayId, type Side, standingClock, startSide, until } from './side.ts';

const up = (serial: string, ...path: string[]) => ['vigi', gatewayId, serial, 'up', ...path].join('/');
const down = (serial: string, ...path: string[]) => ['vigi', gatewayId, serial, 'down', ...path].join('/');
const motionTopic = (serial: string) => up(serial, 'onvif-ej/RuleEngine/CellMotionDetector/Motion/&vsconf/any/rule');
const motion = (active: boolean, at = Date.now()) =>
  JSON.stringify({
    UtcTime: new Date(at).toISOString(),
    Source: { VideoSourceConfigurationToken: 'vsconf', Rule: 'rule' },
    Data: { IsMotion: active },
  });

async function asAccount(house: Side, more: IClientOptions = {}, tls = false) {
  const name = more.username ?? 'home';
  const password = (more.password as string | undefined) ?? (await house.side.accounts.add(name, 'admin'));
  const client = await connectOnce({
    protocol: tls ? 'mqtts' : 'mqtt',
    host: '127.0.0.1',
    port: tls ? house.side.mqttsPort : house.side.mqttPort,
    rejectUnauthorized: false,
    username: name,
    password,
    ...more,
  });
  return Object.assign(held(client), { password: password! });
}

const refused = (promise: Promise<unknown>) => expect(promise).rejects.toThrow();

test('a paired camera comes in by its certificate, and is online once it says so', async () => {
  await using house = await startSide();
  const paired = await pairedDevice(house, 'SIM0000000001');
  using door = await asCamera(paired);
  await door.client.publishAsync(
    up('SIM0000000001', 'status'),
    JSON.stringify({ online: true, at: new Date().toISOString() }),
    {
      qos: 1,
      retain: true,
    },
  );
  await until(() => house.side.cameras.list()[0]?.eventRoute === 'mqtt');
  expect(['online', 'degraded']).toContain(house.side.cameras.list()[0]!.state);
});

test('its will makes it offline the moment the connection breaks', async () => {
  await using house = await startSide();
  const paired = await pairedDevice(house, 'SIM0000000001');
  const serial = 'SIM0000000001';
  const status = (online: boolean) => JSON.stringify({ online, at: new Date().toISOString() });
  using door = await asCamera(paired, {
    will: { topic: up(serial, 'status'), payload: Buffer.from(status(false)), qos: 1, retain: true },
  });
  await door.client.publishAsync(up(serial, 'status'), status(true), { qos: 1, retain: true });
  await until(() => house.side.cameras.list()[0]?.eventRoute === 'mqtt');
  door.client.stream.destroy();
  await until(() => house.side.cameras.list()[0]?.state === 'offline');
  expect(house.side.cameras.list()[0]?.eventRoute).toBeNull();
});

test('an event is stored before it is acknowledged, told and published for consumers', async () => {
  await using house = await startSide();
  const serial = 'SIM0000000001';
  const paired = await pairedDevice(house, serial);
  using home = await asAccount(house);
  await home.client.subscribeAsync(`vigi/${gatewayId}/event/#`, { qos: 1 });
  using door = await asCamera(paired);
  await door.client.publishAsync(motionTopic(serial), motion(true), { qos: 1, retain: true });
  // The acknowledgement is here: so it is in the store.
  expect(await house.db.all('SELECT kind, active, route FROM events')).toEqual([
    { kind: 'motion', active: 1, route: 'mqtt' },
  ]);
  expect(house.events).toHaveLength(1);
  expect(house.events[0]).toMatchObject({
    kind: 'motion',
    active: true,
    route: 'mqtt',
    cameraName: `Camera ${serial}`,
  });
  const [message] = await until(() => (home.heard.length > 0 ? home.heard : undefined));
  expect(message!.topic).toBe(`vigi/${gatewayId}/event/${serial}/motion`);
  expect(JSON.parse(message!.text)).toMatchObject({ id: 1, kind: 'motion', active: true, camera: { serial } });
});

test('what goes on is retained for consumers who come later', async () => {
  await using house = await startSide();
  const serial = 'SIM0000000001';
  using door = await asCamera(await pairedDevice(house, serial));
  await door.client.publishAsync(motionTopic(serial), motion(true), { qos: 1 });
  using home = await asAccount(house);
  await home.client.subscribeAsync(`vigi/${gatewayId}/event/${serial}/+`, { qos: 1 });
  await until(() => home.heard.length > 0);
  expect(home.heard[0]).toMatchObject({ retain: true });
});

test('a message that comes again after a lost acknowledgement is stored once, also over a restart', async () => {
  await using house = await startSide();
  const serial = 'SIM0000000001';
  const paired = await pairedDevice(house, serial);
  const first = motion(true);
  {
    using door = await asCamera(paired);
    await door.client.publishAsync(motionTopic(serial), first, { qos: 1 });
    await door.client.publishAsync(motionTopic(serial), first, { qos: 1 });
  }
  await house.restart();
  using door = await asCamera({ ...paired, mqttPort: house.side.mqttsPort });
  await door.client.publishAsync(motionTopic(serial), first, { qos: 1 });
  expect(await house.db.all('SELECT id FROM events')).toHaveLength(1);
  expect(house.events).toHaveLength(1);
});

test.each([
  ['the name of another', { clientId: 'SIM0000000002' }],
  ['no name', { clientId: '' }],
  ['a name that is a filter', { clientId: '#' }],
])('a camera with %s as client id does not get in', async (_, more) => {
  await using house = await startSide();
  const paired = await pairedDevice(house, 'SIM0000000001');
  await refused(asCamera(paired, more));
  expect(house.side.broker.connections().cameras).toEqual([]);
});

test('a foreign CA, a server certificate and a self-made one do not get in', async () => {
  await using house = await startSide();
  const paired = await pairedDevice(house, 'SIM0000000001');
  const stranger = await openAuthority(`${house.dataDir}/stranger`, house.deps);
  const keys = await newKeys();
  const { pem } = await stranger.signDevice({ csr: keys.csr, name: 'SIM0000000001', days: 60 });
  await refused(asCamera({ ...paired, privateKey: keys.privateKey, certificate: pem }));
  const server = await house.authority.issueServer(['127.0.0.1']);
  await refused(asCamera({ ...paired, privateKey: server.key, certificate: server.cert }));
  // By our own CA and in the right name, but never issued to a camera.
  const { pem: unknown } = await house.authority.signDevice({ csr: keys.csr, name: 'SIM0000000001', days: 60 });
  await refused(asCamera({ ...paired, privateKey: keys.privateKey, certificate: unknown }));
});

test('a bad certificate does not become none: the password of an account does not help', async () => {
  await using house = await startSide();
  const paired = await pairedDevice(house, 'SIM0000000001');
  const password = await house.side.accounts.add('home', 'admin');
  await house.db.run(`UPDATE device_certificates SET state = 'revoked'`);
  await refused(asCamera(paired, { username: 'home', password: password! }));
});

test('an expired certificate does not get in, and ends what is in', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  const paired = await pairedDevice(house, 'SIM0000000001');
  using door = await asCamera(paired);
  clock.set(clock.now() + 61 * 86_400_000);
  await clock.advance('61s');
  await until(() => door.closed);
  await refused(asCamera(paired));
});

test('without a certificate only an account with its password gets in', async () => {
  await using house = await startSide();
  using plain = await asAccount(house);
  const { password } = plain;
  using _tls = await asAccount(house, { username: 'home', password }, true);
  expect(house.side.broker.connections().accounts).toEqual(['home', 'home']);
  await refused(asAccount(house, { username: 'home', password: 'wrong' }));
  await refused(asAccount(house, { username: 'nobody', password }));
  await refused(asAccount(house, { username: undefined, password: '' }));
  await refused(connectOnce({ protocol: 'mqtt', host: '127.0.0.1', port: house.side.mqttPort }));
});

test('passwords of accounts are stored hashed', async () => {
  await using house = await startSide();
  const password = (await house.side.accounts.add('home', 'admin'))!;
  expect(password).toHaveLength(43);
  const row = await house.db.get<{ password_hash: Buffer }>('SELECT * FROM broker_accounts');
  expect(row!.password_hash).toHaveLength(32);
  expect(JSON.stringify(row)).not.toContain(password);
});

test.each([
  ['everything', '#'],
  ['a level for everything', '+/#'],
  ['all cameras', `vigi/${gatewayId}/#`],
  ['all cameras by a level', `vigi/${gatewayId}/+/down/#`],
  ['another camera', down('SIM0000000002', 'command', '+')],
  ['what another camera says', up('SIM0000000002', '#')],
  ['what it says itself', up('SIM0000000001', '#')],
  ['the event stream', `vigi/${gatewayId}/event/#`],
  ['a serial that only begins alike', `vigi/${gatewayId}/SIM00000000012/down/#`],
  ['another gateway', 'vigi/gw_other/SIM0000000001/down/#'],
  ['the broker itself', '$SYS/#'],
  ['a share', `$share/g/${down('SIM0000000001', '#')}`],
  ['a share of everything', '$share/g/#'],
])('a camera may not subscribe to %s', async (_, filter) => {
  await using house = await startSide();
  using door = await asCamera(await pairedDevice(house, 'SIM0000000001'));
  await refused(door.client.subscribeAsync(filter));
});

test('a camera hears its own commands and nobody else does', async () => {
  await using house = await startSide();
  using one = await asCamera(await pairedDevice(house, 'SIM0000000001'));
  using two = await asCamera(await pairedDevice(house, 'SIM0000000002'));
  await one.client.subscribeAsync(down('SIM0000000001', '#'), { qos: 1 });
  await two.client.subscribeAsync(down('SIM0000000002', 'command', '+'), { qos: 1 });
  await house.side.broker.command('SIM0000000001', 'identify', { id: 'a', arguments: {} });
  await house.side.broker.command('SIM0000000002', 'identify', { id: 'b', arguments: {} });
  await until(() => one.heard.length > 0 && two.heard.length > 0);
  expect(one.heard.map(({ topic }) => topic)).toEqual([down('SIM0000000001', 'command/identify')]);
  expect(two.heard.map(({ topic }) => topic)).toEqual([down('SIM0000000002', 'command/identify')]);
});

test.each([
  ['another camera', motionTopic('SIM0000000002')],
  ['a command', down('SIM0000000001', 'command', 'reboot')],
  ['the event stream', `vigi/${gatewayId}/event/SIM0000000001/motion`],
  ['the broker itself', '$SYS/fake'],
  ['another gateway', 'vigi/gw_other/SIM0000000001/up/status'],
  ['something unheard of', up('SIM0000000001', 'whatever')],
  ['nothing below up', `vigi/${gatewayId}/SIM0000000001/up`],
  ['an empty level', `vigi/${gatewayId}//up/status`],
  ['a topic of a hundred levels', up('SIM0000000001', 'onvif-ej', ...Array.from({ length: 95 }, () => 'x'))],
])('a camera that publishes as %s is cut off', async (_, topic) => {
  await using house = await startSide();
  using door = await asCamera(await pairedDevice(house, 'SIM0000000001'));
  void door.client.publishAsync(topic, motion(true), { qos: 1 }).catch(() => undefined);
  await until(() => door.closed);
  expect(await house.db.all('SELECT id FROM events')).toEqual([]);
});

test('a will outside the own status keeps the camera out', async () => {
  await using house = await startSide();
  const paired = await pairedDevice(house, 'SIM0000000001');
  for (const topic of [up('SIM0000000002', 'status'), motionTopic('SIM0000000001'), `vigi/${gatewayId}/event/x/y`])
    await refused(asCamera(paired, { will: { topic, payload: Buffer.from('x'), qos: 0, retain: false } }));
});

test('an account publishes nothing, bequeaths nothing and hears only events', async () => {
  await using house = await startSide();
  const serial = 'SIM0000000001';
  using door = await asCamera(await pairedDevice(house, serial));
  await door.client.publishAsync(motionTopic(serial), motion(true), { qos: 1, retain: true });
  using home = await asAccount(house);
  for (const filter of [
    '#',
    'vigi/#',
    up(serial, '#'),
    down(serial, '#'),
    '$SYS/#',
    `$share/g/vigi/${gatewayId}/event/#`,
  ])
    await refused(home.client.subscribeAsync(filter));
  await home.client.subscribeAsync('homeassistant/#');
  void home.client.publishAsync(`vigi/${gatewayId}/event/${serial}/motion`, 'x', { qos: 1 }).catch(() => undefined);
  await until(() => home.closed);
  const will = { topic: `vigi/${gatewayId}/event/x/y`, payload: Buffer.from('x'), qos: 0 as const, retain: true };
  await refused(asAccount(house, { username: 'home', password: home.password, will }));
});

test('an account with the serial of a camera as client id neither evicts it nor inherits from it', async () => {
  await using house = await startSide();
  const serial = 'SIM0000000001';
  const paired = await pairedDevice(house, serial);
  {
    using door = await asCamera(paired, { clean: false });
    await door.client.subscribeAsync(down(serial, '#'), { qos: 1 });
    using home = await asAccount(house, { clientId: serial, clean: false });
    expect(house.side.broker.connections()).toEqual({ cameras: [serial], accounts: ['home'] });
    expect(door.closed).toBe(false);
    expect(home.heard).toEqual([]);
  }
  await house.side.broker.command(serial, 'identify', { id: 'a', arguments: {} });
  const { password } = await asAccount(house, { username: 'second' });
  using thief = await asAccount(house, { username: 'second', password, clientId: serial, clean: false });
  await thief.client.subscribeAsync(`vigi/${gatewayId}/event/#`);
  using door = await asCamera(paired, { clean: false });
  await until(() => door.heard.length > 0);
  expect(thief.heard).toEqual([]);
});

test('unpairing closes the live connection at once, without a will, and leaves nothing retained or queued', async () => {
  await using house = await startSide();
  const serial = 'SIM0000000001';
  const paired = await pairedDevice(house, serial);
  const id = house.side.cameras.list()[0]!.id;
  using home = await asAccount(house);
  await home.client.subscribeAsync(`vigi/${gatewayId}/event/#`, { qos: 1 });
  const will = { topic: up(serial, 'status'), payload: Buffer.from('{"online":false}'), qos: 1 as const, retain: true };
  using door = await asCamera(paired, { clean: false, will });
  await door.client.subscribeAsync(down(serial, '#'), { qos: 1 });
  await door.client.publishAsync(up(serial, 'status'), JSON.stringify({ online: true, at: new Date().toISOString() }), {
    retain: true,
  });
  await door.client.publishAsync(motionTopic(serial), motion(true), { qos: 1, retain: true });
  await until(() => home.heard.length > 0);

  const startedAt = performance.now();
  await house.side.cameras.remove(id);
  await until(() => door.closed);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(door.heard.map(({ topic }) => topic)).toEqual([down(serial, 'command/unpair')]);
  expect(house.removed).toEqual([id]);
  await refused(asCamera(paired));
  // The consumer is told that the property is gone, and nobody who comes later finds it.
  await until(() => home.heard.some(({ text }) => text === ''));
  using late = await asAccount(house, { username: 'home', password: home.password });
  await late.client.subscribeAsync(`vigi/${gatewayId}/event/#`, { qos: 1 });

  // The same serial, paired anew, finds no session of before.
  const again = await pairedDevice(house, serial);
  await house.side.broker.command(serial, 'identify', { id: 'x', arguments: {} });
  using back = await asCamera(again, { clean: false });
  await back.client.subscribeAsync(down(serial, '#'), { qos: 1 });
  await back.client.publishAsync(motionTopic(serial), motion(false), { qos: 1 });
  expect(back.heard).toEqual([]);
  expect(late.heard).toEqual([]);
});

test('pairing anew ends the certificate and the connection of before', async () => {
  await using house = await startSide();
  const first = await pairedDevice(house, 'SIM0000000001');
  using door = await asCamera(first);
  const second = await pairedDevice(house, 'SIM0000000001');
  await until(() => door.closed);
  await refused(asCamera(first));
  using _back = await asCamera(second);
  expect(house.side.cameras.list()).toHaveLength(1);
});

test('a camera that uses its renewed certificate retires the one before', async () => {
  await using house = await startSide();
  const paired = await pairedDevice(house, 'SIM0000000001');
  const keys = await newKeys();
  using talk = await converse(house.side.pairingPort, mutualTls(paired));
  talk.send({ type: 'renew', certificateRequest: keys.csr.toString('base64') });
  const issued = await talk.next();
  const certificate = `-----BEGIN CERTIFICATE-----\n${issued!['certificate']}\n-----END CERTIFICATE-----\n`;
  {
    using _old = await asCamera(paired);
  }
  using _new = await asCamera({ ...paired, privateKey: keys.privateKey, certificate });
  await refused(asCamera(paired));
});

test('removing an account ends its connections and its durable session', async () => {
  await using house = await startSide();
  using home = await asAccount(house, { clean: false, clientId: 'ha' });
  await home.client.subscribeAsync(`vigi/${gatewayId}/event/#`, { qos: 1 });
  expect(await house.side.accounts.remove('home')).toBe(true);
  await house.side.broker.evictAccount('home');
  await until(() => home.closed);
  await refused(asAccount(house, { username: 'home', password: home.password }));
});

test('a message that makes no sense is acknowledged and dropped, so it does not come for ever', async () => {
  await using house = await startSide();
  const serial = 'SIM0000000001';
  using door = await asCamera(await pairedDevice(house, serial));
  for (const text of [
    '',
    '{',
    '[]',
    '{"UtcTime":"never"}',
    JSON.stringify({ UtcTime: new Date(), Data: { x: 'y'.repeat(20_000) } }),
  ])
    await door.client.publishAsync(motionTopic(serial), text, { qos: 1 });
  await door.client.publishAsync(up(serial, 'status'), '{"online":"perhaps"}', { qos: 1 });
  expect(door.closed).toBe(false);
  expect(await house.db.all('SELECT id FROM events')).toEqual([]);
});

test('a packet that is announced too large is not waited for, before and after signing in', async () => {
  await using house = await startSide();
  const socket = connectTcp(house.side.mqttPort, '127.0.0.1');
  socket.on('error', () => undefined);
  // CONNECT, 256 MB to come.
  socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));

  using door = await asCamera(await pairedDevice(house, 'SIM0000000001'));
  void door.client
    .publishAsync(motionTopic('SIM0000000001'), Buffer.alloc(100_000, 'x'), { qos: 1 })
    .catch(() => undefined);
  await until(() => door.closed);
});

test('connections that never sign in make room for those that do', async () => {
  await using house = await startSide();
  const { password } = await asAccount(house);
  const idle = Array.from({ length: 300 }, () => {
    const socket = connectTcp(house.side.mqttPort, '127.0.0.1');
    socket.on('error', () => undefined);
    return socket;
  });
  try {
    await until(() => idle.filter((socket) => socket.closed).length >= 40);
    using home = await asAccount(house, { username: 'home', password });
    expect(home.client.connected).toBe(true);
  } finally {
    for (const socket of idle) socket.destroy();
  }
});

test('when the store fails nothing is acknowledged, and it can be sent again', async () => {
  await using house = await startSide();
  const serial = 'SIM0000000001';
  const paired = await pairedDevice(house, serial);
  await house.db.run('ALTER TABLE events RENAME TO events_away');
  {
    using door = await asCamera(paired);
    let acknowledged = false;
    door.client.publishAsync(motionTopic(serial), motion(true, 1_700_000_000_000), { qos: 1 }).then(
      () => {
        acknowledged = true;
      },
      () => undefined,
    );
    await until(() => door.closed);
    expect(acknowledged).toBe(false);
  }
  await house.db.run('ALTER TABLE events_away RENAME TO events');
  using door = await asCamera(paired);
  await door.client.publishAsync(motionTopic(serial), motion(true, 1_700_000_000_000), { qos: 1 });
  expect(await house.db.all('SELECT id FROM events')).toHaveLength(1);
});

test('under load every acknowledged event is in the store, in order, and told once', async () => {
  await using house = await startSide();
  const cameras = await Promise.all([1, 2, 3].map((n) => pairedDevice(house, `SIM000000000${n}`)));
  const acknowledged: number[] = [];
  const base = Date.now() - 100_000;
  await Promise.all(
    cameras.map(async (paired, index) => {
      using door = await asCamera(paired);
      await Promise.all(
        Array.from({ length: 400 }, async (_, n) => {
          const at = base + n * 10 + index;
          await door.client.publishAsync(motionTopic(paired.clientId), motion(n % 2 === 0, at), { qos: 1 });
          acknowledged.push(at);
        }),
      );
    }),
  );
  const stored = await house.db.all<{ id: number; occurred_at: number; camera_name: string }>(
    'SELECT id, occurred_at, camera_name FROM events ORDER BY id',
  );
  expect(stored).toHaveLength(1200);
  expect(new Set(stored.map(({ occurred_at }) => occurred_at))).toEqual(new Set(acknowledged));
  for (const { clientId } of cameras) {
    const times = stored
      .filter(({ camera_name }) => camera_name.endsWith(clientId))
      .map(({ occurred_at }) => occurred_at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  }
  expect(house.events.map(({ id }) => id)).toEqual(stored.map(({ id }) => id));
});
