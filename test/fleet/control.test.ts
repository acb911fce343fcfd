import { expect, test } from 'vitest';
import { parseLabel } from '../../core/pairing/label-secret.ts';
import { formatUsernameToken } from '../../core/soap/ws-security.ts';
import type { CameraWish } from '../../device-sim/index.ts';
import { fleetDeps, startCameras } from './lab.ts';

const wish = { name: 'door', profile: 'c340', initialized: true, password: 'admin password' };
async function controlled(cameras: CameraWish[] = [wish, { name: 'gate', profile: 'generic' }]) {
  const deps = fleetDeps();
  const fleet = await startCameras(cameras, { control: true }, deps);
  const { url, token } = fleet.control!;
  const ask = async (
    path: string,
    body?: unknown,
    headers: Record<string, string> = { authorization: `Bearer ${token}` },
  ) => {
    const response = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, type: response.headers.get('content-type'), json: await response.json() };
  };
  return { fleet, ask, token, url, clock: deps.clock, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
}

test('nobody gets in without the token', async () => {
  await using lab = await controlled();
  for (const headers of [{}, { authorization: 'Bearer no' }, { authorization: `Basic ${lab.token}` }] as Record<
    string,
    string
  >[]) {
    const { status, type, json } = await lab.ask('/cameras', undefined, headers);
    expect([status, type, json.code]).toEqual([401, 'application/problem+json', 'not_authorized']);
  }
});

test('it lists the cameras and tells one camera without its secrets', async () => {
  await using lab = await controlled();
  const { json } = await lab.ask('/cameras');
  expect(json.cameras).toMatchObject([
    { name: 'door', model: 'C340', state: 'initialized', powered: true, connected: true, linked: false, bootCount: 1 },
    { name: 'gate', model: 'Generic', state: 'uninitialized' },
  ]);
  const state = await lab.ask('/cameras/door/state');
  expect(state.json).toMatchObject({ users: [{ username: 'admin', level: 'Administrator' }], timeZone: 'UTC0' });
  expect(state.json.properties).toHaveLength(6);
  const { labelSecret } = lab.fleet.camera('door').camera.identity;
  expect(JSON.stringify(state.json)).not.toMatch(new RegExp(`admin password|${labelSecret.toString('hex')}`));
});

test('how the fleet does is told in a few numbers, and a camera without power is named', async () => {
  await using lab = await controlled();
  const { json } = await lab.ask('/health');
  expect(json).toMatchObject({ healthy: true, cameras: 2, withoutPower: [], withoutNetwork: [], viewers: 0 });
  expect(json.memoryBytes).toBeGreaterThan(1 << 20);
  await lab.ask('/cameras/gate/network', { connected: false });
  await lab.ask('/cameras/door/power-cut', { offMs: 60_000 });
  expect((await lab.ask('/health')).json).toMatchObject({
    healthy: false,
    withoutPower: ['door'],
    withoutNetwork: ['gate'],
  });
});

test('motion is triggered and ended', async () => {
  await using lab = await controlled();
  const on = await lab.ask('/cameras/door/trigger', { kind: 'motion', active: true });
  expect([on.status, on.json.active]).toEqual([200, ['motion']]);
  expect(lab.fleet.camera('door').camera.scene.motion).toBe(true);
  expect((await lab.ask('/cameras/door/trigger', { kind: 'motion', active: false })).json.active).toEqual([]);
  expect((await lab.ask('/cameras/door/trigger', { kind: 'people', durationMs: 1000 })).json.active).toEqual([
    'people',
  ]);
});

test('power, network and clock are handled', async () => {
  await using lab = await controlled();
  expect((await lab.ask('/cameras/door/power-cut', { offMs: 60_000 })).json.powered).toBe(false);
  expect((await lab.ask('/cameras/gate/network', { connected: false })).json.connected).toBe(false);
  expect((await lab.ask('/cameras/gate/network', { connected: true })).json.connected).toBe(true);
  await lab.ask('/cameras/gate/reboot', {});
  await lab.fleet.camera('gate').up();
  expect((await lab.ask('/cameras/gate')).json.bootCount).toBe(2);
  await lab.ask('/cameras/gate/clock', { offsetMs: 400_000 });
  expect((await lab.ask('/cameras/gate/state')).json.clockOffsetMs).toBe(400_000);
});

test('what a camera received can be asked, whole or by name', async () => {
  await using lab = await controlled();
  const { camera } = lab.fleet.camera('gate');
  camera.received({ what: 'GetProfiles', peer: '10.0.0.1' });
  camera.received({ what: 'PullMessages', peer: '10.0.0.1', outcome: '200' });
  expect((await lab.ask('/cameras/gate/received')).json.received).toHaveLength(2);
  expect((await lab.ask('/cameras/gate/received?what=PullMessages')).json.received).toMatchObject([{ outcome: '200' }]);
});

test('the picture it shows comes as a JPEG in the size of either stream, and not without power', async () => {
  await using lab = await controlled();
  const picture = (query: string) =>
    fetch(`${lab.url}/cameras/door/picture${query}`, { headers: { authorization: `Bearer ${lab.token}` } });
  const sizeOf = async (answer: Response) => {
    expect(answer.headers.get('content-type')).toBe('image/jpeg');
    const bytes = Buffer.from(await answer.arrayBuffer());
    // Start of frame: height and width stand five bytes behind its marker.
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    return [bytes.readUInt16BE(frame + 7), bytes.readUInt16BE(frame + 5)];
  };
  const [main, sub] = lab.fleet.camera('door').camera.state.videoEncoders;
  expect(await sizeOf(await picture('?stream=main'))).toEqual([main!.width, main!.height]);
  expect(await sizeOf(await picture(''))).toEqual([sub!.width, sub!.height]);
  await lab.fleet.camera('door').powerCut(60_000);
  const dark = await picture('');
  expect([dark.status, (await dark.json()).code]).toEqual([409, 'camera_dark']);
});

test('how to reach a camera is told with its account, its label and its addresses', async () => {
  await using lab = await controlled();
  const { json } = await lab.ask('/cameras/door/access');
  const { identity } = lab.fleet.camera('door').camera;
  expect(json).toMatchObject({
    username: 'admin',
    password: 'admin password',
    model: 'C340',
    rtspUrls: [{}, {}].map(() => expect.stringMatching(/^rtsp:/)),
  });
  expect(parseLabel(json.label)).toEqual({ serial: identity.serial, secret: identity.labelSecret });
});

test('a head turns, stops, keeps places and goes back to them', async () => {
  await using lab = await controlled([{ ...wish, profile: 'c540' }]);
  const { clock } = lab;
  expect((await lab.ask('/cameras/door/ptz')).json).toMatchObject({
    position: { x: 0, y: 0 },
    moving: false,
    presets: [],
  });
  expect((await lab.ask('/cameras/door/ptz', { drive: { x: 1 } })).json.moving).toBe(true);
  await clock.advance(500);
  const { json: stopped } = await lab.ask('/cameras/door/ptz', { stop: true });
  expect(stopped.position.x).toBeGreaterThan(0);
  expect(stopped.moving).toBe(false);
  const kept = await lab.ask('/cameras/door/ptz', { keep: 'Gate' });
  expect(kept.json.presets).toEqual([{ token: '1', name: 'Gate' }]);
  await lab.ask('/cameras/door/ptz', { goto: 'home' });
  await clock.advance('30s');
  expect((await lab.ask('/cameras/door/ptz')).json.position.x).toBe(0);
  await lab.ask('/cameras/door/ptz', { goto: '1' });
  await clock.advance('30s');
  expect((await lab.ask('/cameras/door/ptz')).json.position.x).toBeCloseTo(stopped.position.x);
  // Nobody says stop: it stops by itself.
  await lab.ask('/cameras/door/ptz', { drive: { x: -1 }, timeoutMs: 200 });
  await clock.advance('1s');
  expect((await lab.ask('/cameras/door/ptz')).json.moving).toBe(false);
  expect((await lab.ask('/cameras/door/ptz', { forget: '1' })).json.presets).toEqual([]);
});

test('subscriptions are counted, and lost on demand', async () => {
  await using lab = await controlled();
  const { http } = lab.fleet.camera('door').camera.address.ports;
  const token = formatUsernameToken({
    username: 'admin',
    password: 'admin password',
    nonce: Buffer.from('nonce of this test'),
    created: new Date(lab.clock.now()).toISOString(),
  });
  const answer = await fetch(`http://127.0.0.1:${http}/onvif/service`, {
    method: 'POST',
    headers: { 'content-type': 'application/soap+xml' },
    body: `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>${token}</s:Header><s:Body><CreatePullPointSubscription xmlns="http://www.onvif.org/ver10/events/wsdl"/></s:Body></s:Envelope>`,
  });
  expect(await answer.text()).toContain('CreatePullPointSubscriptionResponse');
  expect((await lab.ask('/cameras/door')).json.subscriptions).toBe(1);
  expect((await lab.ask('/cameras/door/lose-subscriptions', {})).json.subscriptions).toBe(0);
});

test('a scenario is checked, played, watched and stopped', async () => {
  await using lab = await controlled();
  const yaml = 'name: night\nsteps:\n  - { at: 1s, camera: door, do: people 20s }\n  - { at: 10m, do: reboot }\n';
  expect((await lab.ask('/scenarios', { yaml, check: true })).json).toEqual({
    name: 'night',
    lastsMs: 660_000,
    steps: 2,
  });
  expect((await lab.ask('/scenarios')).json.scenarios).toEqual([]);
  const { json } = await lab.ask('/scenarios', { yaml });
  await lab.clock.advance('2s');
  expect(lab.fleet.camera('door').camera.active.has('people')).toBe(true);
  expect((await lab.ask('/scenarios')).json.scenarios).toMatchObject([
    {
      id: json.id,
      name: 'night',
      state: 'running',
      playedCount: 1,
      played: [{ atMs: 1000, camera: 'door', what: 'people 20s' }],
    },
  ]);
  const stop = () =>
    fetch(`${lab.url}/scenarios/${json.id}`, { method: 'DELETE', headers: { authorization: `Bearer ${lab.token}` } });
  expect((await (await stop()).json()).scenarios).toMatchObject([{ state: 'stopped' }]);
  expect((await stop()).status).toBe(404);
});

test('a scenario file is taken as it is', async () => {
  await using lab = await controlled();
  const answer = await fetch(`${lab.url}/scenarios`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lab.token}`, 'content-type': 'text/yaml' },
    body: 'name: file\nsteps: [{ at: 1s, do: motion }]',
  });
  expect([answer.status, await answer.json()]).toMatchObject([200, { name: 'file', state: 'running' }]);
});

test.each([
  ['steps:\n  - { at: 1s, do: motoin }\n', 2, 'did you mean motion?'],
  ['steps:\n  - at: 1s\n    don: motion\n', 3, 'there is no setting "don"'],
  ['steps: [\n', 2, ''],
])('a scenario with a mistake is refused with the line: %j', async (yaml, line, sentence) => {
  await using lab = await controlled();
  const { status, json } = await lab.ask('/scenarios', { yaml });
  expect([status, json.code, json.line]).toEqual([422, 'scenario_invalid', line]);
  expect(json.reason).toContain(sentence);
});

test('a scenario that names a camera nobody has is refused', async () => {
  await using lab = await controlled();
  const { status, json } = await lab.ask('/scenarios', { yaml: 'steps: [{ at: 1s, camera: dor, do: motion }]' });
  expect([status, json.code]).toEqual([422, 'scenario_invalid']);
  expect(json.detail).toContain('did you mean door?');
});

test('the grammar of faults is told as data, and every example of it is taken', async () => {
  await using lab = await controlled();
  const { json } = await lab.ask('/fault-grammar');
  expect(json.doors.map(({ door }: { door: string }) => door)).toEqual(
    expect.arrayContaining(['onvif', 'rtsp', 'ds', 'openapi', 'snapshot']),
  );
  for (const { door, effects } of json.doors) {
    expect(effects.length).toBeGreaterThan(0);
    for (const word of effects) {
      const { status } = await lab.ask('/cameras/door/fault', { at: door, do: json.effects[word].example });
      expect([door, word, status]).toEqual([door, word, 200]);
    }
  }
});

test.each([
  ['a camera that is not there', '/cameras/dor', undefined, 404, 'camera_unknown'],
  ['an unknown verb', '/cameras/door/explode', {}, 404, 'not_found'],
  ['an unknown path', '/toasters', undefined, 404, 'not_found'],
  ['a turn of what does not turn', '/cameras/door/ptz', { stop: true }, 422, 'not_offered'],
  ['a level of traffic there is not', '/cameras/door/traffic', { level: 'rush' }, 400, 'body_invalid'],
  ['a scenario that is no text', '/scenarios', { yaml: 7 }, 400, 'body_invalid'],
  ['a kind the camera does not see', '/cameras/door/trigger', { kind: 'ufo', active: true }, 422, 'kind_unknown'],
  ['a body that is no JSON', '/cameras/door/trigger', '{', 400, 'body_invalid'],
  ['a body of another shape', '/cameras/door/network', { connected: 'yes' }, 400, 'body_invalid'],
  ['a body too long', '/cameras/door/network', `"${'x'.repeat(150_000)}"`, 413, 'body_too_large'],
  ['the wrong method', '/cameras/door/received', {}, 405, 'method_not_allowed'],
])('%s is refused as a problem', async (_, path, body, status, code) => {
  await using lab = await controlled();
  const answer = await lab.ask(path, body);
  expect([answer.status, answer.type, answer.json.code]).toEqual([status, 'application/problem+json', code]);
});
