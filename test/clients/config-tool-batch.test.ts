import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { formatCsv, parseCsv } from '../../clients/config-tool/csv.ts';
import { parseScanRange } from '../../clients/config-tool/scan.ts';
import { formatLabel } from '../../core/pairing/label-secret.ts';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { outcome } from '../lab/foreign.ts';
import { startLab } from '../lab/index.ts';

const main = join(packageRoot, 'dist', 'scripts', 'main.js');
const password = 'A camera password';

// A batch from the carton to the device list, and what is done to it afterwards: the steps build on each other.
describe.sequential('the Config Tool on many cameras', { timeout: 180_000 }, () => {
  const size = 10;
  let lab: Awaited<ReturnType<typeof startLab>>;

  beforeAll(async () => {
    lab = await startLab({ cameras: size, discovery: true, adopt: false });
    await lab.enableTwoFactor();
    await lab.bind();
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  const run = (...args: string[]) =>
    outcome(process.execPath, [main, 'config-tool', ...args], 120_000, { VIGIL_CONFIG_TOOL_CAMERA_PASSWORD: password });
  const camera = (n: number) => lab.camera(`cam-${n}`).camera;
  const serial = (n: number) => camera(n).identity.serial;
  const label = (n: number, of = n) => formatLabel(serial(n), camera(of).identity.labelSecret);
  const file = (name: string) => join(lab.dataDir, name);
  const writeCsv = (name: string, rows: string[][]) =>
    writeFile(file(name), [['serial', 'label', 'password'], ...rows].map((row) => row.join(',')).join('\n'));
  const lan = ['--interface', 'lo'];
  const account = () => [
    ...['--gateway', lab.gateway.url, '--cloud', lab.cloud.url, '--data-dir', join(lab.dataDir, 'none')],
    ...['--account', lab.people.owner.email, '--password', lab.people.owner.password],
  ];
  const online = async () =>
    ((await lab.adminApi.call('GET', '/cameras')).body.cameras as { serial: string; state: string }[])
      .filter(({ state }) => state === 'online')
      .map((one) => one.serial)
      .sort();

  test('one run activates and adds all but those that cannot, and names each of these', async () => {
    // Planted: two that somebody activated with another password, a label of another camera, one without a label, and one
    // that is not there.
    camera(1).activate('Somebody’s own 1');
    camera(2).activate('Somebody’s own 2');
    const rows = Array.from({ length: size }, (_, i) => [serial(i + 1), label(i + 1), password]);
    rows[2]![1] = label(3, 4);
    rows[3]![1] = '';
    await writeCsv('batch.csv', [...rows, ['SIM9999999999', '', password]]);
    const { code, stdout } = await run(
      ...['add', ...lan, '--csv', file('batch.csv'), '--activate', '--report', file('report.csv')],
      ...[...account(), '--code', await lab.code()],
    );
    expect(code).toBe(1);
    const line = (one: string) => stdout.split('\n').filter((text) => text.startsWith('✗') && text.includes(one));
    expect(line(serial(1))).toEqual([expect.stringMatching(/password is wrong/)]);
    expect(line(serial(2))).toEqual([expect.stringMatching(/password is wrong/)]);
    expect(line(serial(3))).toHaveLength(1);
    expect(line(serial(4))).toEqual([expect.stringMatching(/label of SIM\d+ is needed/)]);
    expect(line('SIM9999999999')).toEqual([expect.stringMatching(/no such device answered/)]);
    expect(stdout).toMatch(/✓ \[ ?\d+\/9\] SIM\d+ is Online/);
    expect(stdout).toMatch(/5 of 11 were not added in [\d.]+ s\. Running the same again tries those alone/);
    const good = Array.from({ length: size - 4 }, (_, i) => serial(i + 5)).sort();
    expect(await online()).toEqual(good);
    const [head, ...report] = parseCsv(await readFile(file('report.csv'), 'utf8'));
    expect(head!.cells).toEqual(['serial', 'address', 'outcome', 'code', 'message']);
    expect(
      report
        .filter(({ cells }) => cells[2] === 'done')
        .map(({ cells }) => cells[0])
        .sort(),
    ).toEqual(good);
    expect(report.filter(({ cells }) => cells[2] !== 'done')).toHaveLength(5);
  });

  test('running again finishes only what was left', async () => {
    const rows = Array.from({ length: size }, (_, i) => [serial(i + 1), label(i + 1), password]);
    rows[0]![2] = 'Somebody’s own 1';
    rows[1]![2] = 'Somebody’s own 2';
    await writeCsv('batch.csv', rows);
    const { code, stdout } = await run(
      ...['add', ...lan, '--csv', file('batch.csv'), '--activate', '--json', ...account(), '--code', await lab.code()],
    );
    const said = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(said.at(-1)).toEqual({ type: 'done', added: 4, failed: 0, already: 6 });
    expect(code).toBe(0);
    expect(
      said
        .filter(({ type }) => type === 'added')
        .map((one) => one.serial)
        .sort(),
    ).toEqual([1, 2, 3, 4].map(serial).sort());
    expect(await online()).toHaveLength(size);
  });

  test('network, password, reboot: each camera answers for itself', async () => {
    const two = ['--serial', serial(5), '--serial', serial(6)];
    const dhcp = await run('network', ...lan, ...two, '--dhcp');
    expect([dhcp.code, dhcp.stdout]).toEqual([0, expect.stringMatching(/2 got their new network settings in/)]);
    const same = await run('network', ...lan, ...two, '--ip', '192.168.1.20');
    expect([same.code, same.stderr]).toEqual([2, expect.stringMatching(/one address for 2 cameras.*--csv/)]);
    const taken = await run(
      'network',
      ...lan,
      '--serial',
      serial(5),
      '--ip',
      '192.168.1.20',
      '--router',
      '192.168.1.1',
    );
    expect([taken.code, taken.stdout]).toEqual([1, expect.stringMatching(/the camera refuses: .*given by the fleet/)]);
    const astray = await run('network', ...lan, '--serial', serial(5), '--ip', '192.168.1.20', '--router', '10.0.0.1');
    expect([astray.code, astray.stderr]).toEqual([2, expect.stringMatching(/10\.0\.0\.1 is not in the subnet/)]);
    const changed = await run('password', ...lan, ...two, '--new-password', 'The next password');
    expect([changed.code, changed.stdout]).toEqual([0, expect.stringMatching(/has its new password/)]);
    const old = await run('reboot', ...lan, '--serial', serial(5));
    expect([old.code, old.stdout]).toEqual([1, expect.stringMatching(/✗ .*the password is wrong/)]);
    const boots = camera(5).state.bootCount;
    const rebooted = await run('reboot', ...lan, '--serial', serial(5), '--camera-password', 'The next password');
    expect([rebooted.code, rebooted.stdout]).toEqual([0, expect.stringMatching(/✓ .* reboots/)]);
    await vi.waitFor(() => expect(camera(5).state.bootCount).toBeGreaterThan(boots), 10_000);
  });

  test('a locked camera says how long; a subnet is asked address by address where multicast is blocked', async () => {
    const { https } = camera(7).address.ports;
    const there = ['--scan', `127.0.0.1:${https}`];
    for (let tries = 0; tries < 12; tries++) {
      const { stdout } = await run('reboot', ...there, '--camera-password', 'wrong again');
      if (/locked/.test(stdout)) {
        expect(stdout).toMatch(/locked after wrong passwords; try again in \d+ s/);
        break;
      }
      expect(stdout).toMatch(/the password is wrong/);
      expect(tries).toBeLessThan(11);
    }
    const scanned = await run('discover', '--scan', `127.0.0.1-2:${https}`);
    expect(scanned.stderr).toMatch(/one by one; multicast is not used/);
    expect(scanned.stdout).toMatch(new RegExp(`127\\.0\\.0\\.1\\s+${https}`));
    expect((await run('discover', '--scan', '10.0.0.0/8')).stderr).toMatch(
      /--scan "10\.0\.0\.0\/8".*between \/16 and \/32/,
    );
  });

  test('remove at the VMS Local and at the camera; a factory reset asks first', async () => {
    const admin = ['--gateway', lab.gateway.url, '--user', 'admin', '--password', lab.people.admin.password];
    const removed = await run('remove', ...lan, '--serial', serial(8), ...admin);
    expect([removed.code, removed.stdout]).toEqual([0, expect.stringMatching(/✓ .* is removed/)]);
    expect(await online()).not.toContain(serial(8));
    const unpaired = await run('remove', ...lan, '--serial', serial(9), '--at-camera');
    expect([unpaired.code, unpaired.stdout]).toEqual([0, expect.stringMatching(/✓ .* is removed/)]);
    const asked = await run('factory-reset', ...lan, '--serial', serial(8));
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringMatching(/--yes/)]);
    const reset = await run('factory-reset', ...lan, '--serial', serial(8), '--yes');
    expect([reset.code, reset.stdout]).toEqual([0, expect.stringMatching(/goes back to its factory settings/)]);
    expect(camera(8).state.initialized).toBe(false);
  });
});

test('a list of devices is read as spreadsheets write it, and mistakes are named', () => {
  expect(parseCsv('\ufeffserial;label\r\nSIM1;"a;""b"""\r\n\r\nSIM2;\n')).toEqual([
    { line: 1, cells: ['serial', 'label'] },
    { line: 2, cells: ['SIM1', 'a;"b"'] },
    { line: 4, cells: ['SIM2', ''] },
  ]);
  const text = formatCsv(['serial', 'message'], [{ serial: 'SIM1', message: '=cmd("x"), and more' }]);
  expect(parseCsv(text)[1]!.cells).toEqual(['SIM1', `'=cmd("x"), and more`]);
});

test('a range to scan is bounded, and what is no range is refused', () => {
  expect(parseScanRange('192.168.1.77/30')).toEqual({ hosts: ['192.168.1.77', '192.168.1.78'], ports: [443] });
  expect(parseScanRange('10.0.0.9-11:80-81')).toEqual({
    hosts: ['10.0.0.9', '10.0.0.10', '10.0.0.11'],
    ports: [80, 81],
  });
  expect(parseScanRange('10.0.0.9').hosts).toEqual(['10.0.0.9']);
  for (const wrong of [
    '',
    'camera',
    '10.0.0.1/4',
    '10.0.0.9-3',
    '10.0.0.0/16',
    '10.0.0.1:0',
    '10.0.0.1:80-70',
    '300.1.1.1',
  ])
    expect(() => parseScanRange(wrong)).toThrow(/--scan/);
});
