import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { replyPayload, statusPayload, telemetryPayload } from '../../core/mqtt/payloads.ts';
import { parseBrokerEvent } from '../../core/onvif/event.ts';
import { manualClock } from '../../core/runtime/clock.ts';
import { listen } from '../../core/runtime/listen.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import type { EventBrokerState } from '../../device-sim/camera.ts';
import { mostWaiting } from '../../device-sim/mqtt/sender.ts';
import { fleetDeps, startCameras } from './lab.ts';
import { createCa, startTestBroker, startTestGateway } from './vms.ts';

const gatewayId = 'gw_test';
const wish = { name: 'door', profile: 'c340', initialized: true, password: 'admin password' };

/** A camera paired with a gateway whose broker is up. */
const pairedScene = () =>
  startAll(async (own) => {
    const deps = fleetDeps(manualClock(Date.now()));
    const ca = await createCa();
    const broker = own(await startTestBroker(ca));
    const fleet = own(await startCameras([wish], {}, deps));
    const door = fleet.camera('door');
    const { serial, labelSecret } = door.camera.identity;
    const gateway = own(await startTestGateway({ ca, gatewayId, labelSecret, mqttPort: broker.port }));
    await door.pairing.pair(gateway.request);
    await broker.first(({ topic }) => topic.endsWith('/up/status'));
    const up = `vigi/${gatewayId}/${serial}/up`;
    const command = (name: string, id: string) => {
      const payload = JSON.stringify({ id });
      const topic = `vigi/${gatewayId}/${serial}/down/command/${name}`;
      broker.aedes.publish(
        { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false } as never,
        () => undefined,
      );
      return broker.first(({ topic: at }) => at === `${up}/reply/${id}`);
    };
    return { deps, broker, fleet, door, up, command, gateway, serial };
  });

test('a paired camera tells that it is there, retained, with its properties, and each event as it comes', async () => {
  await using set = await pairedScene();
  const status = await set.broker.first(({ topic }) => topic === `${set.up}/status`);
  expect(status.retain).toBe(true);
  expect(statusPayload.parse(JSON.parse(status.payload))).toMatchObject({ online: true, bootCount: 1 });
  const motion = `${set.up}/onvif-ej/RuleEngine/CellMotionDetector/Motion/&vsconf/VideoAnalyticsToken/MyCellMotionDetectorRule`;
  await set.broker.first(({ topic, payload }) => topic === motion && payload.includes('"IsMotion":false'));
  set.door.trigger('motion', { active: true });
  const seen = await set.broker.first(({ topic, payload }) => topic === motion && payload.includes('"IsMotion":true'));
  expect(seen).toMatchObject({ retain: true, qos: 1 });
  expect(parseBrokerEvent(seen.topic.slice(`${set.up}/onvif-ej/`.length), seen.payload)).toMatchObject({
    topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
    data: { IsMotion: 'true' },
  });
});

test('telemetry comes once a minute', async () => {
  await using set = await pairedScene();
  await set.deps.clock.advance('60s');
  const one = await set.broker.first(({ topic }) => topic === `${set.up}/telemetry`);
  expect(telemetryPayload.parse(JSON.parse(one.payload))).toMatchObject({ uptimeSeconds: 60 });
});

test('commands are answered under their id: identify, sync, one that is unknown', async () => {
  await using set = await pairedScene();
  const reply = async (name: string, id: string) =>
    replyPayload.parse(JSON.parse((await set.command(name, id)).payload));
  expect(await reply('identify', 'a1')).toEqual({
    id: 'a1',
    ok: true,
    result: expect.objectContaining({ model: 'C340', serial: set.serial }),
  });
  expect(await reply('sync', 'a2')).toMatchObject({ ok: true, result: { properties: 6 } });
  await set.broker.first(({ topic }) => topic === `${set.up}/telemetry`);
  expect(await reply('rebot', 'a3')).toEqual({
    id: 'a3',
    ok: false,
    error: 'there is no command "rebot"; did you mean reboot?',
  });
  expect(set.door.received('MQTT identify')).toHaveLength(1);
});

test('the command reboot is answered, then the camera goes with a goodbye and comes back with a new boot count', async () => {
  await using set = await pairedScene();
  await set.command('reboot', 'b1');
  await set.broker.first(({ topic, payload }) => topic.endsWith('/up/status') && payload.includes('"online":false'));
  await set.broker.first(({ topic, payload }) => topic.endsWith('/up/status') && payload.includes('"bootCount":2'));
  expect(set.door.camera.state.bootCount).toBe(2);
});

test('the command unpair is answered, then the account and the certificate are gone', async () => {
  await using set = await pairedScene();
  await set.command('unpair', 'u1');
  await expect.poll(() => set.door.camera.state.pairing).toBeUndefined();
  expect(set.door.camera.state.users).toHaveLength(1);
  expect(set.door.linked).toBe(false);
});

test('a power cut leaves the last will to tell that the camera is away', async () => {
  await using set = await pairedScene();
  const gone = new Promise((resolve) => {
    set.broker.aedes.subscribe(
      `${set.up}/status`,
      (packet, done) => {
        done();
        if (packet.payload.toString().includes('"online":false')) resolve(packet.retain);
      },
      () => set.door.powerCut(60_000),
    );
  });
  await gone;
  expect(set.door.powered).toBe(false);
});

test('events of a time without network arrive later, all of them and in order', async () => {
  await using set = await pairedScene();
  set.door.network(false);
  for (let round = 0; round < 3; round++) {
    set.door.trigger('people', { active: true });
    set.door.trigger('people', { active: false });
  }
  set.door.network(true);
  // What was on the wire when the network went is sent again: at least once, so a value may come twice in a row.
  const values = () =>
    set.broker.published
      .filter(({ topic }) => topic.includes('/PeopleDetector/'))
      .map(({ payload }) => JSON.parse(payload).Data.IsPeople)
      .filter((value, at, all) => value !== all[at - 1]);
  await set.broker.first(() => values().length === 7);
  expect(values()).toEqual([false, true, false, true, false, true, false]);
});

test('what waits for a broker is bounded: the oldest events go, and the properties are told anew', async () => {
  await using set = await pairedScene();
  set.door.network(false);
  for (let round = 0; round < mostWaiting; round++) set.door.trigger('people', { active: round % 2 === 0 });
  set.door.trigger('tamper', { active: true });
  set.door.network(true);
  const sent = await set.broker.some(mostWaiting, ({ topic }) => topic.includes('/onvif-ej/'));
  expect(sent.length).toBeGreaterThan(mostWaiting / 2);
  await set.broker.some(2, ({ topic, payload }) => topic.includes('/Tamper/') && payload.includes('true'));
});

/** A camera with event brokers in its state, as AddEventBroker leaves it. */
async function withBroker(broker: EventBrokerState, deps = fleetDeps()) {
  const fleet = await startCameras([{ ...wish, profile: 'generic' }], {}, deps);
  const door = fleet.camera('door');
  door.camera.state.eventBrokers.push(broker);
  door.camera.save();
  return Object.assign(door, { [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() });
}

test('an event broker hears the properties, retained, at the QoS it was given', async () => {
  await using broker = await startTestBroker();
  const address = `mqtt://127.0.0.1:${broker.port}`;
  await using door = await withBroker({ address, topicPrefix: 'MyDevice', qos: 2 });
  const digital = await broker.first(({ topic }) => topic.includes('DigitalInput'));
  expect(digital).toMatchObject({
    topic: 'MyDevice/onvif-ej/Device/Trigger/DigitalInput/&input_1',
    retain: true,
    qos: 2,
  });
  expect(door.camera.eventBrokerStatus(address)).toBe('Connected');
  door.trigger('line-cross', { active: true });
  const line = await broker.first(({ topic }) => topic.includes('LineDetector'));
  expect(line).toMatchObject({
    topic: 'MyDevice/onvif-ej/RuleEngine/LineDetector/Crossed/&vsconf/VideoAnalyticsToken/LineRule',
    retain: false,
  });
  door.camera.state.eventBrokers.length = 0;
  door.camera.save();
  expect(door.camera.eventBrokerStatus(address)).toBe('Offline');
});

test('a broker that wants a name and a password gets them; one that refuses is Offline', async () => {
  await using broker = await startTestBroker(
    undefined,
    (username, password) => username === 'cam' && password === 'right',
  );
  const address = `mqtt://127.0.0.1:${broker.port}`;
  const account = { address, topicPrefix: 'A', qos: 0 as const, username: 'cam' };
  {
    await using door = await withBroker({ ...account, password: 'right' });
    await broker.first(({ topic }) => topic.startsWith('A/'));
    expect(door.camera.eventBrokerStatus(address)).toBe('Connected');
  }
  await using door = await withBroker({ ...account, password: 'wrong' });
  await expect.poll(() => door.camera.eventBrokerStatus(address)).toBe('Offline');
});

test('a broker that comes up late is reached by retrying', async () => {
  const place = await listen(createServer(), 0);
  const { port } = place;
  await place[Symbol.asyncDispose]();
  const deps = fleetDeps();
  const address = `mqtt://127.0.0.1:${port}`;
  await using door = await withBroker({ address, topicPrefix: 'Late', qos: 1 }, deps);
  await expect.poll(() => door.camera.eventBrokerStatus(address)).toBe('Offline');
  const late = createServer((socket) => void socket.once('data', () => socket.destroy()));
  const reached = once(late, 'connection');
  await using _listening = await listen(late, port);
  await expect.poll(() => deps.clock.sleeping).toBeGreaterThan(0);
  await deps.clock.advance('1s');
  await reached;
});

const mosquitto = spawnSync('mosquitto_sub', ['--help']).error === undefined;
test.skipIf(!mosquitto)('mosquitto_sub sees a motion event on its way through a broker', async () => {
  await using broker = await startTestBroker();
  await using door = await withBroker({
    address: `mqtt://127.0.0.1:${broker.port}`,
    topicPrefix: 'sim',
    qos: 1,
  });
  await broker.first(({ topic }) => topic.includes('MotionAlarm'));
  const sub = spawn('mosquitto_sub', [
    '-p',
    String(broker.port),
    '-t',
    'sim/onvif-ej/VideoSource/#',
    '-C',
    '3',
    '-F',
    '%r %t %p',
  ]);
  const lines: string[] = [];
  const subscribed = new Promise<void>((resolve) => {
    sub.stdout.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.trim().split('\n'));
      if (lines.length >= 2) resolve();
    });
  });
  await subscribed;
  door.trigger('motion', { active: true });
  await once(sub, 'close');
  expect(lines.at(-1)).toMatch(/^0 sim\/onvif-ej\/VideoSource\/MotionAlarm\/&vs \{.*"Data":\{"State":true\}\}$/);
  expect(lines[0]).toMatch(/^1 sim/);
});
if (!mosquitto) console.warn('SKIPPED: mosquitto_sub is not installed, so no foreign MQTT client looked on');

test('a publish filter lets only its topics pass', async () => {
  await using broker = await startTestBroker();
  await using _door = await withBroker({
    address: `mqtt://127.0.0.1:${broker.port}`,
    topicPrefix: 'few',
    qos: 1,
    filter: 'tns1:VideoSource//.|tns1:Device/Trigger/DigitalInput',
  });
  await broker.some(3, ({ topic }) => topic.startsWith('few/'));
  expect(broker.published.map(({ topic }) => topic.split('/')[2])).toEqual(['VideoSource', 'VideoSource', 'Device']);
});

test('an event broker is reached over a WebSocket, and mqtt.js hears the events there', async () => {
  const { createServer: createHttp } = await import('node:http');
  const { WebSocketServer, createWebSocketStream } = await import('ws');
  await using broker = await startTestBroker();
  const http = createHttp();
  const sockets = new WebSocketServer({ server: http, path: '/mqtt' });
  sockets.on('connection', (socket) => void broker.aedes.handle(createWebSocketStream(socket)));
  await using listening = await listen(http, 0);
  await using _door = await withBroker({
    address: `ws://127.0.0.1:${listening.port}/mqtt`,
    topicPrefix: 'web',
    qos: 1,
  });
  const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
  const heard = new Promise<string>((resolve) => void client.once('message', resolve));
  await client.subscribeAsync('web/onvif-ej/#');
  expect(await heard).toMatch(/^web\/onvif-ej\//);
  await client.endAsync(true);
});
