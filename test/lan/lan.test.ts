import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { formatPool, labelOf, planAddresses, type Surroundings } from '../../scripts/lan/plan.ts';

const around = (more: Partial<Surroundings> = {}): Surroundings => ({
  device: 'eth0',
  own: [{ address: '192.168.1.9', prefix: 24, label: 'eth0' }],
  taken: new Set(['192.168.1.1']),
  inUse: async () => new Set(),
  ...more,
});
/** So many cameras without an address of their own. */
const any = (count: number) => Array.from({ length: count }, () => undefined);
const pool = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `192.168.1.${from + n}`);

test('network, broadcast, own, router and used addresses are left out, each with its reason', async () => {
  const plan = await planAddresses(
    { cameras: any(3), pool: [...pool(0, 3), ...pool(9, 11), '192.168.1.255'] },
    around({ inUse: async () => new Set(['192.168.1.3']) }),
  );
  expect(plan.addresses).toEqual(['192.168.1.2', '192.168.1.10', '192.168.1.11']);
  expect(plan.left).toEqual([
    { address: '192.168.1.0', why: 'the address of the network' },
    { address: '192.168.1.1', why: 'an address of this machine or of a router' },
    { address: '192.168.1.9', why: 'an address of this machine' },
    { address: '192.168.1.255', why: 'the broadcast address' },
    { address: '192.168.1.3', why: 'in use: somebody answers for it' },
  ]);
});

test.each([
  [
    'outside the subnet',
    { cameras: any(1), pool: ['192.168.2.4'] },
    /192\.168\.2\.4 is not in the subnet of eth0 \(192\.168\.1\.9\/24\)/,
  ],
  [
    'too few',
    { cameras: any(3), pool: pool(1, 2) },
    /3 cameras need as many addresses, and the pool has 1 \(left out: 192\.168\.1\.1/,
  ],
  [
    'named by the fleet file and taken',
    { cameras: ['192.168.1.1'], pool: pool(20, 22) },
    /the fleet file gives a camera 192\.168\.1\.1, which cannot be had/,
  ],
])('an address %s is refused by name', async (_, wanted, complaint) => {
  await expect(planAddresses(wanted, around())).rejects.toThrow(complaint);
});

test('addresses are written as the pool that sim takes', () => {
  expect(formatPool([...pool(50, 52), '192.168.1.60', '192.168.1.254', '192.168.1.255', '192.168.2.0'])).toBe(
    '192.168.1.50-52,192.168.1.60,192.168.1.254-255,192.168.2.0',
  );
  expect([labelOf('eth0'), labelOf('enp0s31f6.1234x')]).toEqual(['eth0:vigil', 'enp0s31f6.1234x']);
});

const ns = `vigil-lan-${process.pid}`;
const peer = `${ns}-b`;
const ipTool = (...args: string[]) => spawnSync('ip', args, { encoding: 'utf8' });
const possible = process.getuid?.() === 0 && ipTool('netns', 'add', ns).status === 0;
if (!possible) console.warn('SKIPPED ALOUD: lan apply and undo need root and network namespaces');

describe.skipIf(!possible)('in a network of its own', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-lan-'));
  const journal = join(dataDir, 'lan.json');
  const device = 'lan0.20';
  const lan = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      'ip',
      [
        'netns',
        'exec',
        ns,
        process.execPath,
        join(packageRoot, 'dist/bundle/main.js'),
        'lan',
        ...args,
        '--data-dir',
        dataDir,
      ],
      { encoding: 'utf8' },
    );
    return { status, stdout, stderr };
  };
  const chosen = ['--interface', device, '--pool', '10.77.0.4-12', '--cameras', '3'];
  const standing = () => {
    const [{ addr_info }] = JSON.parse(ipTool('-n', ns, '-j', '-4', 'addr', 'show', 'dev', device).stdout);
    return addr_info.map(({ local }: { local: string }) => local);
  };

  beforeAll(() => {
    ipTool('netns', 'add', peer);
    ipTool('-n', ns, 'link', 'add', device, 'type', 'veth', 'peer', 'name', 'far', 'netns', peer);
    for (const [where, name, address] of [
      [ns, device, '10.77.0.1/24'],
      [peer, 'far', '10.77.0.5/24'],
    ] as const) {
      ipTool('-n', where, 'addr', 'add', address, 'dev', name);
      ipTool('-n', where, 'link', 'set', name, 'up');
    }
  });
  beforeEach(() => void lan('undo'));
  afterAll(() => {
    ipTool('netns', 'del', ns);
    ipTool('netns', 'del', peer);
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('plan prints the commands and changes nothing', () => {
    const { status, stdout } = lan('plan', ...chosen);
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toEqual([
      '# 10.77.0.5 is left out: in use: somebody answers for it',
      `ip addr add 10.77.0.4/24 dev ${device} label ${device}:vigil`,
      `ip addr add 10.77.0.6/24 dev ${device} label ${device}:vigil`,
      `ip addr add 10.77.0.7/24 dev ${device} label ${device}:vigil`,
      '',
      '# then: vigil sim --cameras 3 --addresses 10.77.0.4,10.77.0.6-7',
    ]);
    expect(standing()).toEqual(['10.77.0.1']);
  });

  test('apply adds, a second apply adds nothing, and undo takes away exactly what apply added, also when asked twice', () => {
    ipTool('-n', ns, 'addr', 'add', '10.77.0.8/24', 'dev', device);
    expect(lan('apply', ...chosen).status).toBe(0);
    expect(standing()).toEqual(['10.77.0.1', '10.77.0.8', '10.77.0.4', '10.77.0.6', '10.77.0.7']);
    expect(lan('apply', ...chosen).stdout).toMatch(/^0 addresses added to lan0\.20, 3 were there/);
    expect(lan('undo').stdout).toBe('3 addresses taken away.\n');
    expect(standing()).toEqual(['10.77.0.1', '10.77.0.8']);
    expect(existsSync(journal)).toBe(false);
    expect(lan('undo')).toEqual({ status: 0, stdout: 'Nothing to undo.\n', stderr: '' });
    ipTool('-n', ns, 'addr', 'del', '10.77.0.8/24', 'dev', device);
  });

  test('after a reboot, or a crash before the last address was added, undo says what was gone already', () => {
    lan('apply', ...chosen);
    ipTool('-n', ns, 'addr', 'del', '10.77.0.6/24', 'dev', device);
    expect(lan('undo').stdout).toBe('2 addresses taken away, 1 were gone already.\n');
    expect(standing()).toEqual(['10.77.0.1']);
  });

  test('an address that somebody else has given meanwhile stays', () => {
    lan('apply', ...chosen);
    ipTool('-n', ns, 'addr', 'del', '10.77.0.6/24', 'dev', device);
    ipTool('-n', ns, 'addr', 'add', '10.77.0.6/24', 'dev', device);
    lan('undo');
    expect(standing()).toEqual(['10.77.0.1', '10.77.0.6']);
    ipTool('-n', ns, 'addr', 'del', '10.77.0.6/24', 'dev', device);
  });

  test('as many as a fleet file has cameras, those it names among them', () => {
    const fleet = join(dataDir, 'fleet.yaml');
    writeFileSync(fleet, 'cameras:\n  - { name: yard, count: 2 }\n  - { name: door, address: 10.77.0.9 }\n');
    const { stdout } = lan('plan', '--interface', device, '--pool', '10.77.0.4-12', '--fleet', fleet);
    expect([...stdout.matchAll(/add (\S+)\/24/g)].map(([, address]) => address)).toEqual([
      '10.77.0.4',
      '10.77.0.6',
      '10.77.0.9',
    ]);
    expect(stdout).toContain(`vigil sim --fleet ${fleet} --addresses 10.77.0.4,10.77.0.6,10.77.0.9`);
    writeFileSync(fleet, 'cameras: [{ name: door, address: 10.77.0.5 }]\n');
    expect(lan('plan', '--interface', device, '--pool', '10.77.0.4-12', '--fleet', fleet)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/10\.77\.0\.5, which cannot be had: in use/),
    });
  });

  test.each([
    ['no interface', ['plan', '--pool', '10.77.0.4-12'], /give the interface and the pool/],
    [
      'an interface nobody has',
      ['plan', '--interface', 'lan0.2', '--pool', '10.77.0.4-12'],
      /no interface "lan0\.2"; did you mean lan0\.20\?/,
    ],
    [
      'addresses elsewhere',
      ['apply', '--interface', device, '--pool', '10.78.0.4-12'],
      /10\.78\.0\.4 is not in the subnet of lan0\.20/,
    ],
    ['a word that is no command', ['aply'], /there is no command "aply"; did you mean apply\?/],
  ])('%s is told with the remedy', (_, args, complaint) => {
    expect(lan(...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(complaint) });
    expect(standing()).toEqual(['10.77.0.1']);
  });

  test('the journal is for its owner only, and names what was added', () => {
    lan('apply', ...chosen);
    expect(statSync(journal).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(journal, 'utf8')).added[0]).toEqual({ device, address: '10.77.0.4', prefix: 24 });
  });
});
