import { createHash } from 'node:crypto';
import { request } from 'node:https';
import { afterEach, expect, test } from 'vitest';
import { childOf, childrenOf, textAt } from '../../core/soap/xml.ts';
import { startOneCamera } from '../onvif/one-camera.ts';
import { have, run } from '../video/filmed.ts';
import { RtspClient } from '../video/rtsp-client.ts';
import { fleetDeps, type Json, startCameras } from './lab.ts';

const ends: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of ends.splice(0)) await one[Symbol.asyncDispose]();
});
const password = 'recorder password';

async function start(more = {}) {
  const deps = fleetDeps();
  const wish = { name: 'nvr', profile: 'nvr1008h', initialized: true, password, openApi: true, ...more };
  const fleet = await startCameras([wish], {}, deps);
  ends.push(fleet);
  const { camera, trigger } = fleet.camera('nvr');
  return { clock: deps.clock, camera, trigger, ports: camera.address.ports };
}

interface Got {
  status: number;
  challenge: string;
  json: Json;
}
function call(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: object,
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers, rejectUnauthorized: false, agent: false },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            challenge: response.headers['www-authenticate'] ?? '',
            json: JSON.parse(text),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The documented computation, by hand. */
async function signIn(port: number, secret = password): Promise<Got> {
  const { challenge } = await call(port, '/openapi/token');
  const value = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)![1]!;
  const [realm, nonce] = [value('realm'), value('nonce')];
  const response = sha256(`${sha256(`admin:${realm}:${secret}`)}:${nonce}:${sha256('GET:/openapi/token')}`);
  return call(port, '/openapi/token', {
    Authorization: `Digest username="admin", nonce="${nonce}", realm="${realm}", response="${response}"`,
  });
}
async function client(port: number) {
  const { json } = await signIn(port);
  const bearer = { Authorization: `Bearer ${json['access_token']}` };
  return {
    get: (path: string) => call(port, path, bearer),
    send: (method: string, path: string, body: object) => call(port, path, bearer, method, body),
  };
}

test('a recorder is one ONVIF device with a video source, two profiles and a recording for each channel', async () => {
  const cam = await startOneCamera({ profile: 'nvr1008h' });
  ends.push(cam);
  const names = (text: string | undefined, count: number) => Array.from({ length: count }, (_, i) => `${text}${i + 1}`);
  const sources = childrenOf((await cam.get('trt:GetVideoSources')).body, 'VideoSources');
  expect(sources.map(({ attributes }) => attributes['token'])).toEqual(names('vs_', 8));
  const profiles = childrenOf((await cam.get('trt:GetProfiles')).body, 'Profiles');
  expect(profiles).toHaveLength(16);
  expect(profiles.map((one) => textAt(childOf(one, 'VideoSourceConfiguration'), 'SourceToken'))).toEqual(
    names('vs_', 8).flatMap((one) => [one, one]),
  );
  expect(childrenOf((await cam.get('tr2:GetProfiles', '<tr2:Type>All</tr2:Type>')).body, 'Profiles')).toHaveLength(16);
  for (const operation of [
    'trt:GetVideoSourceConfigurations',
    'tr2:GetVideoSourceConfigurations',
    'trt:GetVideoEncoderConfigurations',
    'tmd:GetVideoSources',
    'trt:GetOSDs',
    'tev:GetEventProperties',
    'tds:GetScopes',
    'trt:GetMetadataConfigurations',
  ])
    await cam.get(operation);
  await cam.get('trt:GetVideoSourceConfigurationOptions', '<trt:ConfigurationToken>vsconf_3</trt:ConfigurationToken>');
  await cam.get('tds:GetCapabilities', '<tds:Category>All</tds:Category>');
  const services = (await cam.get('tds:GetServices', '<tds:IncludeCapability>true</tds:IncludeCapability>')).text;
  expect(services).not.toContain('/imaging/wsdl<');
  const uri = await cam.get(
    'trt:GetStreamUri',
    '<trt:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>RTSP</tt:Protocol></tt:Transport></trt:StreamSetup><trt:ProfileToken>profile_3_2</trt:ProfileToken>',
  );
  expect(uri.at('MediaUri', 'Uri')).toMatch(/\/live\/3\/2\/avm$/);
  const recordings = childrenOf((await cam.get('trc:GetRecordings')).body, 'RecordingItem');
  expect(recordings.map((one) => textAt(one, 'RecordingToken'))).toEqual(names('OnvifRecordingToken_', 8));
  const replay = await cam.get(
    'trp:GetReplayUri',
    '<trp:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>RTSP</tt:Protocol></tt:Transport></trp:StreamSetup><trp:RecordingToken>OnvifRecordingToken_5</trp:RecordingToken>',
  );
  expect(replay.at('Uri')).toMatch(/\/replay\/5\/1\/avm$/);
});

test('motion at one channel is told of its source and found in its recording only', async () => {
  const cam = await startOneCamera({ profile: 'nvr1008h' });
  ends.push(cam);
  const heard: Record<string, string>[] = [];
  cam.camera.events.subscribe(({ source }) => heard.push(source));
  cam.camera.trigger('motion-3', true);
  expect(heard).toContainEqual({ Source: 'vs_3' });
  expect(cam.camera.channels.map(({ scene }) => scene.motion)).toEqual([
    false,
    false,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
  // What came by before is made up, and may be a moment ago.
  const at = new Date(cam.camera.recorder!.kept.installedAt).toISOString();
  const find = await cam.get(
    'tse:FindEvents',
    `<tse:StartPoint>${at}</tse:StartPoint><tse:Scope/><tse:SearchFilter><wsnt:TopicExpression Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">tns1:VideoSource/MotionAlarm</wsnt:TopicExpression></tse:SearchFilter><tse:IncludeStartState>false</tse:IncludeStartState><tse:KeepAliveTime>PT10S</tse:KeepAliveTime>`,
  );
  const found = await cam.get(
    'tse:GetEventSearchResults',
    `<tse:SearchToken>${find.at('SearchToken')}</tse:SearchToken>`,
  );
  const results = childrenOf(childOf(found.body, 'ResultList'), 'Result');
  expect(results.map((one) => textAt(one, 'RecordingToken'))).toEqual(['OnvifRecordingToken_3']);
});

test('a client signs in by the documented digest, and curl does with its own', async () => {
  const { ports } = await start();
  const { challenge, status } = await call(ports.openApi, '/openapi/token');
  expect(status).toBe(401);
  expect(challenge).toMatch(
    /^Digest realm="TP-LINK NVR", nonce="[0-9a-f]{32}", algorithm="SHA-256", url="\/openapi\/token"$/,
  );
  const { json } = await signIn(ports.openApi);
  expect(json).toMatchObject({ token_type: 'bearer', expires_in: 3600, error_code: 0 });
  expect(json['access_token']).toMatch(/^[0-9a-f]{32}$/);
  const refreshed = await call(
    ports.openApi,
    `/openapi/token?grant_type=refresh_token&refresh_token=${json['refresh_token']}`,
  );
  expect(refreshed.status, 'as a real one answers').toBe(401);
  if (have('curl')) {
    const url = `https://127.0.0.1:${ports.openApi}/openapi/token`;
    const { stdout } = await run('curl', ['-sk', '--digest', '-u', `admin:${password}`, url]);
    expect(JSON.parse(stdout.toString())).toMatchObject({ error_code: 0, token_type: 'bearer' });
  }
});

test('a strict recorder takes its refresh token, once', async () => {
  const { ports } = await start({ strict: true });
  const { json } = await signIn(ports.openApi);
  const refresh = () =>
    call(ports.openApi, `/openapi/token?grant_type=refresh_token&refresh_token=${json['refresh_token']}`);
  expect((await refresh()).json).toMatchObject({ error_code: 0 });
  expect((await refresh()).status).toBe(401);
});

test('wrong passwords lock it, and without a token nothing is told', async () => {
  const { ports } = await start();
  expect(await call(ports.openApi, '/openapi/added_devices')).toMatchObject({ status: 401 });
  expect(await call(ports.openApi, '/openapi/added_devices', { Authorization: 'Bearer no' })).toMatchObject({
    status: 401,
  });
  for (let i = 0; i < 10; i++) await signIn(ports.openApi, 'wrong').catch(() => undefined);
  const { status, json } = await call(ports.openApi, '/openapi/token');
  expect(status).toBe(401);
  expect(json).toMatchObject({ error_code: -40404 });
  expect(json['sec_left']).toBeGreaterThan(200);
});

test('channels, streams, drive and recordings are read and set', async () => {
  const { ports, camera } = await start();
  const nvr = await client(ports.openApi);
  const { devices } = (await nvr.get('/openapi/added_devices')).json;
  expect(devices).toHaveLength(8);
  expect(devices[2]).toMatchObject({ id: '3', alias: 'Channel%203', online: '1' });
  expect((await nvr.get('/openapi/resolution?channel=2&stream=main')).json).toEqual({
    resolution: '1920x1080',
    error_code: 0,
  });
  expect(
    (await nvr.send('POST', '/openapi/resolution', { channel: 2, stream: 'main', resolution: '1280x720' })).json,
  ).toEqual({ error_code: 0 });
  expect((await nvr.get('/openapi/resolution?channel=2&stream=main')).json['resolution']).toBe('1280x720');
  expect(camera.state.videoEncoders[2]).toMatchObject({ width: 1280, height: 720 });
  expect((await nvr.get('/openapi/disks')).json['disks']).toHaveLength(1);
  const today = new Date(camera.clock.now()).toISOString().replaceAll('-', '');
  const month = today.slice(0, 6);
  const { days } = (await nvr.get(`/openapi/record/days?channel=4&start=202501&end=${month}`)).json;
  expect(days.length).toBeGreaterThan(2);
  const day = days.at(-2)['day'];
  const { process } = (await nvr.get('/openapi/record/search/free_process')).json;
  const results = (
    await nvr.get(`/openapi/record/search/results?channel=4&process=${process}&day=${day}&start_index=0&end_index=9`)
  ).json['results'];
  expect(results).toHaveLength(10);
  expect(Number(results[1]['end_time']) - Number(results[1]['start_time'])).toBe(600);
  const wrong: [string, number][] = [
    ['/openapi/record/days?channel=9&start=202501&end=202501', 400],
    ['/openapi/record/days?channel=1&start=2025&end=202501', 400],
    ['/openapi/resolution?channel=1&stream=third', 400],
    ['/openapi/nothing', 404],
    ['//', 404],
    ['/openapi/%zz', 404],
  ];
  for (const [path, status] of wrong) {
    const answer = await nvr.get(path);
    expect(answer.status, path).toBe(status);
    expect(answer.json['hint'], path).toBeTruthy();
  }
});

test('each channel is watched live and replayed under the addresses of the vendor', async () => {
  const { ports } = await start();
  await using client = await RtspClient.open(ports.rtsp);
  client.user = { username: 'admin', password };
  for (const path of ['live/1/1/avm', 'live/8/2/avm', 'replay/8/1/avm'])
    expect((await client.ask('DESCRIBE', `rtsp://127.0.0.1:${ports.rtsp}/${path}`)).status, path).toBe(200);
  for (const path of ['live/9/1/avm', 'replay/9/1/avm'])
    expect((await client.ask('DESCRIBE', `rtsp://127.0.0.1:${ports.rtsp}/${path}`)).status, path).toBe(404);
});
