import { Command, Option } from 'commander';
import { complain, endWhenUnread, type Output, outputFor } from '../../core/runtime/program.ts';
import { hint, parseArguments, UsageError } from '../../core/runtime/settings.ts';
import { createAsk } from '../terminal/ask.ts';
import { ProblemError } from '../terminal/http.ts';
import { openScreen } from '../terminal/screen.ts';
import { subcommandTerm } from '../terminal/subcommand-term.ts';
import type { Ask } from '../terminal/tp-link-id.ts';
import type { Choice } from './choose.ts';
import {
  runActivate,
  runDiscover,
  runFactoryReset,
  runNetwork,
  runPassword,
  runReboot,
  runRemove,
} from './commands.ts';
import { runTable } from './interactive.ts';
import { runAdd } from './run-add.ts';

const list = (one: string, before: string[] | undefined) => [...(before ?? []), one];
const env = (name: string) => process.env[`VIGIL_CONFIG_TOOL_${name}`];

const looking = (command: Command) =>
  command
    .option('--interface <NAME>', 'network interface to search on; all of them otherwise')
    .option('--seconds <N>', 'how long to wait for answers', '2')
    .addOption(
      new Option(
        '--address <HOST[:PORT]>',
        'ask this device directly, where multicast does not reach; may be repeated',
      ).argParser(list),
    )
    .addOption(
      new Option(
        '--scan <RANGE>',
        'ask a subnet address by address: 192.168.1.0/24, 10.0.0.5-20:443, or auto; may be repeated',
      ).argParser(list),
    )
    .option('--json', 'print one JSON object a line');

const choosing = (command: Command) =>
  looking(command)
    .addOption(new Option('--serial <SERIAL>', 'only this camera; may be repeated').argParser(list))
    .option('--all', 'every camera found that fits')
    .option('--csv <FILE>', 'the devices of a file, and what each is to get: serial or address, password, label, ip …')
    .option('--report <FILE>', 'write how each device fared, as CSV');

const passwordFlag = (command: Command, when = '') =>
  command.option('--camera-password <PASSWORD>', `${when}admin password of the cameras; asked for otherwise`);

const setUp = (command: Command) =>
  command
    .option('--region <REGION>', 'country or region', 'EU')
    .option('--time-zone <TZ>', 'POSIX time zone, or a name such as Europe/Berlin', 'UTC0');

const vmsFlags = (command: Command) =>
  command
    .option('--gateway <URL>', 'the VMS Local; that of a running `up` otherwise')
    .option('--data-dir <DIR>', 'data directory of a running `up`', '.vigil');

/** Flags that may also come by the environment, so that no password stands in a process list. */
const withEnvironment = <F extends object>(flags: F): F => ({
  ...{
    cameraPassword: env('CAMERA_PASSWORD'),
    password: env('PASSWORD'),
    gateway: env('GATEWAY'),
    cloud: env('CLOUD'),
  },
  ...flags,
});

type Work<F> = (flags: F, output: Output, ask: Ask) => Promise<number>;

/** Run `vigil config-tool` and return the exit code. */
export async function main(argv: string[]): Promise<number> {
  let code = 0;
  endWhenUnread();
  const terminal = Boolean(process.stdin.isTTY && process.stdout.isTTY);
  const run =
    <F extends { json?: boolean }>(work: Work<F>) =>
    async (flags: F) => {
      const ask = createAsk(!flags.json && Boolean(process.stdin.isTTY));
      code = await work(withEnvironment(flags), outputFor(Boolean(flags.json)), ask);
    };
  const command = looking(
    new Command('vigil config-tool')
      .description(
        'Find, set up and add the cameras of a LAN. Without a command: a table that keeps itself fresh. Every answer can be given as a flag; passwords also by VIGIL_CONFIG_TOOL_PASSWORD and VIGIL_CONFIG_TOOL_CAMERA_PASSWORD.',
      )
      .enablePositionalOptions()
      .configureHelp({ subcommandTerm })
      .usage('[options] [command]')
      .argument('[command]')
      .helpOption('-h, --help', 'show this help'),
  ).action(async (word: string | undefined, flags: Choice) => {
    const known = command.commands.map((one) => one.name());
    if (word) throw new UsageError(`there is no command "${word}"${hint(word, known)}`);
    if (!terminal || flags.json) throw new UsageError('name a command; `config-tool --help` lists them');
    code = await table(flags);
  });

  async function table(flags: Choice): Promise<number> {
    const ask = createAsk(true);
    const output = outputFor(false);
    const base = { ...flags, region: 'EU', timeZone: 'UTC0', prefix: '24', dataDir: '.vigil' };
    const action = <F extends Choice>(
      key: string,
      label: string,
      work: Work<F>,
      more: () => Promise<object> = async () => ({}),
    ) => ({
      key,
      label,
      run: async (choice: Pick<Choice, 'serial' | 'address'>) =>
        work(withEnvironment({ ...base, ...choice, ...(await more()) } as unknown as F), output, ask),
    });
    using screen = openScreen(process.stdin, process.stdout);
    return await runTable(flags, {
      screen,
      ask,
      actions: [
        action('a', 'activate', runActivate, async () => ({
          region: await ask.text('Country or region (such as EU)', '--region'),
          timeZone: await ask.text('Time zone (such as Europe/Berlin)', '--time-zone'),
        })),
        action('v', 'add to a VMS', runAdd),
        action('n', 'network', runNetwork, async () => {
          const ip = await ask.text('Static IPv4 address, or dhcp', '--ip');
          if (/^dhcp$/i.test(ip)) return { dhcp: true };
          return { ip, prefix: await ask.text('Prefix length (such as 24)', '--prefix') };
        }),
        action('p', 'password', runPassword),
        action('r', 'reboot', runReboot),
        action('f', 'factory reset', runFactoryReset),
        action('u', 'remove from its VMS', runRemove),
      ],
    });
  }

  const sub = (name: string, description: string) => command.command(name).description(description);
  looking(sub('discover', 'list the devices of the LAN: model, address, MAC, firmware, status'))
    .option('--camera-password <PASSWORD>', 'try it: shows the firmware too, and which cameras refuse it')
    .option('--out <FILE>', 'write the list as CSV')
    .action(run(runDiscover));
  setUp(choosing(sub('activate', 'set the admin password of uninitialised cameras')))
    .option('--camera-password <PASSWORD>', 'the admin password to set; asked for otherwise')
    .action(run(runActivate));
  passwordFlag(
    setUp(
      vmsFlags(
        choosing(
          sub(
            'add',
            'add activated cameras to a VMS Local, by a TP-Link ID and a fresh 6-digit code, or by a local administrator',
          ),
        ),
      ),
    ),
  )
    .option('--activate', 'activate those that wait for it first, with the same admin password')
    .option('--cloud <URL>', 'the TP-Link ID cloud; that of a running `up` otherwise')
    .option('--account <EMAIL>', 'TP-Link ID')
    .option('--local-user <NAME>', 'instead of a TP-Link ID: a local administrator of the VMS Local; no cloud is asked')
    .option('--password <PASSWORD>', 'password of either; asked for otherwise')
    .option('--code <CODE>', '6-digit code of the authenticator app; asked for otherwise')
    .addOption(new Option('--label <TEXT>', "what a camera's label says (VIGIL1:…); may be repeated").argParser(list))
    .option('--labels <FILE>', 'labels one a line, or the ready line of `sim --json`')
    .action(run(runAdd));
  passwordFlag(choosing(sub('network', 'give cameras a static IPv4 address, or let them ask DHCP')))
    .option('--dhcp', 'ask a DHCP server')
    .option('--ip <ADDRESS>', 'static address, for one camera; of many each has its own in --csv')
    .option('--prefix <N>', 'length of the subnet prefix', '24')
    .option('--router <ADDRESS>', 'default gateway')
    .action(run(runNetwork));
  passwordFlag(choosing(sub('password', 'change the admin password of cameras')))
    .option('--new-password <PASSWORD>', 'the password to set; asked for otherwise')
    .action(run(runPassword));
  passwordFlag(choosing(sub('reboot', 'restart cameras'))).action(run(runReboot));
  passwordFlag(choosing(sub('factory-reset', 'put cameras back to their factory settings; pairing and users go')))
    .option('--yes', 'do not ask whether it is meant')
    .option('--keep-address', 'keep the network settings')
    .action(run(runFactoryReset));
  passwordFlag(vmsFlags(choosing(sub('remove', 'take cameras out of their VMS Local'))), 'with --at-camera: ')
    .option('--user <NAME>', 'administrator at the VMS Local')
    .option('--password <PASSWORD>', 'its password')
    .option('--at-camera', 'at the camera itself, by its admin password: where its VMS is gone')
    .action(run(runRemove));
  try {
    await parseArguments(command, argv);
    return code;
  } catch (error) {
    return complain('config-tool', error instanceof ProblemError ? new UsageError(error.message) : error);
  }
}
