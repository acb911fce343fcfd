import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listen } from '../../core/runtime/listen.ts';
import { startFleet } from '../../device-sim/index.ts';
import { activate, challengeOf, fleetConfig, fleetDeps, listenToDiscovery, signIn, startCameras } from './lab.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-fleet-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a fleet cycles through the four usual models and gives each camera ports of its own', async () => {
  await using fleet = await startFleet(fleetConfig({ count: 5 }), fleetDeps());
  expect(fleet.cameras.map(({ camera }) => camera.profile.model)).toEqual(['C340', 'C540', 'S445', 'Generic', 'C340']);
  const ports = fleet.cameras.flatMap(({ camera }) => Object.values(camera.address.ports)).filter((port) => port > 0);
  expect(new Set(ports).size).toBe(ports.length);
});

test('identity, password and boot count come back after a restart, without a seed being named', async () => {
  const start = () =>
    startFleet(fleetConfig({ count: 2, seed: undefined, dataDir: folder, initialized: true }), fleetDeps());
  const seen = async () => {
    await using fleet = await start();
    return fleet.ready().cameras;
  };
  const strip = (cameras: Awaited<ReturnType<typeof seen>>) =>
    cameras.map(({ serial, mac, uuid, labelSecret, password }) => ({ serial, mac, uuid, labelSecret, password }));
  const first = await seen();
  await using again = await start();
  expect(strip(again.ready().cameras)).toEqual(strip(first));
  expect(first[0]!.password).toHaveLength(16);
  expect(again.camera('cam-1').camera.state.bootCount).toBe(2);
});

test('a camera activated over the wire stays activated after a restart, even one that came at once', async () => {
  const deps = fleetDeps();
  {
    await using fleet = await startCameras([{ name: 'door' }], { dataDir: folder }, deps);
    expect(await activate(fleet.camera('door').camera.address.ports.https, 'kept password')).toEqual({ error_code: 0 });
  }
  await using fleet = await startCameras([{ name: 'door' }], { dataDir: folder }, deps);
  expect(await signIn(fleet.camera('door').camera.address.ports.https, 'kept password')).toMatchObject({
    error_code: 0,
  });
});

test('another seed or another model for the same folder is refused in one sentence', async () => {
  {
    await using _fleet = await startCameras([{ name: 'door', profile: 'c340' }], { dataDir: folder });
  }
  await expect(startCameras([{ name: 'door' }], { dataDir: folder, seed: 'other' })).rejects.toThrow(
    'holds the fleet of another seed',
  );
  await expect(startCameras([{ name: 'door', profile: 'c540' }], { dataDir: folder })).rejects.toThrow(
    /door in .* is a c340, not a c540/,
  );
});

test('a port that is taken stops the start with a sentence and leaves nothing behind', async () => {
  await using taken = await listen(createServer(), 0);
  const config = fleetConfig({ count: 1, basePort: taken.port - 1 });
  await expect(startFleet(config, fleetDeps())).rejects.toThrow(`port ${taken.port} on 127.0.0.1 is taken`);
  const free = createServer();
  await using _reuse = await listen(free, taken.port - 1);
});

test('two cameras of one name, a name that is none and ports beyond the last are refused', async () => {
  const start = (more: object) => startFleet(fleetConfig(more), fleetDeps());
  await expect(start({ cameras: [{ name: 'a' }, { name: 'a' }] })).rejects.toThrow('two cameras are named "a"');
  await expect(start({ cameras: [{ name: 'Front Door' }] })).rejects.toThrow('"Front Door" is no camera name');
  await expect(start({ basePort: 65_000, count: 60 })).rejects.toThrow('would need port 65593');
  await expect(start({ cameras: [{ quirks: ['no-onvif-snapshop'] }] })).rejects.toThrow(
    'there is no quirk "no-onvif-snapshop"; did you mean no-onvif-snapshot?',
  );
});

test('a power cut resets connections at once; the camera comes back on the same ports with a new boot count', async () => {
  const deps = fleetDeps();
  await using fleet = await startCameras([{ name: 'door' }], {}, deps);
  const door = fleet.camera('door');
  const { http } = door.camera.address.ports;
  const socket = connect(http, '127.0.0.1');
  await once(socket, 'connect');
  await expect.poll(() => door.connections).toBe(1);
  const reset = once(socket, 'error');
  await door.powerCut(10_000);
  expect(((await reset) as NodeJS.ErrnoException[])[0]!.code).toBe('ECONNRESET');
  expect(door.powered).toBe(false);
  const refused = connect(http, '127.0.0.1');
  expect(((await once(refused, 'error')) as NodeJS.ErrnoException[])[0]!.code).toBe('ECONNREFUSED');
  await deps.clock.advance('10s');
  await door.up();
  expect(door.powered).toBe(true);
  expect(door.camera.state.bootCount).toBe(2);
  expect(door.camera.address.ports.http).toBe(http);
  await challengeOf(door.camera.address.ports.https);
});

test('a clock without a battery starts in 2024 after a power cut, until the time server sets it', async () => {
  const deps = fleetDeps();
  const quirks = ['clock-lost-on-power-cut'];
  await using fleet = await startCameras([{ name: 'door', quirks, clockOffsetMs: 5000 }], {}, deps);
  const door = fleet.camera('door');
  await door.powerCut(0);
  await door.up();
  expect(new Date(door.camera.clock.now()).toISOString()).toMatch(/^2024-01-01/);
  await deps.clock.advance('61s');
  expect(door.camera.clock.now()).toBe(deps.clock.now() + 5000);
});

test('without network a camera falls silent for those who connect, and answers again when the cable is back', async () => {
  await using fleet = await startCameras([{ name: 'door' }]);
  const door = fleet.camera('door');
  const { https } = door.camera.address.ports;
  door.network(false);
  const silent = challengeOf(https).then(
    () => 'answered',
    () => 'cut',
  );
  await expect.poll(() => door.connections).toBe(1);
  door.network(true);
  expect(await silent).toBe('cut');
  expect((await challengeOf(https))['factory_default']).toBe(true);
});

test('motion ends by itself after its time, or when told', async () => {
  const deps = fleetDeps();
  await using fleet = await startCameras([{ name: 'door' }], {}, deps);
  const door = fleet.camera('door');
  door.trigger('motion', { durationMs: 2000 });
  expect(door.camera.scene.motion).toBe(true);
  await deps.clock.advance('1s');
  door.trigger('motion', { durationMs: 2000 });
  await deps.clock.advance('1500ms');
  expect(door.camera.scene.motion).toBe(true);
  await deps.clock.advance('1s');
  expect(door.camera.scene.motion).toBe(false);
});

test('traffic of one seed is the same twice, and none with traffic off', async () => {
  const watch = async (traffic: 'busy' | 'off') => {
    const deps = fleetDeps();
    await using fleet = await startFleet(fleetConfig({ count: 3, traffic }), deps);
    const seen: string[] = [];
    for (const { name, camera } of fleet.cameras)
      camera.events.subscribe(({ utcTime, data }) =>
        seen.push(`${utcTime} ${name} ${Object.entries(data).flat().join('=')}`),
      );
    await deps.clock.advance('10m');
    return seen;
  };
  const first = await watch('busy');
  expect(first.length).toBeGreaterThan(20);
  expect(await watch('busy')).toEqual(first);
  expect(await watch('off')).toEqual([]);
});

test('a browser on the HTTP port is shown to the HTTPS page, and an unknown path is not found', async () => {
  await using fleet = await startCameras([{ name: 'door' }]);
  const { http, https } = fleet.camera('door').camera.address.ports;
  const ask = async (path: string) => {
    const [response] = await once(get({ host: '127.0.0.1', port: http, path, agent: false }), 'response');
    response.resume();
    return response;
  };
  const home = await ask('/');
  expect([home.statusCode, home.headers.location]).toEqual([302, `https://127.0.0.1:${https}/`]);
  expect((await ask('/nothing')).statusCode).toBe(404);
});

test('a thousand cameras start and end, and idle ones hold no timer', async () => {
  const deps = fleetDeps();
  await using fleet = await startFleet(fleetConfig({ count: 1000 }), deps);
  expect(fleet.cameras).toHaveLength(1000);
  expect(new Set(fleet.cameras.map(({ camera }) => camera.identity.serial)).size).toBe(1000);
  expect(deps.clock.sleeping).toBe(0);
});

test('a camera says Hello when it comes up, Bye when it reboots, and nothing when its power is cut', async () => {
  const deps = fleetDeps();
  await using ears = await listenToDiscovery();
  await using fleet = await startCameras([{ name: 'door' }], { discovery: true, interfaceName: 'lo' }, deps);
  const door = fleet.camera('door');
  const { uuid } = door.camera.identity;
  await deps.clock.advance('1s');
  await expect.poll(() => ears.heard(uuid)).toEqual(['Hello']);
  await door.reboot();
  await door.up();
  await deps.clock.advance('1s');
  await expect.poll(() => ears.heard(uuid)).toEqual(['Hello', 'Bye', 'Hello']);
  await door.powerCut(0);
  await door.up();
  await deps.clock.advance('1s');
  await expect.poll(() => ears.heard(uuid)).toEqual(['Hello', 'Bye', 'Hello', 'Hello']);
});

test('the snapshot address of the ready line gives a JPEG to the admin, and nothing to others', async () => {
  await using fleet = await startCameras([
    { name: 'door', initialized: true, password: 'admin password' },
    { name: 'gate' },
  ]);
  const ask = (url: string, password?: string) =>
    fetch(url, {
      headers:
        password === undefined ? {} : { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` },
    });
  const [door, gate] = fleet.ready().cameras;
  expect((await ask(door!.snapshotUrl)).status).toBe(401);
  expect((await ask(door!.snapshotUrl, 'wrong')).status).toBe(401);
  const picture = await ask(door!.snapshotUrl, 'admin password');
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  expect(
    Buffer.from(await picture.arrayBuffer())
      .subarray(0, 3)
      .toString('hex'),
  ).toBe('ffd8ff');
  expect((await ask(gate!.snapshotUrl)).status).toBe(403);
});
