import { expect, test } from 'vitest';
import { activate, challengeOf, fleetDeps, post, session, signIn, startCameras, vendorHash, wrap } from './lab.ts';

const one = async (more = {}) => {
  const deps = fleetDeps();
  const fleet = await startCameras([{ name: 'door', profile: 'c340', ...more }], {}, deps);
  const { camera } = fleet.camera('door');
  return {
    fleet,
    camera,
    port: camera.address.ports.https,
    clock: deps.clock,
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  };
};
const basicInfo = { method: 'get', device_info: { name: ['basic_info'] } };

test('an uninitialised camera says so and refuses everything but its initialisation', async () => {
  await using door = await one();
  expect((await challengeOf(door.port))['factory_default']).toBe(true);
  expect((await signIn(door.port, 'anything'))['error_code']).toBe(-40405);
  expect((await post(door.port, '/', basicInfo)).json['error_code']).toBe(-40405);
  expect((await post(door.port, `/stok=${'0'.repeat(32)}/ds`, basicInfo)).json['error_code']).toBe(-40405);
});

test('initialisation sets the password, region and time zone, once; the second is refused', async () => {
  await using door = await one();
  const setup = { region: 'DE', time_zone: 'UTC+01:00', language: 'de' };
  expect(await activate(door.port, 'first password', setup)).toEqual({ error_code: 0 });
  expect(await activate(door.port, 'second password')).toMatchObject({ error_code: -40405 });
  expect((await signIn(door.port, 'first password'))['stok']).toMatch(/^[0-9a-f]{32}$/);
  expect(door.camera.state.timeZone).toBe('UTC-1');
  expect((await challengeOf(door.port))['factory_default']).toBe(false);
});

test('of two tools that initialise at the same time one wins', async () => {
  await using door = await one();
  const codes = (await Promise.all([activate(door.port, 'password a'), activate(door.port, 'password b')])).map(
    ({ error_code }) => error_code,
  );
  expect(codes.sort()).toEqual([-40405, 0]);
});

test('a password too short or with other than printable characters is refused and leaves the camera as it was', async () => {
  await using door = await one();
  expect((await activate(door.port, 'short'))['error_code']).toBe(-60010);
  expect((await activate(door.port, 'tab\tinside it'))['error_code']).toBe(-60010);
  expect(door.camera.state.initialized).toBe(false);
});

test('a client signs in as on the real camera and reads the basic information, strings URL-encoded', async () => {
  await using door = await one({ initialized: true, password: 'admin password' });
  const call = await session(door.port, 'admin password');
  const { identity } = door.camera;
  expect(await call(basicInfo)).toEqual({
    error_code: 0,
    device_info: {
      basic_info: {
        dev_name: 'VIGI%20C340%201.0',
        alias: 'VIGI%20C340%201.0',
        device_type: 'SMART.IPCAMERA',
        device_model: 'VIGI%20C340%201.0',
        sw_version: '2.2.0%20Build%20250926%20Rel.53599n',
        hw_version: '1.0',
        mac: identity.mac.replaceAll(':', '-'),
        serial: identity.serial,
      },
    },
  });
});

test('a nonce serves once: the same proof again is stale, and no try is counted', async () => {
  await using door = await one({ initialized: true, password: 'admin password' });
  const challenge = await challengeOf(door.port);
  const password = wrap(challenge, `${vendorHash('admin password')}:${challenge['nonce']}`);
  const login = { method: 'do', login: { username: 'admin', password, passwdType: 'md5', encrypt_type: '2' } };
  expect((await post(door.port, '/', login)).json['error_code']).toBe(0);
  const again = (await post(door.port, '/', login)).json;
  expect(again).toMatchObject({ error_code: -40410 });
  expect(again['data']).not.toHaveProperty('time');
});

test('ten wrong passwords lock the sign-in, the right one too, until the time is up', async () => {
  await using door = await one({ initialized: true, password: 'admin password' });
  for (let tried = 1; tried <= 10; tried++)
    expect(await signIn(door.port, 'a wrong one')).toMatchObject({
      error_code: -40401,
      data: { time: tried, max_time: 10 },
    });
  expect(await signIn(door.port, 'admin password')).toEqual({
    error_code: -40404,
    data: { code: -40404, sec_left: 300 },
  });
  await door.clock.advance('5m');
  expect(await signIn(door.port, 'admin password')).toMatchObject({ error_code: 0 });
});

test('an unknown name is refused like a wrong password and counts as one', async () => {
  await using door = await one({ initialized: true, password: 'admin password' });
  expect(await signIn(door.port, 'admin password', 'root')).toMatchObject({ error_code: -40401, data: { time: 1 } });
});

test('a session ends after half an hour of silence, and a foreign one opens nothing', async () => {
  await using door = await one({ initialized: true, password: 'admin password' });
  const call = await session(door.port, 'admin password');
  await door.clock.advance('29m');
  expect((await call(basicInfo))['error_code']).toBe(0);
  await door.clock.advance('31m');
  expect((await call(basicInfo))['error_code']).toBe(-40401);
  expect((await post(door.port, `/stok=${'a'.repeat(32)}/ds`, basicInfo)).json['error_code']).toBe(-40401);
});

test('the password changes with proof of the old one; sessions made with the old end', async () => {
  await using door = await one({ initialized: true, password: 'admin password' });
  const call = await session(door.port, 'admin password');
  const change = async (old: string) => {
    const first = await challengeOf(door.port);
    const second = await challengeOf(door.port);
    return call({
      method: 'do',
      user_management: {
        change_user_info: {
          username: 'admin',
          old_passwd: wrap(first, `${vendorHash(old)}:${first['nonce']}`),
          ciphertext: wrap(second, `a new password:${second['nonce']}`),
        },
      },
    });
  };
  expect((await change('not this'))['error_code']).toBe(-40401);
  expect((await change('admin password'))['error_code']).toBe(0);
  expect((await call(basicInfo))['error_code']).toBe(-40401);
  expect((await signIn(door.port, 'a new password'))['error_code']).toBe(0);
  expect((await signIn(door.port, 'admin password'))['error_code']).toBe(-40401);
});

test('motion detection switched off raises no motion event', async () => {
  await using door = await one({ initialized: true, password: 'admin password' });
  const call = await session(door.port, 'admin password');
  const read = { method: 'get', motion_detection: { name: 'motion_det' } };
  expect(await call(read)).toMatchObject({ motion_detection: { motion_det: { enabled: 'on' } } });
  expect(await call({ method: 'set', motion_detection: { motion_det: { enabled: 'off' } } })).toEqual({
    error_code: 0,
  });
  let raised = 0;
  door.camera.events.subscribe(() => {
    raised += 1;
  });
  door.fleet.camera('door').trigger('motion', { active: true });
  expect(raised).toBe(0);
  expect(door.camera.scene.motion).toBe(true);
});

test('what a camera has not is refused by code, bad JSON with 400, a body too long with 413', async () => {
  await using door = await one({ initialized: true, password: 'admin password' });
  const call = await session(door.port, 'admin password');
  expect((await call({ method: 'get', toaster: { name: 'slots' } }))['error_code']).toBe(-40106);
  expect((await call({ method: 'get', device_info: { name: '__proto__' } }))['error_code']).toBe(-40106);
  expect((await call({ method: 'set', led: { config: { colour: 'red' } } }))['error_code']).toBe(-40101);
  expect((await call({ method: 'sing', led: {} }))['error_code']).toBe(-40105);
  expect((await post(door.port, '/', '{"method":')).status).toBe(400);
  expect((await post(door.port, '/', `{"a":"${'x'.repeat(150_000)}"}`)).status).toBe(413);
  expect((await post(door.port, '/elsewhere', {})).status).toBe(404);
});

test('the certificate is made once and kept', async () => {
  await using door = await one();
  await challengeOf(door.port);
  const before = door.camera.state.extra['httpsCertificate'];
  await door.fleet.camera('door').reboot();
  await door.fleet.camera('door').up();
  await challengeOf(door.port);
  expect(before).toBeDefined();
  expect(door.camera.state.extra['httpsCertificate']).toBe(before);
});
