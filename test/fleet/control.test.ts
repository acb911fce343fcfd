import { expect, test } from 'vitest';
import { startCameras } from './lab.ts';

const wish = { name: 'door', profile: 'c340', initialized: true, password: 'admin password' };
async function controlled() {
  const fleet = await startCameras([wish, { name: 'gate', profile: 'generic' }], { control: true });
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
  return { fleet, ask, token, url, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
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

test.each([
  ['a camera that is not there', '/cameras/dor', undefined, 404, 'camera_unknown'],
  ['an unknown verb', '/cameras/door/explode', {}, 404, 'not_found'],
  ['an unknown path', '/toasters', undefined, 404, 'not_found'],
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
