import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:https';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { fleetDeps, type Json, post, session, signIn as signInDs, startCameras } from './lab.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const one = async (more = {}, deps = fleetDeps()) => {
  const wish = { name: 'door', profile: 'c540', initialized: true, password: 'admin password', openApi: true, ...more };
  const fleet = await startCameras([wish], {}, deps);
  const door = fleet.camera('door');
  const { openApi: port, https } = door.camera.address.ports;
  return { fleet, door, port, https, clock: deps.clock, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
};

/** The documented computation, by hand. */
async function doAuth(port: number, password: string): Promise<Json> {
  const { authenticate } = (await post(port, '/', { method: 'doAuth', params: null })).json;
  const a1 = sha256(`admin:${authenticate.realm}:${password}`);
  const a2 = sha256(`${authenticate.method}:${authenticate.uri}`);
  const params = { nonce: authenticate.nonce, response: sha256(`${a1}:${authenticate.nonce}:${a2}`) };
  return (await post(port, '/', { method: 'doAuth', params })).json;
}
async function caller(port: number, password = 'admin password') {
  const { stok } = await doAuth(port, password);
  return async (method: string, params?: Json) =>
    (await post(port, `/stok=${stok}`, params === undefined ? { method } : { method, params })).json;
}

test('the port is closed on a VIGI camera until it is switched on in the settings', async () => {
  await using door = await one({ openApi: undefined });
  expect(door.fleet.ready().cameras[0]!.openApiUrl).toBeNull();
  const ds = await session(door.https, 'admin password');
  expect(await ds({ method: 'get', openapi: { name: 'config' } })).toMatchObject({
    openapi: { config: { enabled: 'off' } },
  });
  await ds({ method: 'set', openapi: { config: { enabled: 'on' } } });
  await expect.poll(() => door.door.camera.address.ports.openApi).toBeGreaterThan(0);
  const { openApi } = door.door.camera.address.ports;
  await expect.poll(async () => (await doAuth(openApi, 'admin password').catch(() => ({}) as Json))['errCode']).toBe(0);
  await ds({ method: 'set', openapi: { config: { enabled: 'off' } } });
  await expect
    .poll(async () => {
      const socket = connect(openApi, '127.0.0.1');
      return Promise.race([once(socket, 'error').then(() => 'refused'), once(socket, 'connect').then(() => 'open')]);
    })
    .toBe('refused');
});

test('a client signs in by the documented digest and reads the device information', async () => {
  await using door = await one();
  const challenge = (await post(door.port, '/', { method: 'doAuth', params: null })).json;
  expect(challenge).toEqual({
    method: 'doAuth',
    authenticate: {
      realm: 'TP-LINK IP-Camera',
      nonce: expect.stringMatching(/^[0-9a-f]{32}$/),
      algorithm: 'SHA-256',
      uri: 'doAuth',
      method: 'POST',
    },
    errCode: -10020,
  });
  expect(await doAuth(door.port, 'admin password')).toEqual({
    method: 'doAuth',
    stok: expect.stringMatching(/^.{32}$/),
    errCode: 0,
  });
  const call = await caller(door.port);
  const { identity } = door.door.camera;
  expect(await call('getDeviceInfo')).toEqual({
    method: 'getDeviceInfo',
    errCode: 0,
    result: {
      alias: 'VIGI C540 1.0',
      type: 'SMART.IPCAMERA',
      model: 'VIGI C540 1.0',
      mac: identity.mac.replaceAll(':', '-'),
      hwVer: '1.0',
      swVer: '2.2.0 Build 250904 Rel.60109n',
    },
  });
  await door.clock.advance('30s');
  expect(await call('getDeviceStatus')).toMatchObject({
    result: { mac: identity.mac.replaceAll(':', '-').toLowerCase(), uptime: 30 },
  });
  expect((await call('getStreamPort'))['result']).toEqual({ streamPort: String(door.door.camera.address.ports.rtsp) });
  expect((await call('getTimeZone'))['result']).toMatchObject({ timezone: 'UTC+00:00' });
  expect((await call('getSystemTime'))['result']).toEqual({ time: door.clock.now() / 1000 });
});

test('wrong passwords are counted, lock the sign-in, and lock /ds with it', async () => {
  await using door = await one();
  for (let tried = 1; tried < 10; tried++)
    expect(await doAuth(door.port, 'wrong')).toMatchObject({ errCode: -10020, time: tried, max_time: 10 });
  expect(await doAuth(door.port, 'wrong')).toMatchObject({ errCode: -10022, sec_left: 300 });
  expect((await post(door.port, '/', { method: 'doAuth', params: null })).json).toMatchObject({ errCode: -10022 });
  expect(await signInDs(door.https, 'admin password')).toMatchObject({ error_code: -40404 });
  await door.clock.advance('5m');
  expect(await doAuth(door.port, 'admin password')).toMatchObject({ errCode: 0 });
});

test('a token lives half an hour', async () => {
  await using door = await one();
  const call = await caller(door.port);
  await door.clock.advance('30m');
  expect((await call('getDeviceAlias'))['errCode']).toBe(0);
  await door.clock.advance('1s');
  expect((await call('getDeviceAlias'))['errCode']).toBe(-10002);
});

test('a detection switched off with its sensitivity named is off; without, the payload is wrong', async () => {
  await using door = await one();
  const call = await caller(door.port);
  expect((await call('setMotionDetectionSwitch', { enabled: 'off' }))['errCode']).toBe(-10009);
  expect((await call('setMotionDetectionSwitch', { enabled: 'off', sensitivity: 60 }))['errCode']).toBe(0);
  expect((await call('getMotionDetectionSwitch'))['result']).toMatchObject({ enabled: 'off', sensitivity: 60 });
  let raised = 0;
  door.door.camera.events.subscribe(() => {
    raised += 1;
  });
  door.door.trigger('motion', { active: true });
  expect(raised).toBe(0);
});

test.each([
  ['{"method":', '/', -10001],
  ['[]', '/', -10009],
  ['{"params":null}', '/', -10004],
  ['{"method":"doAuth"}', '/', -10005],
  ['{"method":"doAuth","params":{}}', '/', -10006],
  ['{"method":"getDeviceInfo"}', '/', -10002],
  ['{"method":"getDeviceInfo"}', '/stok=nonsense', -10002],
])('%s at %s is answered with %i', async (body, path, code) => {
  await using door = await one();
  expect((await post(door.port, path, body)).json['errCode']).toBe(code);
});

test('an unknown method, one of another model and a wrong parameter have codes of their own', async () => {
  await using door = await one({ profile: 'c340' });
  const call = await caller(door.port);
  expect((await call('makeCoffee'))['errCode']).toBe(-10003);
  expect((await call('motorMove', { x_coord: 1, y_coord: 0 }))['errCode']).toBe(-10003);
  expect((await call('setDeviceAlias', {}))['errCode']).toBe(-10006);
  expect((await call('setDeviceAlias', { alias: '' }))['errCode']).toBe(-10010);
  expect((await call('subscribeMsg', { event_type: ['NoSuchDetection'] }))['errCode']).toBe(-10010);
});

test('subscribeMsg tells heartbeats, an event when it begins, and the same again every 16 seconds', async () => {
  await using door = await one();
  const { stok } = await doAuth(door.port, 'admin password');
  const sent = request({
    host: '127.0.0.1', port: door.port, path: `/stok=${stok}`, method: 'POST', rejectUnauthorized: false, agent: false,
  }); // biome-ignore format: one address
  sent.end(JSON.stringify({ method: 'subscribeMsg', params: { event_type: ['VehicleDetection'], heartbeat: 15 } }));
  const [response] = await once(sent, 'response');
  expect(response.headers['content-type']).toMatch(/^multipart\/mixed; boundary=/);
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const parts = () => [...text.matchAll(/\r\n\r\n(\{.*?\})\r\n/g)].map(([, json]) => JSON.parse(json!));
  const at = () => Math.floor(door.clock.now() / 1000);
  door.door.trigger('people', { active: true });
  door.door.trigger('vehicle', { active: true });
  const began = at();
  await expect.poll(parts).toEqual([{ event_type: 'VehicleDetection', time: began }]);
  await door.clock.advance('15s');
  await expect.poll(() => parts().length).toBe(2);
  expect(parts()[1]).toEqual({ Heartbeat: '30' });
  await door.clock.advance('1s');
  await expect.poll(() => parts().length).toBe(3);
  expect(parts()[2]).toEqual({ event_type: 'VehicleDetection', time: began + 16 });
  door.door.trigger('vehicle', { active: false });
  await door.clock.advance('13s');
  expect(parts()).toHaveLength(3);
  sent.destroy();
  await expect.poll(() => door.clock.sleeping).toBe(0);
});

test('the connection is closed after each answer', async () => {
  await using door = await one();
  await post(door.port, '/', { method: 'doAuth', params: null });
  await expect.poll(() => door.door.connections).toBe(0);
});

test('the motor steps, cruises until it is stopped, and stalls at its end', async () => {
  await using door = await one();
  const call = await caller(door.port);
  const pan = () => Math.round(door.door.camera.scene.ptz.pan);
  expect((await call('motorMove', { x_coord: '1', y_coord: '0' }))['errCode']).toBe(0);
  await door.clock.advance('1s');
  expect(pan()).toBe(30);
  await call('cruiseMove', { x_coord: 0.5, y_coord: 0 });
  await door.clock.advance('2s');
  await call('stopMove');
  expect(pan()).toBe(90);
  await door.clock.advance('5s');
  expect(pan()).toBe(90);
  await call('cruiseMove', { x_coord: 1, y_coord: 0 });
  await door.clock.advance('10s');
  expect(pan()).toBe(170);
  expect((await call('motorMove', { x_coord: 1, y_coord: 0 }))['errCode']).toBe(-10016);
  expect((await call('motorMove', { x_coord: 2, y_coord: 0 }))['errCode']).toBe(-10010);
});

test('presets have the numbers 1 to 8 and are the same over ONVIF and /ds', async () => {
  await using door = await one();
  const call = await caller(door.port);
  await call('motorMove', { x_coord: 1, y_coord: 0 });
  await door.clock.advance('1s');
  expect((await call('setPresetPoint', { id: 3, name: 'gate' }))['result']).toEqual({ id: '3' });
  expect((await call('getPresetPoint'))['result']).toEqual({ preset: [{ id: '3', name: 'gate' }] });
  await call('motorMove', { x_coord: -1, y_coord: 0 });
  await door.clock.advance('2s');
  await call('gotoPresetPoint', { id: 3 });
  await door.clock.advance('2s');
  expect(Math.round(door.door.camera.scene.ptz.pan)).toBe(30);
  const ds = await session(door.https, 'admin password');
  expect((await ds({ method: 'get', preset: { name: 'preset' } }))['preset']).toEqual({
    preset: { id: ['3'], name: ['gate'] },
  });
  expect((await call('gotoPresetPoint', { id: 4 }))['errCode']).toBe(-10010);
  expect((await call('setPresetPoint', { id: 9 }))['errCode']).toBe(-10010);
  expect((await call('removePresetPoint', { id: 3 }))['errCode']).toBe(0);
  expect((await call('getPresetPoint'))['result']).toEqual({ preset: [] });
});

test('several requests go in one, each with an answer of its own', async () => {
  await using door = await one({ profile: 'c340' });
  const call = await caller(door.port);
  const several = (...methods: string[]) =>
    call('multipleRequest', { requests: methods.map((method) => ({ method, params: null })) });
  expect((await several('getDeviceAlias', 'makeCoffee', 'setDeviceAlias'))['result']).toEqual({
    responses: [
      { method: 'getDeviceAlias', errCode: 0, result: { alias: 'VIGI C340 1.0' } },
      { method: 'makeCoffee', errCode: -10003 },
      { method: 'setDeviceAlias', errCode: -10006 },
    ],
  });
  expect((await several('multipleRequest'))['errCode']).toBe(-10007);
  expect((await several())['errCode']).toBe(-10007);
  expect((await several(...Array.from({ length: 17 }, () => 'getDeviceAlias')))['errCode']).toBe(-10008);
  expect((await call('multipleRequest', {}))['errCode']).toBe(-10006);
});

test('regions and lines of detections are kept, and what is no shape is refused', async () => {
  await using door = await one();
  const call = await caller(door.port);
  const lines = [{ id: 1, points: [{ x: 0, y: 0 }, { x: 10_000, y: 10_000 }], direction: 'a_to_b' }]; // biome-ignore format: a shape
  expect((await call('setCrosslineDetectionRegion', { lines }))['errCode']).toBe(0);
  expect((await call('getCrosslineDetectionRegion'))['result']).toEqual({ lines });
  expect((await call('getInvasionDetectionRegion'))['result']).toEqual({ regions: [] });
  const two = [{ id: 1, points: [{ x: 0, y: 0 }, { x: 1, y: 1 }] }]; // biome-ignore format: a shape
  expect((await call('setInvasionDetectionRegion', { regions: two }))['errCode']).toBe(-10010);
  expect((await call('getTamperDetectionRegion'))['errCode']).toBe(-10003);
});

test('a camera with a card tells of its footage by day; one without has no storage', async () => {
  await using door = await one();
  await using bare = await one({ profile: 'c340' });
  const call = await caller(door.port);
  expect((await call('getSdCardStatus'))['result']).toMatchObject({ status: 'normal', total_space: '128GB' });
  const today = new Date(door.clock.now()).toISOString().slice(0, 10).replaceAll('-', '');
  const yesterday = new Date(door.clock.now() - 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  const month = (await call('searchVideoCalendar', { month: yesterday.slice(0, 6) }))['result'];
  expect(month.days).toContain(yesterday.slice(6));
  const list = (await call('searchVideoList', { date: yesterday }))['result'];
  expect(list.total).toBeGreaterThan(0);
  expect(list.videos[0].end_time).toBeGreaterThan(list.videos[0].start_time);
  expect((await call('searchVideoList', { date: `${today}x` }))['errCode']).toBe(-10010);
  const without = await caller(bare.port);
  expect((await without('getSdCardStatus'))['result']).toMatchObject({ status: 'uninitialized' });
  for (const method of ['searchVideoList', 'getMediaList', 'getRecordSchedule', 'formatSdCard'])
    expect((await without(method, {}))['errCode']).toBe(-10013);
});

test('resolution, push interval, alarm and log are set and read', async () => {
  await using door = await one({ quirks: ['time-in-range'] });
  const call = await caller(door.port);
  expect((await call('setResolution', { resolution: '1920*1080', frame_rate: 15 }))['errCode']).toBe(0);
  expect(door.door.camera.state.videoEncoders[0]).toMatchObject({ width: 1920, height: 1080, fps: 15 });
  expect((await call('setResolution', { resolution: '1*1' }))['errCode']).toBe(-10010);
  await call('setMsgpushInterval', { interval: 30 });
  expect((await call('getMsgpushInterval'))['result']).toEqual({ interval: 30 });
  await call('manualAlarm', { action: 'start' });
  expect((await call('getDeviceStatus'))['result']).toMatchObject({ manual_alarm: 'on' });
  const log = (await call('searchSystemLog', { type: 'operation' }))['result'];
  expect(log.logs.map((one: Json) => one['content'])).toContain('OpenAPI setResolution');
  expect((await call('setSystemTime', { time: 4_000_000_000 }))['errCode']).toBe(-69061);
});
