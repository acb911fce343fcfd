import { Command, Option } from 'commander';
import { realClock } from '../../core/runtime/clock.ts';
import { complain, type Output, outputFor } from '../../core/runtime/program.ts';
import { hint, parseArguments, UsageError } from '../../core/runtime/settings.ts';
import { createAsk } from '../terminal/ask.ts';
import { type ApiClient, apiClient, ProblemError } from '../terminal/http.ts';
import { formatTable } from '../terminal/table.ts';
import { plainRefusal, signInTpLinkId } from '../terminal/tp-link-id.ts';
import { readWhereabouts } from '../terminal/whereabouts.ts';
import { addCameras, type Candidate } from './add.ts';
import type { Device } from './device.ts';
import { findDevices } from './discover.ts';
import { type Labels, readLabelFile, readLabels } from './labels.ts';
import { activate, DeviceRefusal, signInDevice } from './local-api.ts';

interface Choice {
  interface?: string;
  seconds: string;
  address?: string[];
  serial?: string[];
  all?: boolean;
  json?: boolean;
}

interface ActivateFlags extends Choice {
  cameraPassword?: string;
  region: string;
  timeZone: string;
}

interface AddFlags extends Choice {
  dataDir: string;
  gateway?: string;
  cloud?: string;
  account?: string;
  password?: string;
  code?: string;
  cameraPassword?: string;
  label?: string[];
  labels?: string;
}

const list = (one: string, before: string[] | undefined) => [...(before ?? []), one];
const env = (name: string) => `VIGIL_CONFIG_TOOL_${name}`;

function choosing(command: Command): Command {
  return command
    .option('--interface <NAME>', 'network interface to search on; all of them otherwise')
    .option('--seconds <N>', 'how long to wait for answers', '2')
    .addOption(
      new Option(
        '--address <HOST[:PORT]>',
        'ask this device directly, where multicast does not reach; may be repeated',
      ).argParser(list),
    )
    .option('--json', 'print one JSON object a line');
}

const selecting = (command: Command) =>
  choosing(command)
    .addOption(new Option('--serial <SERIAL>', 'only this camera; may be repeated').argParser(list))
    .option('--all', 'every camera found that fits');

async function discover(flags: Choice): Promise<Device[]> {
  const seconds = Number(flags.seconds);
  if (!(seconds > 0 && seconds <= 60))
    throw new UsageError(`--seconds "${flags.seconds}" will not do: between 0.1 and 60`);
  return findDevices({ waitMs: seconds * 1000, interfaceName: flags.interface, addresses: flags.address ?? [] });
}

/** The devices a command is to work on: by serial, or all that fit. Says what to do when none does. */
function select(devices: Device[], flags: Choice, fits: (device: Device) => boolean, what: string): Device[] {
  const byName = devices.filter(({ serial }) => flags.serial?.includes(serial));
  const unknown = flags.serial?.find((serial) => !devices.some((device) => device.serial === serial));
  if (unknown) {
    const known = devices.map(({ serial }) => serial);
    throw new UsageError(
      `no camera ${unknown} answered${hint(unknown, known)}; \`config-tool discover\` lists those that do`,
    );
  }
  if (flags.serial) return byName;
  const fitting = devices.filter(fits);
  if (fitting.length === 0) throw new UsageError(`no ${what} was found; \`config-tool discover\` lists what answers`);
  if (flags.all || flags.address || fitting.length === 1) return fitting;
  throw new UsageError(`${fitting.length} cameras fit: name them with --serial, or take --all`);
}

const head = ['Model', 'IPv4 address', 'Port', 'MAC', 'Serial', 'Status'];
const row = (device: Device) => [
  device.model,
  device.host,
  String(device.httpsPort || '–'),
  device.mac,
  device.serial,
  device.status,
];

async function runDiscover(flags: Choice, output: Output): Promise<number> {
  const devices = await discover(flags);
  if (output.json) {
    for (const device of devices) output.say({ type: 'device', ...device }, '');
    output.say({ type: 'done', devices: devices.length }, '');
    return 0;
  }
  if (devices.length === 0) {
    output.say(
      {},
      'No device answered. Are the cameras on this LAN segment? A firewall may drop UDP 3702; --address HOST:PORT asks one directly.',
    );
    return 0;
  }
  const waiting = devices.filter(({ status }) => status === 'Uninitialized').length;
  output.say({}, formatTable(head, devices.map(row)));
  const next = waiting > 0 ? ` ${waiting} not initialised: config-tool activate --all` : '';
  output.say({}, `\n${devices.length} device${devices.length === 1 ? '' : 's'}.${next}`);
  return 0;
}

async function runActivate(flags: ActivateFlags, output: Output): Promise<number> {
  const devices = select(
    await discover(flags),
    flags,
    ({ status }) => status === 'Uninitialized',
    'camera waiting for initialisation',
  );
  const ask = createAsk(!flags.json && Boolean(process.stdin.isTTY));
  const password =
    flags.cameraPassword ??
    process.env[env('CAMERA_PASSWORD')] ??
    (await ask.password(
      `New admin password for ${devices.length} camera${devices.length === 1 ? '' : 's'}`,
      '--camera-password',
    ));
  if (password.length < 8 || password.length > 64) throw new UsageError('the camera password needs 8 to 64 characters');
  let failed = 0;
  for (const device of devices) {
    const shown = `${device.model} ${device.serial} at ${device.host}:${device.httpsPort}`;
    try {
      await activate(device, { password, region: flags.region, timeZone: flags.timeZone });
      output.say(
        { type: 'activated', serial: device.serial, host: device.host, httpsPort: device.httpsPort },
        `✓ ${shown} is activated`,
      );
    } catch (error) {
      failed += 1;
      const code = error instanceof DeviceRefusal ? error.errorCode : 'failed';
      output.say(
        { type: 'refused', serial: device.serial, code, message: (error as Error).message },
        `✗ ${shown}: ${(error as Error).message}`,
      );
    }
  }
  output.say(
    { type: 'done', activated: devices.length - failed, failed },
    failed === 0 ? '\nNext: config-tool add --all' : `\n${failed} of ${devices.length} were not activated.`,
  );
  return failed === 0 ? 0 : 1;
}

interface GatewayStatus {
  gatewayId: string;
  cloudAccess: { bound: boolean };
}

interface SignInAnswer {
  elevation: string;
}

/** A fresh code buys the elevation for one gateway: the code that signs in does it, so that a person types one code. */
async function elevate(cloud: ApiClient, gatewayId: string, flags: AddFlags, output: Output): Promise<string> {
  const ask = createAsk(!flags.json && Boolean(process.stdin.isTTY));
  const password = flags.password ?? process.env[env('PASSWORD')];
  try {
    const signedIn = await signInTpLinkId(
      cloud,
      { account: flags.account, password, code: flags.code, elevateFor: gatewayId },
      ask,
    );
    if (signedIn.elevation) return signedIn.elevation;
    if (signedIn.secondFactor)
      throw new UsageError('this VMS Local is bound to another TP-Link ID: sign in with its owner');
    output.note('This TP-Link ID has no two-factor authentication; asking whether the VMS Local allows that.');
    const answer = await signedIn.cloud.post<SignInAnswer>('/elevations', { gatewayId, password: signedIn.password });
    return answer.elevation;
  } catch (error) {
    throw plainRefusal(error);
  }
}

/** A device asked by address alone does not say its serial before somebody signs in. */
async function candidateFor(device: Device, labels: Labels, cameraPassword: string): Promise<Candidate> {
  const serial = device.serial || (await serialOf(device, cameraPassword));
  const labelSecret = labels.get(serial);
  if (!labelSecret)
    throw new UsageError(`the label of ${serial} is needed: scan its QR and give the text with --label`);
  return { device, serial, labelSecret };
}

async function serialOf(device: Device, cameraPassword: string): Promise<string> {
  try {
    return (await (await signInDevice(device, cameraPassword)).basicInfo()).serial;
  } catch (error) {
    throw new UsageError(`${device.host}:${device.httpsPort}: ${(error as Error).message}`);
  }
}

async function runAdd(flags: AddFlags, output: Output): Promise<number> {
  const whereabouts = readWhereabouts(flags.dataDir);
  const gatewayUrl = flags.gateway ?? process.env[env('GATEWAY')] ?? whereabouts?.gatewayUrl;
  const cloudUrl = flags.cloud ?? process.env[env('CLOUD')] ?? whereabouts?.cloudUrl;
  if (!gatewayUrl) throw new UsageError('which VMS Local? Name its address with --gateway URL');
  if (!cloudUrl) throw new UsageError('which TP-Link ID cloud? Name its address with --cloud URL');

  const labels: Labels = new Map([
    ...(whereabouts?.labels ?? []),
    ...(flags.labels ? readLabelFile(flags.labels) : []),
    ...readLabels(flags.label ?? [], '--label'),
  ]);
  const devices = select(
    await discover(flags),
    flags,
    ({ status }) => status === 'Online',
    'activated camera without a VMS',
  );
  const gateway = apiClient(gatewayUrl, 'the VMS Local');
  const { gatewayId, cloudAccess } = await gateway.get<GatewayStatus>('/status');
  if (!cloudAccess.bound) {
    throw new UsageError(`${gatewayUrl} is not bound to a TP-Link ID yet: bind it there, under Cloud Access`);
  }
  const ask = createAsk(!flags.json && Boolean(process.stdin.isTTY));
  const cameraPassword =
    flags.cameraPassword ??
    process.env[env('CAMERA_PASSWORD')] ??
    (await ask.password('Admin password of the cameras', '--camera-password'));
  const candidates = await Promise.all(devices.map((device) => candidateFor(device, labels, cameraPassword)));
  const elevation = await elevate(apiClient(cloudUrl, 'the TP-Link ID cloud'), gatewayId, flags, output);

  let failed = 0;
  await addCameras(
    gateway,
    { elevation, candidates, cameraPassword: async () => cameraPassword },
    realClock,
    ({ serial, step, outcome, tookMs }) => {
      if (!outcome) {
        if (output.json) output.say({ type: 'progress', serial, step }, '');
        else output.note(step === 'handshake' ? `  ${serial}: pairing …` : `  ${serial}: paired, waiting for Online …`);
      } else if (outcome === 'added') {
        output.say({ type: 'added', serial, tookMs }, `✓ ${serial} is Online (${((tookMs ?? 0) / 1000).toFixed(1)} s)`);
      } else {
        failed += 1;
        output.say(
          { type: 'refused', serial, code: outcome.code, message: outcome.refused },
          `✗ ${serial}: ${outcome.refused}`,
        );
      }
    },
  ).catch((error: unknown) => {
    throw error instanceof ProblemError ? new UsageError(error.message) : error;
  });
  output.say(
    { type: 'done', added: candidates.length - failed, failed },
    failed === 0
      ? `\n${candidates.length} added to ${gatewayUrl}.`
      : `\n${failed} of ${candidates.length} were not added.`,
  );
  return failed === 0 ? 0 : 1;
}

/** Run `vigil config-tool` and return the exit code. */
export async function main(argv: string[]): Promise<number> {
  let code = 0;
  const command = new Command('vigil config-tool')
    .description(
      'Find, activate and add the cameras of a LAN. Every answer can be given as a flag; passwords also by VIGIL_CONFIG_TOOL_PASSWORD and VIGIL_CONFIG_TOOL_CAMERA_PASSWORD.',
    )
    .helpOption('-h, --help', 'show this help');
  const run =
    <F extends { json?: boolean }>(work: (flags: F, output: Output) => Promise<number>) =>
    async (flags: F) => {
      code = await work(flags, outputFor(Boolean(flags.json)));
    };
  choosing(command.command('discover').description('list the devices of the LAN: model, address, MAC, status')).action(
    run(runDiscover),
  );
  selecting(command.command('activate').description('set the admin password of uninitialised cameras'))
    .option('--camera-password <PASSWORD>', 'the admin password to set; asked for otherwise')
    .option('--region <REGION>', 'country or region', 'EU')
    .option('--time-zone <TZ>', 'POSIX time zone', 'UTC0')
    .action(run(runActivate));
  selecting(
    command
      .command('add')
      .description('add activated cameras to a VMS Local: signs in with a TP-Link ID and a fresh 6-digit code'),
  )
    .option('--gateway <URL>', 'the VMS Local; that of a running `up` otherwise')
    .option('--cloud <URL>', 'the TP-Link ID cloud; that of a running `up` otherwise')
    .option('--account <EMAIL>', 'TP-Link ID')
    .option('--password <PASSWORD>', 'its password')
    .option('--code <CODE>', '6-digit code of the authenticator app')
    .option('--camera-password <PASSWORD>', 'admin password of the cameras')
    .addOption(new Option('--label <TEXT>', "what a camera's label says (VIGIL1:…); may be repeated").argParser(list))
    .option('--labels <FILE>', 'labels one a line, or the ready line of `sim --json`')
    .option('--data-dir <DIR>', 'data directory of a running `up`', '.vigil')
    .action(run(runAdd));
  try {
    await parseArguments(command, argv);
    return code;
  } catch (error) {
    return complain('config-tool', error);
  }
}
