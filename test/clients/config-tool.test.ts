import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatLabel } from '../../core/pairing/label-secret.ts';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { outcome } from '../lab/foreign.ts';
import { startLab } from '../lab/index.ts';

const main = join(packageRoot, 'dist', 'scripts', 'main.js');
const nowhere = ['--data-dir', join(packageRoot, 'dist', 'no-such-folder')];

// One camera's way from the carton into the device list: the steps build on each other.
describe.sequential('the Config Tool as a person runs it', { timeout: 120_000 }, () => {
  let lab: Awaited<ReturnType<typeof startLab>>;
  const cameraPassword = 'A camera password';

  beforeAll(async () => {
    lab = await startLab({ cameras: 4, discovery: true, adopt: false });
    await lab.enableTwoFactor();
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  const run = (...args: string[]) => outcome(process.execPath, [main, 'config-tool', ...args], 60_000);
  const lines = (stdout: string) =>
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const serialOf = (name: string) => lab.camera(name).camera.identity.serial;
  const labels = () =>
    lab.fleet.cameras.flatMap(({ camera: { identity } }) => [
      '--label',
      formatLabel(identity.serial, identity.labelSecret),
    ]);
  const httpsOf = (name: string) => `127.0.0.1:${lab.camera(name).camera.address.ports.https}`;
  const account = () => [
    ...['--gateway', lab.gateway.url, '--cloud', lab.cloud.url],
    ...['--account', lab.people.owner.email, '--password', lab.people.owner.password],
    ...['--camera-password', cameraPassword],
    ...nowhere,
  ];
  const states = async () =>
    ((await lab.adminApi.call('GET', '/cameras')).body.cameras as { serial: string; state: string }[]).map(
      ({ serial, state }) => [serial, state],
    );

  test('discover lists the uninitialised cameras, as a table and as JSON', async () => {
    const table = await run('discover', '--interface', 'lo');
    expect(table.code).toBe(0);
    for (const name of ['cam-1', 'cam-2', 'cam-3', 'cam-4'])
      expect(table.stdout).toMatch(new RegExp(`127\\.0\\.0\\.1.*${serialOf(name)}\\s+Uninitialized`));
    expect(table.stdout).toMatch(/config-tool activate --all/);
    const json = lines((await run('discover', '--interface', 'lo', '--json')).stdout);
    expect(json.filter(({ type }) => type === 'device').length).toBeGreaterThanOrEqual(4);
    expect(json.at(-1)).toMatchObject({ type: 'done' });
  });

  test('activate sets the password once, and says so the second time', async () => {
    const serials = ['cam-1', 'cam-2', 'cam-4'].flatMap((name) => ['--serial', serialOf(name)]);
    const first = await run('activate', '--interface', 'lo', ...serials, '--camera-password', cameraPassword);
    expect(first.stdout).toMatch(/✓ .* is activated/);
    expect(first.code).toBe(0);
    const again = await run('activate', '--interface', 'lo', ...serials, '--camera-password', 'Another password');
    expect(again.code).toBe(1);
    expect(again.stdout).toMatch(/activated already/);
  });

  test('a camera is activated by its address alone, where multicast does not reach', async () => {
    const { code, stdout } = await run('activate', '--address', httpsOf('cam-3'), '--camera-password', cameraPassword);
    expect(stdout).toMatch(/is activated/);
    expect(code).toBe(0);
  });

  test('a VMS Local that is not bound is named before anybody types a password', async () => {
    const { code, stderr } = await run('add', '--interface', 'lo', '--all', ...account());
    expect([code, stderr]).toEqual([2, expect.stringMatching(/not bound to a TP-Link ID yet.*Cloud Access/)]);
    await lab.bind();
  });

  test('add without a code, with a wrong one and with a used one adds nothing', async () => {
    const order = ['add', '--interface', 'lo', '--serial', serialOf('cam-1'), ...account(), ...labels()];
    const none = await run(...order);
    expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/--code/)]);
    await lab.owner();
    const used = await lab.cloud.codeNow(lab.people.owner.email);
    const wrong = await run(...order, '--code', '000000');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/code is wrong or was used/)]);
    const again = await run(...order, '--code', used);
    expect(again.code).toBe(2);
    expect(await states()).toEqual([]);
  });

  test('without its label a camera is not added, and no code is spent', async () => {
    const code = await lab.code();
    const order = ['add', '--interface', 'lo', '--serial', serialOf('cam-1'), ...account(), '--code', code];
    const bare = await run(...order);
    expect([bare.code, bare.stderr]).toEqual([2, expect.stringMatching(/label of SIM\d+ is needed/)]);
    const whole = await run(...order, ...labels());
    expect(whole.stderr).not.toMatch(/wrong/);
    expect(whole.stdout).toMatch(/✓ SIM\d+ is Online/);
    expect(await states()).toEqual([[serialOf('cam-1'), 'online']]);
  });

  test('somebody else’s TP-Link ID, and one without a second factor, add nothing', async () => {
    const stranger = { email: 'stranger@vigil.test', name: 'Stranger', password: 'A stranger’s password' };
    const signUp = await fetch(`${lab.cloud.url}/api/v1/sign-up`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(stranger),
    });
    expect(signUp.status).toBe(201);
    const order = ['add', '--interface', 'lo', '--serial', serialOf('cam-2'), ...account(), ...labels()];
    const { code, stderr } = await run(...order, '--account', stranger.email, '--password', stranger.password);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/bound to another TP-Link ID/)]);
  });

  test('one code adds several cameras, found and by address, with progress as JSON', async () => {
    const found = ['add', '--interface', 'lo', '--serial', serialOf('cam-2'), '--serial', serialOf('cam-4')];
    const { code, stdout } = await run(...found, ...account(), ...labels(), '--code', await lab.code(), '--json');
    expect(code).toBe(0);
    const said = lines(stdout);
    expect(
      said
        .filter(({ type }) => type === 'added')
        .map(({ serial }) => serial)
        .sort(),
    ).toEqual([serialOf('cam-2'), serialOf('cam-4')].sort());
    expect(said.at(-1)).toEqual({ type: 'done', added: 2, failed: 0 });
    const byAddress = ['add', '--address', httpsOf('cam-3'), ...account(), ...labels(), '--code', await lab.code()];
    expect((await run(...byAddress)).stdout).toMatch(/1 added/);
    expect((await states()).map(([, state]) => state)).toEqual(['online', 'online', 'online', 'online']);
  });

  test('what is left says that nothing fits, and unknown words name the nearest', async () => {
    const none = await run('add', '--interface', 'lo', '--all', '--seconds', '0.5', ...account());
    const reason = /no activated camera without a VMS/;
    // Cameras of another fleet on this machine may answer too; then a label is missing.
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(new RegExp(`${reason.source}|label of`));
    expect((await run('discovr')).stderr).toMatch(/discover/);
    expect((await run('discover', '--interface', 'nope')).stderr).toMatch(/no network interface "nope".*lo/);
    expect((await run('discover', '--seconds', 'soon')).stderr).toMatch(/--seconds/);
  });
});
