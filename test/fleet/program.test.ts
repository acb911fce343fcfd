import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { parseLabelSecret } from '../../core/pairing/label-secret.ts';
import { runProgram } from '../../core/runtime/program.ts';
import { commonFields, resolveSettings } from '../../core/runtime/settings.ts';
import { program } from '../../device-sim/main.ts';
import { fleetDeps } from './lab.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-sim-'));
});
afterEach(() => rm(folder, { recursive: true }));

const url = (protocol: string) => z.string().regex(new RegExp(`^${protocol}://127\\.0\\.0\\.1:\\d+/`));
const readyLine = z.strictObject({
  type: z.literal('ready'),
  cameras: z.array(
    z.strictObject({
      name: z.string(),
      model: z.string(),
      serial: z.string().regex(/^SIM\d{10}$/),
      mac: z.string().regex(/^02(:[0-9A-F]{2}){5}$/),
      uuid: z.uuid(),
      state: z.enum(['uninitialized', 'initialized', 'paired']),
      host: z.literal('127.0.0.1'),
      onvifUrl: url('http'),
      httpsUrl: url('https'),
      openApiUrl: url('https').nullable(),
      rtspUrls: z.tuple([url('rtsp'), url('rtsp')]),
      snapshotUrl: url('http'),
      username: z.string().nullable(),
      password: z.string().nullable(),
      labelSecret: z.string().refine((text) => parseLabelSecret(text) !== undefined),
    }),
  ),
  control: z.strictObject({ url: url('http'), token: z.string().min(32) }).optional(),
  console: z.strictObject({ url: url('http'), token: z.string().min(32) }).optional(),
});

const start = async (flags: Record<string, unknown>) => {
  const settings = resolveSettings(
    'sim',
    { ...program.fields, ...commonFields },
    { dataDir: folder, basePort: 0, discovery: false, ...flags },
    {},
  );
  const said: { object: object; text: string }[] = [];
  const output = {
    json: true,
    say: (object: object, text: string) => void said.push({ object, text }),
    note: () => undefined,
  };
  const running = await program.run(settings, fleetDeps(), output);
  return {
    said,
    async [Symbol.asyncDispose]() {
      if (typeof running === 'object') await running[Symbol.asyncDispose]();
    },
  };
};

test('the ready line has one entry a camera, of the shape that was agreed', async () => {
  await using sim = await start({ cameras: 4, initialized: true, password: 'given password', control: true });
  expect(sim.said).toHaveLength(1);
  const { cameras } = readyLine.parse(sim.said[0]!.object);
  expect(cameras.map(({ name, model, state, password }) => [name, model, state, password])).toEqual([
    ['cam-1', 'C340', 'initialized', 'given password'],
    ['cam-2', 'C540', 'initialized', 'given password'],
    ['cam-3', 'S445', 'initialized', 'given password'],
    ['cam-4', 'Generic', 'initialized', 'given password'],
  ]);
});

test('a person reads a table with a line for each camera', async () => {
  await using sim = await start({ cameras: 2, profile: ['c540'] });
  const lines = sim.said[0]!.text.split('\n');
  expect(lines[0]).toMatch(/^NAME +MODEL +STATE +ONVIF/);
  expect(lines[1]).toMatch(/^cam-1 +C540 +uninitialized +http:\/\/127\.0\.0\.1:\d+\/onvif\/device_service/);
  expect(lines[2]).toMatch(/^cam-2 +C540/);
  expect(sim.said[0]!.text).toContain('2 simulated cameras');
});

test.each([
  [['--camera', '3'], "unknown option '--camera'; did you mean --cameras?"],
  [['--cameras', 'many'], '--cameras: "many" will not do'],
  [['--cameras', '0'], '--cameras: "0" will not do'],
  [['--profile', 'c304'], 'there is no profile "c304"; did you mean c340?'],
  [['--initialized', '--password', 'short'], '--password: '],
  [['--clock-offset', 'later'], '"later" is not a duration'],
  [['--traffic', 'rush'], '--traffic: "rush" will not do'],
  [['--fleet', '/no/such/fleet.yaml'], '/no/such/fleet.yaml: there is no such file'],
  [['--addresses', '10.0.0'], '"10.0.0" is no address pool'],
  [['--base-port', '65530'], 'would need port 65563'],
])('bad flags %j end with exit code 2 and one sentence', async (argv, sentence) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    expect(await runProgram(program, [...argv, '--data-dir', folder])).toBe(2);
    const printed = write.mock.calls.map(([text]) => String(text)).join('');
    expect(printed).toContain(sentence);
    expect(printed.trim().split('\n')).toHaveLength(1);
  } finally {
    write.mockRestore();
  }
});

test('a clock offset is taken in seconds or with a unit', async () => {
  const offset = (given: string) =>
    resolveSettings('sim', { ...program.fields, ...commonFields }, { clockOffset: given }, {}).clockOffset;
  expect([offset('400s'), offset('400'), offset('-1.5h')]).toEqual([400_000, 400_000, -5_400_000]);
});
