import { networkInterfaces } from 'node:os';
import { realClock } from '../../core/runtime/clock.ts';
import type { Output } from '../../core/runtime/program.ts';
import { hint, UsageError } from '../../core/runtime/settings.ts';
import { type CsvRow, readCsvFile } from './csv.ts';
import type { Device } from './device.ts';
import { findDevices, identifyDevice } from './discover.ts';
import { ownSubnets, parseScanRange, scan } from './scan.ts';

/** Flags that say where to look and which devices are meant. */
export interface Choice {
  interface?: string;
  seconds: string;
  address?: string[];
  scan?: string[];
  serial?: string[];
  all?: boolean;
  csv?: string;
  report?: string;
  json?: boolean;
}

/** A device to work on, and what a file wants of it. */
export interface Chosen {
  device: Device;
  row: CsvRow | undefined;
}

/** Everything that answers, by multicast, by address and by asking a subnet one by one. */
export async function discover(flags: Choice, output: Output): Promise<Device[]> {
  const seconds = Number(flags.seconds);
  if (!(seconds > 0 && seconds <= 60))
    throw new UsageError(`--seconds "${flags.seconds}" will not do: between 0.1 and 60`);
  const ranges = (flags.scan ?? [])
    .flatMap((one) => (one === 'auto' ? ownSubnets(networkInterfaces()) : [one]))
    .map(parseScanRange);
  if (flags.scan && ranges.length === 0)
    throw new UsageError('this machine is in no subnet to scan: name one, such as 192.168.1.0/24');
  if (ranges.length === 0) output.note('Looking for devices …');
  const found = await findDevices({
    waitMs: seconds * 1000,
    interfaceName: flags.interface,
    addresses: flags.address ?? [],
    multicast: !flags.scan || flags.interface !== undefined,
  });
  if (ranges.length === 0) return found;
  output.note('Asking addresses one by one; multicast is not used for that.');
  let shown = 0;
  const scanned = await scan(
    ranges,
    (at) => identifyDevice(at),
    realClock,
    (asked, all) => {
      const tenth = Math.floor((asked / all) * 10);
      if (tenth <= shown) return;
      shown = tenth;
      if (output.json) output.say({ type: 'scan', asked, all }, '');
      else output.note(`  ${asked} of ${all} asked`);
    },
  );
  const known = new Set(found.map(({ host, httpsPort }) => `${host}:${httpsPort}`));
  return [...found, ...scanned.filter(({ host, httpsPort }) => !known.has(`${host}:${httpsPort}`))];
}

/** What to try when nothing answered. */
export function nothingAnswered(): string {
  const [subnet] = ownSubnets(networkInterfaces());
  return `No device answered. Are the cameras on this LAN segment? Multicast (UDP 3702) may be blocked: \`--scan ${subnet ?? '192.168.1.0/24'}\` asks a subnet address by address, \`--address HOST:PORT\` one device.`;
}

/**
 * The devices a command is to work on: those of a file, those named, or all that fit. `done` are those that are past it
 * already: a file or `--all` leaves them out, so that running again finishes what is left.
 */
export function select(
  devices: Device[],
  flags: Choice,
  fits: (device: Device) => boolean,
  what: string,
): { chosen: Chosen[]; done: Chosen[]; missing: CsvRow[] } {
  if (flags.csv) return selectRows(devices, readCsvFile(flags.csv), fits);
  const unknown = flags.serial?.find((serial) => !devices.some((device) => device.serial === serial));
  if (unknown) {
    const known = devices.map(({ serial }) => serial);
    throw new UsageError(
      `no camera ${unknown} answered${hint(unknown, known)}; \`config-tool discover\` lists those that do`,
    );
  }
  const plain = (list: Device[]) => list.map((device): Chosen => ({ device, row: undefined }));
  if (flags.serial)
    return { chosen: plain(devices.filter(({ serial }) => flags.serial!.includes(serial))), done: [], missing: [] };
  const fitting = devices.filter(fits);
  if (fitting.length === 0) throw new UsageError(`no ${what} was found; \`config-tool discover\` lists what answers`);
  if (!flags.all && !flags.address && fitting.length > 1)
    throw new UsageError(`${fitting.length} cameras fit: name them with --serial, or take --all`);
  return { chosen: plain(fitting), done: [], missing: [] };
}

function selectRows(devices: Device[], rows: CsvRow[], fits: (device: Device) => boolean) {
  const chosen: Chosen[] = [];
  const done: Chosen[] = [];
  const missing: CsvRow[] = [];
  for (const row of rows) {
    const device = devices.find(({ serial, host, httpsPort }) =>
      row.serial ? serial === row.serial : row.address === host || row.address === `${host}:${httpsPort}`,
    );
    if (!device) missing.push(row);
    else if (fits(device)) chosen.push({ device, row });
    else done.push({ device, row });
  }
  return { chosen, done, missing };
}
