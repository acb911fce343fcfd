import { realClock } from '../../core/runtime/clock.ts';
import type { Output } from '../../core/runtime/program.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import { ProblemError } from '../terminal/http.ts';
import { someAtOnce } from '../terminal/some-at-once.ts';
import { formatTable } from '../terminal/table.ts';
import type { Ask } from '../terminal/tp-link-id.ts';
import { openLocally } from '../terminal/vms.ts';
import { readWhereabouts } from '../terminal/whereabouts.ts';
import { type Choice, type Chosen, discover, nothingAnswered, select } from './choose.ts';
import { csvColumns, writeCsvFile } from './csv.ts';
import type { Device } from './device.ts';
import { type Deps, deviceWork, planOf } from './device-work.ts';
import { activate, DeviceRefusal, signInDevice } from './local-api.ts';
import { atOnce, runMany, summarize, writeReport } from './run-many.ts';

const deps: Deps = { clock: realClock, random: secureRandom };
const fitLength = (password: string, what: string) => {
  if (password.length < 8 || password.length > 64) throw new UsageError(`${what} needs 8 to 64 characters`);
};

const head = ['Model', 'IPv4 address', 'Port', 'MAC', 'Firmware', 'Serial', 'Status'];
const deviceRow = (device: Device) => [
  device.model || '–',
  device.host,
  String(device.httpsPort || '–'),
  device.mac || '–',
  device.firmware ?? '–',
  device.serial || '–',
  device.status,
];

/** Columns that go first where the terminal is too narrow; Status, which matters most, is the last one. */
const dispensable = ['Firmware', 'MAC', 'Port'];

/** The devices as a table of at most so many columns, with fewer facts of each where it must be. */
export function deviceTable(devices: readonly Device[], columns: number): string {
  // Whoever has looked inside wants to see what was found there.
  const known = devices.some(({ firmware }) => firmware !== undefined);
  const order = known ? [...dispensable.slice(1), 'Firmware'] : dispensable;
  for (let dropped = 0; ; dropped++) {
    const kept = head.flatMap((name, at) => (order.slice(0, dropped).includes(name) ? [] : at));
    const pick = (row: string[]) => kept.map((at) => row[at]!);
    const table = formatTable(
      pick(head),
      devices.map((device) => pick(deviceRow(device))),
    );
    if (dropped === order.length || table.split('\n').every((line) => line.length <= columns)) return table;
  }
}

/** What only a signed-in look tells: firmware, and of devices that were found by address model, MAC and serial. */
export async function lookInside(devices: readonly Device[], password: string): Promise<Device[]> {
  const seen = [...devices];
  await someAtOnce(atOnce, devices, async (device, at) => {
    if (device.status === 'Uninitialized' || device.httpsPort === 0) return;
    try {
      const facts = await (await signInDevice(device, password)).basicInfo();
      seen[at] = {
        ...device,
        firmware: facts.sw_version,
        model: device.model || facts.device_model,
        mac: device.mac || facts.mac.replaceAll('-', ':').toUpperCase(),
        serial: device.serial || facts.serial,
      };
    } catch (error) {
      const locked = error instanceof DeviceRefusal && [-40404, -40408].includes(error.errorCode);
      const wrong = error instanceof DeviceRefusal && error.errorCode === -40401;
      seen[at] = { ...device, status: locked ? 'Locked' : wrong ? 'Wrong password' : device.status };
    }
  });
  return seen;
}

/** `discover`: a table, JSON lines, or a file that the other commands take. */
export async function runDiscover(
  flags: Choice & { cameraPassword?: string; out?: string },
  output: Output,
): Promise<number> {
  const found = await discover(flags, output);
  const devices = flags.cameraPassword === undefined ? found : await lookInside(found, flags.cameraPassword);
  if (flags.out !== undefined) {
    const columns = csvColumns.filter((name) =>
      ['serial', 'address', 'model', 'mac', 'firmware', 'status'].includes(name),
    );
    writeCsvFile(
      flags.out,
      columns,
      devices.map(({ serial, host, httpsPort, model, mac, firmware = '', status }) => ({
        ...{ serial, model, mac, firmware, status },
        address: `${host}:${httpsPort}`,
      })),
    );
  }
  if (output.json) {
    for (const device of devices) output.say({ type: 'device', ...device }, '');
    output.say({ type: 'done', devices: devices.length }, '');
    return 0;
  }
  if (devices.length === 0) {
    output.say({}, nothingAnswered());
    return 0;
  }
  const waiting = devices.filter(({ status }) => status === 'Uninitialized').length;
  output.say({}, deviceTable(devices, (process.stdout.isTTY && process.stdout.columns) || Number.POSITIVE_INFINITY));
  const next = waiting > 0 ? ` ${waiting} not initialised: config-tool activate --all` : '';
  const kept = flags.out === undefined ? '' : ` Written to ${flags.out}.`;
  output.say({}, `\n${devices.length} device${devices.length === 1 ? '' : 's'}.${kept}${next}`);
  return 0;
}

export interface ActivateFlags extends Choice {
  cameraPassword?: string;
  region: string;
  timeZone: string;
}

export async function runActivate(flags: ActivateFlags, output: Output, ask: Ask): Promise<number> {
  const startedAt = realClock.now();
  const given = select(
    await discover(flags, output),
    flags,
    ({ status }) => status === 'Uninitialized',
    'camera waiting for initialisation',
  );
  const count = given.chosen.length;
  const common = given.chosen.some(({ row }) => !row?.password)
    ? (flags.cameraPassword ??
      (await ask.password(`New admin password for ${count} camera${count === 1 ? '' : 's'}`, '--camera-password')))
    : undefined;
  if (common !== undefined) fitLength(common, 'the camera password');
  const { region, timeZone } = flags;
  const outcomes = await runMany(
    given,
    { type: 'activated', did: 'is activated', already: 'is activated already' },
    async ({ device, row }) => {
      const password = row?.password ?? common!;
      fitLength(password, 'the camera password');
      await activate(device, { password, region, timeZone });
      return undefined;
    },
    output,
  );
  writeReport(flags.report, outcomes);
  const words = { did: 'activated', notDid: 'were not activated', key: 'activated', next: 'config-tool add --all' };
  return summarize(outcomes, words, { startedAt, clock: realClock }, output);
}

interface WorkFlags extends Choice {
  cameraPassword?: string;
}

/** One thing done to many cameras that have their admin password. */
async function runWork(
  flags: WorkFlags,
  words: { type: string; did: string; sum: string; notDid: string },
  work: (chosen: Chosen, password: string) => Promise<unknown>,
  output: Output,
  ask: Ask,
  more: {
    fits?: (device: Device) => boolean;
    what?: string;
    /** Asked once what is to be done is known to make sense, before the password. */
    check?(chosen: readonly Chosen[]): Promise<void> | void;
  } = {},
): Promise<number> {
  const startedAt = realClock.now();
  const fits = more.fits ?? (({ status }: Device) => status !== 'Uninitialized');
  const given = select(await discover(flags, output), flags, fits, more.what ?? 'activated camera');
  await more.check?.(given.chosen);
  const common = given.chosen.some(({ row }) => !row?.password)
    ? (flags.cameraPassword ?? (await ask.password('Admin password of the cameras', '--camera-password')))
    : '';
  const outcomes = await runMany(
    given,
    words,
    async (chosen) => {
      const more = await work(chosen, chosen.row?.password ?? common);
      return typeof more === 'string' ? more : undefined;
    },
    output,
  );
  writeReport(flags.report, outcomes);
  return summarize(outcomes, { ...words, did: words.sum, key: 'changed' }, { startedAt, clock: realClock }, output);
}

export interface NetworkFlags extends WorkFlags {
  dhcp?: boolean;
  ip?: string;
  prefix: string;
  router?: string;
}

export const runNetwork = (flags: NetworkFlags, output: Output, ask: Ask) =>
  runWork(
    flags,
    {
      type: 'network_set',
      did: 'has its new network settings',
      sum: 'got their new network settings',
      notDid: 'kept their network settings',
    },
    (chosen, password) => deviceWork.network(chosen, password, planOf(flags, chosen.row, 1), deps),
    output,
    ask,
    { check: (chosen) => void chosen.map(({ row }) => planOf(flags, row, chosen.length)) },
  );

export const runPassword = async (flags: WorkFlags & { newPassword?: string }, output: Output, ask: Ask) => {
  let common: string | undefined;
  return runWork(
    flags,
    { type: 'password_set', did: 'has its new password', sum: 'got their new password', notDid: 'kept their password' },
    (chosen, password) => deviceWork.password(chosen, password, chosen.row?.new_password ?? common!),
    output,
    ask,
    {
      async check(chosen) {
        if (chosen.some(({ row }) => !row?.new_password))
          common = flags.newPassword ?? (await ask.password('New admin password', '--new-password'));
        for (const { row } of chosen) fitLength(row?.new_password ?? common!, 'the new password');
      },
    },
  );
};

export const runReboot = (flags: WorkFlags, output: Output, ask: Ask) =>
  runWork(
    flags,
    { type: 'rebooting', did: 'reboots', sum: 'rebooting', notDid: 'did not reboot' },
    (chosen, password) => deviceWork.reboot(chosen, password),
    output,
    ask,
  );

export const runFactoryReset = (
  flags: WorkFlags & { yes?: boolean; keepAddress?: boolean },
  output: Output,
  ask: Ask,
) =>
  runWork(
    flags,
    {
      type: 'reset',
      did: 'goes back to its factory settings',
      sum: 'going back to factory settings',
      notDid: 'were not reset',
    },
    (chosen, password) => deviceWork.factoryReset(chosen, password, Boolean(flags.keepAddress), deps),
    output,
    ask,
    {
      async check(chosen) {
        if (flags.yes) return;
        const said = await ask.text(
          `Settings, users and pairing of ${chosen.length} camera${chosen.length === 1 ? '' : 's'} go for good. Type "reset" to go on`,
          '--yes',
        );
        if (said !== 'reset') throw new UsageError('nothing was reset');
      },
    },
  );

export interface RemoveFlags extends WorkFlags {
  dataDir: string;
  gateway?: string;
  user?: string;
  password?: string;
  atCamera?: boolean;
}

/** Take cameras out of their VMS Local: there, by a local administrator, or at the camera where that VMS is gone. */
export async function runRemove(flags: RemoveFlags, output: Output, ask: Ask): Promise<number> {
  const fits = ({ status }: Device) => status === 'Paired';
  const words = { type: 'removed', did: 'is removed', sum: 'removed', notDid: 'were not removed' };
  if (flags.atCamera)
    return runWork(flags, words, (chosen, password) => deviceWork.unpair(chosen, password), output, ask, {
      fits,
      what: 'paired camera',
    });
  const startedAt = realClock.now();
  const url = flags.gateway ?? readWhereabouts(flags.dataDir)?.gatewayUrl;
  if (!url) throw new UsageError('which VMS Local? Name its address with --gateway URL; --at-camera where it is gone');
  const given = select(await discover(flags, output), flags, fits, 'paired camera');
  const username = flags.user ?? (await ask.text('User name of an administrator at the VMS Local', '--user'));
  const password = flags.password ?? (await ask.password('Password', '--password'));
  await using vms = await openLocally(url, { username, password });
  const known = await vms.cameras();
  const outcomes = await runMany(
    given,
    words,
    async ({ device }) => {
      const camera = known.find(({ serial }) => serial === device.serial);
      if (!camera)
        throw new ProblemError(
          404,
          'other_vms',
          `it belongs to another VMS than ${vms.name}: remove it there, or use --at-camera`,
          {},
        );
      await vms.remove(camera.id);
      return undefined;
    },
    output,
  );
  writeReport(flags.report, outcomes);
  return summarize(
    outcomes,
    { ...words, did: `removed from ${vms.name}`, key: 'removed' },
    { startedAt, clock: realClock },
    output,
  );
}
