import { expect, test } from 'vitest';
import { silentLog } from '../../core/runtime/log.ts';
import { parseScenario, startFleet } from '../../device-sim/index.ts';
import { formatAction, parseAction } from '../../device-sim/scenario/action.ts';
import { rehearse } from '../../device-sim/scenario/rehearse.ts';
import { fleetConfig, fleetDeps } from './lab.ts';

const wishes = [
  { name: 'gate', profile: 'c340' },
  { name: 'yard', profile: 'generic' },
];
const stage = async (more = {}) => {
  const deps = fleetDeps();
  const fleet = await startFleet(fleetConfig({ cameras: wishes, ...more }), deps);
  return { fleet, clock: deps.clock, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
};

test('steps happen at their time, again where they repeat, and to all cameras where none is named', async () => {
  await using set = await stage();
  const played: string[] = [];
  const scenario = parseScenario(`
lasts: 10m
steps:
  - at: "00:01"
    camera: gate
    do: people 20s
  - at: "00:02"
    every: 2m
    until: "00:06"
    do: motion 5s
`);
  const running = set.fleet.play(scenario, ({ atMs, camera, what }) => played.push(`${atMs / 1000} ${camera} ${what}`));
  await set.clock.advance('65s');
  expect([...set.fleet.camera('gate').camera.active]).toEqual(['people']);
  await set.clock.advance('10m');
  await running.over;
  expect(played).toEqual([
    '60 gate people 20s',
    '120 gate motion 5s', '120 yard motion 5s',
    '240 gate motion 5s', '240 yard motion 5s',
    '360 gate motion 5s', '360 yard motion 5s',
  ]); // biome-ignore format: by time
});

test('power, network, clock, drift, traffic and faults are steps too', async () => {
  await using set = await stage({ bootMs: 1000 });
  const gate = set.fleet.camera('gate');
  const scenario = parseScenario(`
lasts: 1h
steps:
  - {at: 10s, camera: gate, do: network-cut 20s}
  - {at: 1m, camera: gate, do: power-cut 30s}
  - {at: 2m, camera: gate, do: [clock +5m, drift 100ppm]}
  - {at: 3m, camera: gate, fault: {at: onvif, operation: GetProfiles, do: status 503}}
  - {at: 4m, camera: yard, do: traffic busy}
  - {at: 50m, camera: gate, do: [drift 0ppm, clear-faults]}
`);
  set.fleet.play(scenario);
  await set.clock.advance('15s');
  expect(gate.connected).toBe(false);
  await set.clock.advance('20s');
  expect(gate.connected).toBe(true);
  await set.clock.advance('30s');
  expect(gate.powered).toBe(false);
  await set.clock.advance('40s');
  await gate.up();
  expect([gate.powered, gate.camera.state.bootCount]).toEqual([true, 2]);
  await set.clock.advance('2m');
  expect(gate.camera.state.clockOffsetMs).toBeGreaterThanOrEqual(300_000);
  expect(gate.faults.list()).toHaveLength(1);
  let seen = 0;
  set.fleet.camera('yard').camera.events.subscribe(() => {
    seen += 1;
  });
  await set.clock.advance('10m');
  expect(seen).toBeGreaterThan(5);
  await set.clock.advance('50m');
  // 48 minutes at 100 millionths.
  expect(gate.camera.state.clockOffsetMs - 300_000).toBeCloseTo(288, -1);
  expect(gate.faults.list()).toEqual([]);
});

const day = parseScenario(`
name: a day at the gate
lasts: 24h
steps:
  - {at: "00:00", do: traffic calm}
  - {at: "06:00", every: 15m, until: "20:00", camera: gate, do: vehicle 20s}
  - {at: "08:00", camera: yard, do: [motion 30s, line-cross 5s]}
  - {at: "08:05", camera: gate, do: power-cut 1m}
  - {at: "09:00", until: "17:00", every: 1h, do: people 12s}
  - {at: "12:00", camera: gate, do: clock +90s}
`);

test('twenty-four hours run in virtual time and give the same events twice', async () => {
  const play = (seed: string) =>
    rehearse(day, fleetConfig({ cameras: wishes, seed, discovery: true, dataDir: '/nowhere' }), { log: silentLog });
  const first = await play('one');
  expect(first.length).toBeGreaterThan(300);
  expect(first.at(-1)!.atMs).toBeGreaterThan(20 * 3_600_000);
  expect(await play('one')).toEqual(first);
  expect(await play('two')).not.toEqual(first);
});

test('an action is read and written back', () => {
  const kinds = ['motion', 'people'];
  for (const text of [
    'motion',
    'motion 20s',
    'people on',
    'power-cut',
    'power-cut 30s',
    'reboot',
    'network-cut 120s',
    'network off',
    'clock +300s',
    'clock -5s',
    'drift 200ppm',
    'traffic busy',
    'lose-subscriptions',
    'clear-faults',
  ]) {
    // biome-ignore format: a list
    const action = parseAction(text, kinds);
    expect(typeof action).toBe('object');
    expect(formatAction(action as never)).toBe(text);
  }
});

test.each([
  [
    'steps:\n  - at: "8 o\'clock"\n    do: motion\n',
    2,
    'steps[1].at: "8 o\'clock" is no time: write 08:05, 08:05:30 or 90s',
  ],
  ['steps:\n  - at: 5s\n    do: moton 5s\n', 3, 'steps[1].do: nothing is called "moton"; did you mean motion?'],
  ['steps:\n  - at: 5s\n    do: power-cut soon\n', 3, 'steps[1].do: "power-cut soon" will not do: write KIND'],
  ['steps:\n  - at: 5s\n    dos: motion\n', 3, 'steps[1]: there is no setting "dos"; did you mean do?'],
  [
    'steps:\n  - at: 5s\n    fault: {at: onvif, do: dely 2s}\n',
    3,
    'steps[1].fault.do: there is no effect "dely"; did you mean delay?',
  ],
  ['steps:\n  - at: 5s\n', 2, 'steps[1].do: a step needs "do" or "fault"'],
  ['steps:\n  - at: 5s\n    until: 9s\n    do: motion\n', 3, 'steps[1].until: "until" goes with "every"'],
])('a mistake in a scenario is told by line and the nearest right word: %j', (text, line, sentence) => {
  expect(() => parseScenario(text, 'night.yaml')).toThrow(`night.yaml:${line}: ${sentence}`);
});

test('a camera that is not in the fleet is told before anything happens', async () => {
  await using set = await stage();
  const scenario = parseScenario('steps:\n  - {at: 5s, camera: gat, do: motion}\n', 'night.yaml');
  expect(() => set.fleet.play(scenario)).toThrow('night.yaml: there is no camera "gat"; did you mean gate?');
});

test('a scenario ends with its fleet', async () => {
  const deps = fleetDeps();
  const fleet = await startFleet(fleetConfig({ cameras: wishes }), deps);
  fleet.play(day);
  await fleet[Symbol.asyncDispose]();
  expect(deps.clock.sleeping).toBe(0);
});
