import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { fleetDeps, startCameras } from '../fleet/lab.ts';
import { has, listening, outcome } from '../lab/foreign.ts';

const here = [has('curl', 'curl'), has('openssl', 'openssl')].every(Boolean);
const script = join(packageRoot, 'docs', 'openapi.sh');
/** The commands of the guide, each without its comment. */
const shown = [...readFileSync(join(packageRoot, 'docs', 'openapi.md'), 'utf8').matchAll(/^```bash\n([\s\S]*?)^```/gm)]
  .flatMap(([, text]) => text!.trim().split('\n'))
  .map((line) => line.replace(/ {2,}#.*$/, ''));
const isStream = (line: string) => line.includes(' subscribeMsg ');
/** With characters that shells, JSON and digests trip over. */
const password = 'Front "door" $1 \\ é:';

// Some fifteen small programs start for each sign-in: on a busy machine that takes its seconds.
describe.skipIf(!here)('curl and openssl at a camera’s OpenAPI, by the script of the docs', { timeout: 90_000 }, () => {
  let fleet: Awaited<ReturnType<typeof startCameras>>;
  const deps = fleetDeps();
  const folder = mkdtempSync(join(tmpdir(), 'vigil-openapi-'));
  const env = (more = {}) => ({
    CAMERA: `https://127.0.0.1:${fleet.camera('door').camera.address.ports.openApi}`,
    PASSWORD: password,
    ...more,
  });

  beforeAll(async () => {
    fleet = await startCameras(
      [{ name: 'door', profile: 'c540', initialized: true, password, openApi: true }],
      {},
      deps,
    );
  });
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const ask = (args: string[], more = {}) => outcome('bash', [script, ...args], 20_000, env(more));
  const said = async (...args: string[]) => {
    const { code, stdout, stderr } = await ask(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  /** Steps of the script, one by one: each printed line is an answer. */
  const steps = async (text: string) => {
    const { code, stdout, stderr } = await outcome(
      'bash',
      ['-c', `source "$1"\n${text}`, 'bash', script],
      20_000,
      env(),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };

  test('the challenge, the digest and the token are the documented ones', async () => {
    const [challenge, digest, answer] = await steps(
      'c=$(challenge); d=$(digest "$c"); echo "$c"; echo "\\"$d\\""; answer "$(field nonce "$c")" "$d"; echo',
    );
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
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(answer).toEqual({ method: 'doAuth', stok: expect.stringMatching(/^\w{32}$/), errCode: 0 });
  });

  test('it tells who it is, its clock and its streams, and keeps what is set', async () => {
    const { identity, address } = fleet.camera('door').camera;
    const mac = identity.mac.replaceAll(':', '-');
    expect(await said('getDeviceInfo')).toEqual({
      method: 'getDeviceInfo',
      errCode: 0,
      result: {
        alias: expect.any(String),
        type: 'SMART.IPCAMERA',
        model: 'VIGI C540 1.0',
        mac,
        hwVer: '1.0',
        swVer: expect.any(String),
      },
    });
    expect(await said('getDeviceStatus')).toMatchObject({
      errCode: 0,
      result: { dev_alias: expect.any(String), ip: '127.0.0.1', mac: mac.toLowerCase(), uptime: expect.any(Number) },
    });
    expect(await said('getTimeZone')).toMatchObject({ errCode: 0, result: { timezone: 'UTC+00:00' } });
    expect(await said('getStreamPort')).toEqual({
      method: 'getStreamPort',
      errCode: 0,
      result: { streamPort: String(address.ports.rtsp) },
    });
    expect(await said('setMotionDetectionSwitch', '{"enabled":"on"}')).toMatchObject({ errCode: -10009 });
    expect(await said('setDeviceAlias', '{"alias":"Back door"}')).toMatchObject({ errCode: 0 });
    expect(await said('getDeviceAlias')).toMatchObject({ errCode: 0, result: { alias: 'Back door' } });
    expect(await said('makeCoffee')).toMatchObject({ errCode: -10003 });
  });

  test('subscribeMsg streams to curl: events as they begin, and heartbeats', async () => {
    const door = fleet.camera('door');
    const before = deps.clock.sleeping;
    // `timeout` passes its end on to curl, as Ctrl-C does in a terminal.
    const subscribe = ['subscribeMsg', '{"event_type":["PeopleDetection"],"heartbeat":15}'];
    await using stream = listening('timeout', ['60', 'bash', script, ...subscribe], env());
    const parts = () => stream.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    // Subscribed is who waits for the next heartbeat.
    await expect.poll(() => deps.clock.sleeping, { timeout: 10_000 }).toBeGreaterThan(before);
    door.trigger('vehicle', { active: true });
    door.trigger('people', { active: true });
    const time = Math.floor(deps.clock.now() / 1000);
    await stream.line((line) => line.startsWith('{'));
    expect(parts()).toEqual([{ event_type: 'PeopleDetection', time }]);
    expect(stream.lines.filter((line) => line.startsWith('--')).length).toBe(1);
    door.trigger('people', { active: false });
    await deps.clock.advance('15s');
    await stream.line((line) => line.includes('Heartbeat'));
    expect(parts().slice(1)).toEqual([{ Heartbeat: '30' }]);
  });

  test('what the guide shows works as it stands there', async () => {
    const { openApi } = fleet.camera('door').camera.address.ports;
    const fitted = (line: string) =>
      line
        .replace('127.0.0.1:9003', `127.0.0.1:${openApi}`)
        .replace(/ PASSWORD='[^']*'/, '')
        .replace('camera.pem', join(folder, 'guide.pem'));
    const once = shown.filter((line) => !isStream(line)).map(fitted);
    expect(once).toHaveLength(shown.length - 1);
    const { code, stdout, stderr } = await outcome('bash', ['-ec', once.join('\n')], 50_000, env());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers.map(({ method, errCode }) => [method, errCode])).toEqual(
      ['getDeviceInfo', 'getMotionDetectionSwitch', 'setDeviceAlias', 'getDeviceInfo'].map((method) => [method, 0]),
    );
    const before = deps.clock.sleeping;
    await using stream = listening('timeout', ['60', 'bash', '-c', shown.find(isStream)!], env());
    await expect.poll(() => deps.clock.sleeping, { timeout: 10_000 }).toBeGreaterThan(before);
    fleet.camera('door').trigger('tamper', { active: true });
    await stream.line((line) => line.includes('"event_type":"TamperDetection"'));
    fleet.camera('door').trigger('tamper', { active: false });
  });

  test('a wrong password is told with tries used, a used or replaced nonce with a new challenge that counts no try', async () => {
    const wrong = await ask(['getDeviceInfo'], { PASSWORD: 'wrong' });
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toBe('');
    const told = JSON.parse(wrong.stderr.slice(wrong.stderr.indexOf('{')));
    expect(told).toMatchObject({ errCode: -10020, time: 1, max_time: 10 });
    expect(told.stok).toBeUndefined();

    const [first, again, stale] = await steps(`
      c=$(challenge); n=$(field nonce "$c"); d=$(digest "$c")
      answer "$n" "$d"; echo; answer "$n" "$d"; echo
      c=$(challenge); newer=$(challenge); answer "$(field nonce "$c")" "$(digest "$c")"; echo`);
    expect(first).toMatchObject({ errCode: 0 });
    for (const refused of [again, stale]) {
      expect(refused).toMatchObject({ errCode: -10020, authenticate: { algorithm: 'SHA-256' } });
      expect(refused.stok).toBeUndefined();
      expect(refused.time).toBeUndefined();
    }
    expect((await steps('call nonsense getDeviceInfo; echo'))[0]).toMatchObject({ errCode: -10002 });
  });

  test('the camera’s own certificate is checked by CACERT, another’s does not pass', async () => {
    const file = (name: string, pem: string) => {
      writeFileSync(join(folder, name), pem);
      return join(folder, name);
    };
    const { openApi } = fleet.camera('door').camera.address.ports;
    const shown = await outcome('bash', [
      '-c',
      `openssl s_client -connect 127.0.0.1:${openApi} </dev/null | openssl x509`,
    ]);
    const own = file('camera.pem', shown.stdout);
    expect(readFileSync(own, 'utf8')).toContain('BEGIN CERTIFICATE');
    const good = await ask(['getDeviceAlias'], { CACERT: own });
    expect(good.stderr).toBe('');
    expect(JSON.parse(good.stdout)).toMatchObject({ errCode: 0 });
    const made = await outcome('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-subj', '/CN=somebody', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'other.pem')]); // biome-ignore format: one command
    expect(made.code).toBe(0);
    const bad = await ask(['getDeviceAlias'], { CACERT: join(folder, 'other.pem') });
    expect(bad.code).not.toBe(0);
    expect(bad.stdout).toBe('');
    expect(bad.stderr).toMatch(/certificate/i);
  });
});
