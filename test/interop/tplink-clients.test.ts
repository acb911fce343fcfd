import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realClock } from '../../core/runtime/clock.ts';
import { type Listening, listen } from '../../core/runtime/listen.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { openAuthority } from '../../gateway/tls/authority.ts';
import { type Lab, startLab } from '../lab/index.ts';

/**
 * Two public clients of TP-Link's cloud, as they come from the registry. Their host is fixed, so each runs in a process of
 * its own whose HTTPS proxy, by the variable both obey, leads to our cloud: it is asked for `https://wap.tplinkcloud.com/…`
 * in absolute form (RFC 9112 §3.2.2). The older of them speaks TLS to the proxy and wants the certificate of that host.
 */
const run = promisify(execFile);
const resolve = createRequire(import.meta.url).resolve;
const libraries = { kasa: resolve('tplink-cloud-api'), tapo: resolve('tp-link-tapo-connect') };

const terminal = '6f1d3c52-0c55-4b0e-9a58-5a2d0f4f7c11';

describe.sequential('public TP-Link cloud clients', () => {
  let lab: Lab & AsyncDisposable;
  let cameraName = '';
  let front: Listening;
  let caFile = '';
  beforeAll(async () => {
    lab = await startLab({ cameras: [{ name: 'door', profile: 'c340' }] });
    const authority = await openAuthority(join(lab.dataDir, 'tplinkcloud'), { clock: realClock, random: secureRandom });
    const identity = await authority.issueServer(['wap.tplinkcloud.com']);
    caFile = join(lab.dataDir, 'tplinkcloud.pem');
    await writeFile(caFile, authority.caPem);
    const { port } = new URL(lab.cloud.url);
    front = await listen(
      createServer(identity, (socket) => {
        const onwards = connect(Number(port), '127.0.0.1');
        pipeline(socket, onwards, socket, () => undefined);
      }),
      0,
    );
    cameraName = (await lab.adminApi.call('GET', '/cameras')).body.cameras[0].name;
  }, 60_000);
  afterAll(async () => {
    await front?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  /** Run a few lines against a library; what they return comes back as JSON, an error by its words and code. */
  async function using<T>(library: keyof typeof libraries, lines: string, given: object = {}) {
    const { owner } = lab.people;
    const script = `
      const library = require(${JSON.stringify(libraries[library])});
      const given = ${JSON.stringify({ ...owner, terminal, ...given })};
      (async () => { ${lines} })().then(
        (result) => console.log(JSON.stringify({ result })),
        (error) => console.log(JSON.stringify({ error: error.message, code: error.errorCode })),
      );`;
    const { stdout } = await run(process.execPath, ['-e', script], {
      env: {
        PATH: process.env['PATH'],
        NODE_EXTRA_CA_CERTS: caFile,
        https_proxy: library === 'kasa' ? `http://127.0.0.1:${front.port}` : lab.cloud.url,
        no_proxy: '',
      },
      timeout: 30_000,
    });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as { result?: T; error?: string; code?: number };
  }
  const v2 = async (path: string, body: object) => {
    const answer = await fetch(`${lab.cloud.url}/api/v2/account/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    // biome-ignore lint/suspicious/noExplicitAny: TP-Link's own shapes
    return (await answer.json()) as { error_code: number; result: any };
  };
  const credentials = () => ({
    cloudUserName: lab.people.owner.email,
    cloudPassword: lab.people.owner.password,
    terminalUUID: terminal,
    appType: 'Kasa_Android',
  });
  interface Device {
    deviceType: string;
    alias: string;
    status: number;
    deviceModel: string;
    deviceMac: string;
    deviceId: string;
  }

  test('with MFA on, a client that knows no code is refused with the code of MFA, and a wrong password with its own', async () => {
    const login = 'await library.login(given.email, given.password, given.terminal)';
    expect(await using('kasa', login)).toMatchObject({ code: -20677 });
    expect(await using('kasa', login, { password: 'not the password' })).toMatchObject({ code: -20601 });
    expect((await using('tapo', 'await library.cloudLogin(given.email, given.password)')).error).toContain('-20677');
    const wrong = await using('tapo', "await library.cloudLogin(given.email, 'not the password')");
    expect(wrong.error).toBe('Incorrect email or password');
  });

  test('with a token that a code bought, it lists VMS Local and cameras and asks a camera about itself', async () => {
    const first = await v2('login', credentials());
    expect(first.error_code).toBe(-20677);
    const passed = await v2('checkMFACodeAndLogin', {
      cloudUserName: lab.people.owner.email,
      code: await lab.code(),
      MFAProcessId: first.result.MFAProcessId,
      MFAType: 3,
      terminalUUID: terminal,
      terminalBindEnabled: true,
    });
    expect(passed.error_code).toBe(0);
    const { result } = await using<{ devices: Device[]; answer: { device_info: { basic_info: { mac: string } } } }>(
      'kasa',
      `const cloud = new library.default(given.token, given.terminal);
       const devices = await cloud.getDeviceList();
       const camera = cloud.newDevice(devices.find(({ deviceType }) => deviceType === 'SMART.IPCAMERA').alias);
       return { devices, answer: await camera.passthroughRequest({ method: 'get', device_info: { name: ['basic_info'] } }) };`,
      { token: passed.result.token },
    );
    expect(result!.devices).toMatchObject([
      { deviceType: 'SMART.VIGIVMS', alias: 'Lab', status: 1 },
      { deviceType: 'SMART.IPCAMERA', status: 1 },
    ]);
    const { mac } = lab.camera('door').camera.identity;
    const bare = mac.replace(/[:-]/g, '').toUpperCase();
    expect(result!.devices[1]!.deviceMac).toBe(bare);
    // The camera itself answered.
    expect(decodeURIComponent(result!.answer.device_info.basic_info.mac).replace(/[:-]/g, '').toUpperCase()).toBe(bare);
  });

  test('from a trusted terminal it signs in without a code, but what it then sees ends at the VMS Local', async () => {
    const { result } = await using<Device[]>(
      'kasa',
      'return (await library.login(given.email, given.password, given.terminal)).getDeviceList()',
    );
    expect(result!.map(({ deviceType }) => deviceType)).toEqual(['SMART.VIGIVMS']);
  });

  test('with MFA off both clients sign in and list devices, each by the name it shows', async () => {
    const other = await lab.owner();
    await other.post('/two-factor/disable', { password: lab.people.owner.password, code: await lab.code() });
    const kasa = await using<Device[]>(
      'kasa',
      'return (await library.login(given.email, given.password)).getDeviceList()',
    );
    const tapo = await using<Device[]>(
      'tapo',
      'return (await library.cloudLogin(given.email, given.password)).listDevices()',
    );
    expect(kasa.result!.map(({ deviceType }) => deviceType)).toEqual(['SMART.VIGIVMS', 'SMART.IPCAMERA']);
    expect(tapo.result!.map(({ alias }) => alias)).toEqual(['Lab', cameraName]);
  });

  test('what would change who gets in is not handed on to a camera', async () => {
    const { result } = await v2('login', credentials());
    const token = result.token as string;
    const call = async (path: string, body: object) => {
      const answer = await fetch(`${lab.cloud.url}/api/v2/common/${path}?token=${token}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      // biome-ignore lint/suspicious/noExplicitAny: TP-Link's own shapes
      return (await answer.json()) as { error_code: number; result: any };
    };
    const { deviceList } = (await call('getDeviceList', {})).result;
    const deviceId = deviceList.find(({ deviceType }: Device) => deviceType === 'SMART.IPCAMERA').deviceId;
    const pass = (requestData: unknown) => call('passthrough', { deviceId, requestData });
    expect((await pass('{"method":"do","user_management":{"change_user_info":{}}}')).error_code).toBe(-51200);
    expect((await pass('{"method":"do","vms_pairing":{"pair":{}}}')).error_code).toBe(-51200);
    for (const bad of ['', 'rubbish', '[]', 'null', 7, { method: 'eat' }, { method: 'get' }])
      expect((await pass(bad)).error_code).toBeLessThan(0);
    // A camera's own refusal comes as its answer: its account for the VMS is no administrator.
    const reboot = await pass({ method: 'do', system: { reboot: null } });
    expect(JSON.parse(reboot.result.responseData).error_code).toBe(-60003);
    const set = await pass({ method: 'set', led: { config: { enabled: 'off' } } });
    expect(JSON.parse(set.result.responseData)).toEqual({ error_code: 0 });
    const get = await pass({ method: 'get', led: { name: ['config'] } });
    expect(JSON.parse(get.result.responseData)).toMatchObject({ error_code: 0, led: { config: { enabled: 'off' } } });
    // Nothing reached, nothing said.
    expect((await call('passthrough', { deviceId: `${deviceId}x`, requestData: '{}' })).error_code).toBe(-51200);
  });
});
