import http from 'node:http';
import type { AddressInfo } from 'node:net';
import onvif from 'onvif';
import onvifPromises from 'onvif/promises/index.js';
import { afterEach, describe, expect, test } from 'vitest';
import { realClock } from '../../core/runtime/clock.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { startDiscovery } from '../../device-sim/discovery/discovery.ts';
import { adminPassword, type CameraSetting, type OneCamera, startOneCamera } from './one-camera.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
async function start(setting: CameraSetting = {}): Promise<OneCamera> {
  const cam = await startOneCamera(setting);
  ends.push(() => cam[Symbol.asyncDispose]());
  return cam;
}

/** The package's own types know a part of what it does. */
// biome-ignore lint/suspicious/noExplicitAny: see above
type Client = any;

/** The unmodified package, signed in as anybody would. */
async function connect(cam: OneCamera, options: object = {}): Promise<Client> {
  const client: Client = new onvifPromises.Cam({
    hostname: '127.0.0.1',
    port: cam.port,
    username: 'admin',
    password: adminPassword,
    timeout: 10_000,
    ...options,
  });
  client.on('error', () => undefined);
  client.on('eventsError', () => undefined);
  await client.connect();
  return client;
}

describe('the onvif package', () => {
  test('discovers cameras on the loopback interface and connects to what it found', async () => {
    const cams = [await start({ profile: 'c340' }), await start({ profile: 'generic' })];
    const discovery = await startDiscovery(
      { interfaceName: 'lo' },
      { clock: realClock, random: secureRandom, log: silentLog },
    );
    ends.push(() => discovery[Symbol.asyncDispose]());
    cams.forEach(({ camera }) => {
      Object.assign(camera.identity, { uuid: secureRandom.uuid() });
      discovery.hello(camera);
    });
    onvif.Discovery.on('error', () => undefined);
    const found = await new Promise<Client[]>((resolve) =>
      onvif.Discovery.probe({ device: 'lo', timeout: 1500 }, (_error: unknown, clients: unknown) =>
        resolve(clients as Client[]),
      ),
    );
    for (const cam of cams) {
      const one = found.find(({ port }: { port: string }) => Number(port) === cam.port);
      expect(one).toBeDefined();
      Object.assign(one, { username: 'admin', password: adminPassword });
      await new Promise<void>((resolve, reject) =>
        one.connect((error: Error | null) => (error ? reject(error) : resolve())),
      );
      expect(one.activeSource.profileToken).toBe(cam.camera.profile.streams[0].profileToken);
    }
  });

  test.each(['generic', 'c340', 'c540', 's445'] as const)(
    'connects to %s, reads profiles and stream address',
    async (profile) => {
      const cam = await start({ profile });
      const client = await connect(cam);
      const { streams } = cam.camera.profile;
      expect(client.profiles.map((one: { $: { token: string } }) => one.$.token)).toEqual(
        streams.map(({ profileToken }) => profileToken),
      );
      expect(client.activeSource).toMatchObject({
        encoding: 'H264',
        width: streams[0].width,
        height: streams[0].height,
        fps: streams[0].fps,
      });
      for (const { profileToken, path } of streams) {
        const { uri } = await client.getStreamUri({ protocol: 'RTSP', profileToken });
        expect(uri).toBe(`rtsp://127.0.0.1:${cam.camera.address.ports.rtsp}/${path}`);
      }
      const information = await client.getDeviceInformation();
      expect(information).toMatchObject({ model: cam.camera.profile.model, serialNumber: cam.camera.identity.serial });
    },
  );

  test('signs in by HTTP digest when it uses no WS-Security', async () => {
    const cam = await start();
    const client = await connect(cam, { useWSSecurity: false });
    expect((await client.getDeviceInformation()).model).toBe('Generic');
    const wrong = await connect(cam, { useWSSecurity: false, password: 'no' });
    await expect(wrong.getDeviceInformation()).rejects.toThrow(/401/);
  });

  test('corrects for a clock that is wrong', async () => {
    const cam = await start();
    cam.camera.state.clockOffsetMs = 400_000;
    const client = await connect(cam);
    expect((await client.getHostname()).name).toBe(cam.camera.state.hostname);
  });

  test.each(['generic', 'c340'] as const)('hears motion of %s by pull point, more than once', async (profile) => {
    const cam = await start({ profile });
    const client = await connect(cam);
    const heard: string[] = [];
    const waiting: (() => void)[] = [];
    client.on('event', (message: { topic: { _: string }; message: { message: { data: { simpleItem: unknown } } } }) => {
      const { $ } = [message.message.message.data.simpleItem].flat()[0] as { $: { Name: string; Value: boolean } };
      if (/CellMotionDetector/.test(message.topic._)) heard.push(`${$.Name}=${$.Value}`);
      for (const wake of waiting.splice(0)) wake();
    });
    const until = async (count: number) => {
      while (heard.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    };
    await until(1);
    for (const active of [true, false, true]) {
      cam.camera.trigger('motion', active);
      await until(heard.length + 1);
    }
    client.removeAllListeners('event');
    expect(heard).toEqual(['IsMotion=false', 'IsMotion=true', 'IsMotion=false', 'IsMotion=true']);
  });

  test('receives notifications at an address of its own', async () => {
    const cam = await start();
    const client = await connect(cam);
    const bodies: string[] = [];
    const waiting: (() => void)[] = [];
    const server = http.createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.end();
        bodies.push(body);
        for (const wake of waiting.splice(0)) wake();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(
      () => server.closeAllConnections(),
      () => server.close(),
    );
    await client.subscribe({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events` });
    cam.camera.trigger('motion', true);
    while (!bodies.some((body) => body.includes('PropertyOperation="Changed"')))
      await new Promise<void>((resolve) => waiting.push(resolve));
    await client.unsubscribe();
  });

  test('sets what it reads: scopes, users, encoder, clock', async () => {
    const cam = await start();
    const client = await connect(cam);
    await client.setScopes(['onvif://www.onvif.org/location/hall']);
    expect(cam.camera.state.scopes).toEqual(['onvif://www.onvif.org/location/hall']);
    await client.createUsers([{ username: 'guard', password: 'Guard-pass-1', userLevel: 'Operator' }]);
    expect((await client.getUsers()).map((user: { username: string }) => user.username)).toEqual(['admin', 'guard']);
    await client.deleteUsers(['guard']);
    const [encoder] = await client.getVideoEncoderConfigurations();
    await client.setVideoEncoderConfiguration({ ...encoder, resolution: { width: 1280, height: 720 } });
    expect(cam.camera.state.videoEncoders[0]).toMatchObject({ width: 1280, height: 720 });
    await client.setNTP({ fromDHCP: false, type: 'DNS', dnsName: 'time.example' });
    expect(JSON.stringify(await client.getNTP())).toContain('time.example');
  });

  test('gets the address of the still picture, or on a VIGI camera the fault', async () => {
    const cam = await start();
    expect((await (await connect(cam)).getSnapshotUri({ profileToken: 'main' })).uri).toBe(`${cam.url}/snapshot.jpg`);
    const vigi = await start({ profile: 'c340' });
    await expect((await connect(vigi)).getSnapshotUri({ profileToken: 'profile_1' })).rejects.toThrow();
  });

  test.each(['generic', 's445'] as const)(
    'reads recordings and jobs of %s, stops and starts one, gets its replay',
    async (profile) => {
      const cam = await start({ profile });
      const client = await connect(cam);
      const { recordingToken: token, replayPath } = cam.camera.profile.storage!;
      expect([await client.getRecordings()].flat()[0]).toMatchObject({ recordingToken: token });
      const summary = await client.getRecordingSummary();
      expect(summary.numberRecordings).toBe(1);
      expect(+summary.dataUntil - +summary.dataFrom).toBeGreaterThan(2 * 86_400_000);
      const configuration = await client.getRecordingConfiguration({ RecordingToken: token });
      expect(configuration).toMatchObject({ maximumRetentionTime: 'PT0S' });
      const [{ jobToken: JobToken }] = [await client.getRecordingJobs()].flat();
      const state = async () => (await client.getRecordingJobState({ JobToken })).state;
      expect(await state()).toBe('Active');
      await client.setRecordingJobMode({ JobToken, Mode: 'Idle' });
      expect(await state()).toBe('Idle');
      await client.setRecordingJobMode({ JobToken, Mode: 'Active' });
      expect(await client.getReplayUri({ recordingToken: token })).toBe(
        `rtsp://127.0.0.1:${cam.camera.address.ports.rtsp}/${replayPath}`,
      );
    },
  );
});
