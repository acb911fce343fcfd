import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseAddressPool } from '../../device-sim/addresses.ts';
import { readFleetFile } from '../../device-sim/fleet-file.ts';
import { startFleet } from '../../device-sim/index.ts';
import { planFleet } from '../../device-sim/plan.ts';
import { fleetConfig, fleetDeps } from './lab.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

const read = async (text: string) => {
  const path = join(folder, 'fleet.yaml');
  await writeFile(path, text);
  return readFleetFile(path);
};

test('a fleet file names cameras one by one, and what stands at the top holds for all that do not say otherwise', async () => {
  const file = await read(`
seed: shop
password: a shared one
initialized: true
clockOffset: 5m
cameras:
  - name: door
    profile: c540
    quirks: [clock-lost-on-power-cut, -openapi-off]
    clockOffset: -30s
  - name: yard
    count: 3
    profile: s445
    traffic: busy
    password: another one
`);
  expect(file.seed).toBe('shop');
  const plans = planFleet(fleetConfig({ cameras: file.cameras }));
  expect(
    plans.map(({ name, profile, password, clockOffsetMs, traffic }) => [
      name,
      profile.name,
      password,
      clockOffsetMs,
      traffic,
    ]),
  ).toEqual([
    ['door', 'c540', 'a shared one', -30_000, 'off'],
    ['yard-1', 's445', 'another one', 300_000, 'busy'],
    ['yard-2', 's445', 'another one', 300_000, 'busy'],
    ['yard-3', 's445', 'another one', 300_000, 'busy'],
  ]);
  expect(plans[0]!.quirks).toEqual({ on: ['clock-lost-on-power-cut'], off: ['openapi-off'] });
});

test('a camera looks at what its model does, or at what the file says', async () => {
  const file = await read(`
scene: car-park
cameras:
  - { name: shop, profile: c340, scene: shop }
  - { name: lot, profile: c340 }
`);
  expect(planFleet(fleetConfig({ cameras: file.cameras })).map(({ profile }) => profile.scene)).toEqual([
    'shop',
    'car-park',
  ]);
  const usual = planFleet(fleetConfig({ count: 4 })).map(({ profile }) => profile.scene);
  expect(new Set(usual).size).toBe(4);
});

test.each([
  [
    'cameras:\n  - name: door\n    profile: c304\n',
    3,
    'cameras[1].profile: there is no profile "c304"; did you mean c340?',
  ],
  [
    'cameras:\n  - name: door\n    profil: c340\n',
    3,
    'cameras[1]: there is no setting "profil"; did you mean profile?',
  ],
  [
    'cameras:\n  - name: door\n    scene: yacht\n',
    3,
    'cameras[1].scene: "yacht" will not do; there are yard, gate, shop, car-park',
  ],
  ['seeed: x\ncameras:\n  - name: a\n', 1, 'there is no setting "seeed"; did you mean seed?'],
  [
    'cameras:\n  - quirks:\n      - no-onvif-snapshop\n',
    3,
    'cameras[1].quirks[1]: there is no quirk "no-onvif-snapshop"; did you mean no-onvif-snapshot?',
  ],
  [
    'cameras:\n  - name: a\n  - name: b\n    traffic: buzy\n',
    4,
    'cameras[2].traffic: "buzy" will not do; did you mean busy?',
  ],
  ['cameras:\n  - name: a\n    clockOffset: soon\n', 3, 'cameras[1].clockOffset: "soon" is not a duration'],
  ['cameras:\n  - name: Front Door\n', 2, 'cameras[1].name: a camera name has a-z, 0-9 and -'],
  ['cameras:\n  - name: a\n    password: short\n', 3, 'cameras[1].password: a password has 8 to 64'],
  ['cameras: []\n', 1, 'cameras: '],
  ['password: long enough\n', 1, 'cameras: '],
  ['cameras:\n  - name: "a\n', 3, 'Missing closing "quote'],
])('a mistake is told by path, line and the nearest right word: %j', async (text, line, sentence) => {
  const failure = await read(text).catch((error: Error) => error);
  expect(failure).toMatchObject({ name: 'UsageError' });
  expect((failure as Error).message).toContain(`fleet.yaml:${line}: ${sentence}`);
});

test('a fleet file that is not there is one sentence', () => {
  expect(() => readFleetFile(join(folder, 'none.yaml'))).toThrow('none.yaml: there is no such file');
});

test('an address pool is a range, a short range, a network or a list', () => {
  expect(parseAddressPool('192.168.1.50-192.168.1.52')).toEqual(['192.168.1.50', '192.168.1.51', '192.168.1.52']);
  expect(parseAddressPool('10.0.0.254-10.0.1.1')).toHaveLength(4);
  expect(parseAddressPool('192.168.1.8-9,192.168.1.20')).toEqual(['192.168.1.8', '192.168.1.9', '192.168.1.20']);
  expect(parseAddressPool('10.0.5.0/29')).toHaveLength(6);
  expect(parseAddressPool('10.0.5.7/32')).toEqual(['10.0.5.7']);
  for (const wrong of ['', '10.0.0', '10.0.0.9-3', '10.0.0.0/4', '10.0.0.256', '10.0.0.1,10.0.0.1'])
    expect(() => parseAddressPool(wrong)).toThrow(/address pool/);
});

test('cameras with addresses of their own have the standard ports, or those of a base port, each for itself', () => {
  const plan = (more: object) => planFleet(fleetConfig({ count: 2, addresses: ['10.0.0.1', '10.0.0.2'], ...more }));
  expect(plan({ basePort: undefined }).map(({ host, ports }) => [host, ports])).toEqual([
    ['10.0.0.1', { http: 80, https: 443, rtsp: 554, openApi: 20443 }],
    ['10.0.0.2', { http: 80, https: 443, rtsp: 554, openApi: 20443 }],
  ]);
  expect(plan({ basePort: 8000 })[1]!.ports).toEqual({ http: 8000, https: 8001, rtsp: 8002, openApi: 8003 });
  expect(() => plan({ count: 3 })).toThrow('3 cameras need as many addresses, and the pool has 2');
});

test('two cameras listen on one port of two addresses', async () => {
  const addresses = parseAddressPool('127.0.3.1-2');
  await using first = await startFleet(fleetConfig({ count: 1, addresses: [addresses[0]!] }), fleetDeps());
  const { https } = first.camera('cam-1').camera.address.ports;
  const config = fleetConfig({ count: 1, addresses: [addresses[1]!], basePort: https - 1 });
  await using second = await startFleet(config, fleetDeps());
  expect(second.ready().cameras[0]).toMatchObject({ host: '127.0.3.2', httpsUrl: `https://127.0.3.2:${https}/` });
  // Nobody else uses this address: on 127.0.0.1 another test may have got the port.
  const stranger = connect({ host: '127.0.3.3', port: https });
  await expect(once(stranger, 'connect')).rejects.toThrow('ECONNREFUSED');
});

test('ways to sign in are given by name, and one that is none is named with its line', async () => {
  const file = await read('cameras:\n  - { name: door, signIn: [password-text, http-sha256] }\n');
  expect(planFleet(fleetConfig({ cameras: file.cameras }))[0]!.signIn).toEqual(['password-text', 'http-sha256']);
  await expect(read('cameras:\n  - name: door\n    signIn: [password-txt]\n')).rejects.toThrow(/signIn|password-t/);
});
