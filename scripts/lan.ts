import type { Clock } from '../core/runtime/clock.ts';
import { complain, type Program, runProgram } from '../core/runtime/program.ts';
import { type commonFields, hint, type SettingsOf, setting, UsageError } from '../core/runtime/settings.ts';
import { parseAddressPool } from '../device-sim/addresses.ts';
import { readFleetFile } from '../device-sim/fleet-file.ts';
import { openJournal } from './lan/journal.ts';
import { type AddressPlan, change, formatPool, labelOf, planAddresses } from './lan/plan.ts';
import { addressesByInterface, gateways, interfaceAddresses, inUse, ip } from './lan/system.ts';

const fields = {
  interface: setting.optionalText('network interface that gets the addresses', 'NAME'),
  pool: setting.optionalText('addresses to choose from: 192.168.1.50-80, 10.0.5.0/24', 'POOL'),
  cameras: setting.count('how many addresses', 4, { min: 1, max: 5000 }),
  fleet: setting.optionalText('as many as this fleet file has cameras', 'FILE'),
  probe: setting.toggle('ask the LAN by ARP which addresses are in use', true),
};
type Settings = SettingsOf<typeof fields & typeof commonFields>;

/** Addresses for a fleet by the settings; changes nothing. */
async function planFor(settings: Settings, clock: Clock): Promise<AddressPlan> {
  const device = settings.interface;
  if (device === undefined || settings.pool === undefined)
    throw new UsageError('give the interface and the pool: --interface eth0 --pool 192.168.1.50-80');
  const own = await interfaceAddresses(device);
  const others = [...(await addressesByInterface())].filter(([name]) => name !== device);
  const cameras = settings.fleet === undefined ? undefined : readFleetFile(settings.fleet).cameras;
  return planAddresses(
    {
      cameras: cameras?.map(({ address }) => address) ?? Array.from({ length: settings.cameras }, () => undefined),
      pool: parseAddressPool(settings.pool),
    },
    {
      device,
      own,
      taken: new Set([...others.flatMap(([, list]) => list.map(({ address }) => address)), ...(await gateways())]),
      inUse: (addresses) => (settings.probe ? inUse(addresses, device, clock) : Promise.resolve(new Set<string>())),
    },
  );
}

const commandOf = (args: string[]) => `ip ${args.join(' ')}`;
const simCommand = ({ addresses }: AddressPlan, { fleet }: Settings) =>
  `vigil sim ${fleet === undefined ? `--cameras ${addresses.length}` : `--fleet ${fleet}`} --addresses ${formatPool(addresses)}`;

function needRoot(what: string, settings: Settings) {
  if (process.getuid?.() === 0) return;
  const flags = what === 'undo' ? '' : ` --interface ${settings.interface} --pool ${settings.pool}`;
  throw new UsageError(
    `to ${what === 'undo' ? 'take addresses away' : 'add addresses'} needs root: sudo npm run -s vigil -- lan ${what}${flags} --data-dir ${settings.dataDir}`,
  );
}

const plan: Program<typeof fields> = {
  name: 'lan plan',
  summary: 'Choose an address for each camera and print what apply would do; changes nothing',
  fields,
  examples: 'Example:\n  npm run -s vigil -- lan plan --interface eth0 --pool 192.168.1.50-80 --cameras 8',
  async run(settings, { clock }, output) {
    needLinux();
    const made = await planFor(settings, clock);
    const commands = made.add.map((address) => commandOf(change('add', address, made)));
    output.say(
      { type: 'plan', ...made, commands },
      [
        ...made.left.map(({ address, why }) => `# ${address} is left out: ${why}`),
        ...(commands.length > 0 ? commands : ['# all addresses are there already']),
        '',
        `# then: ${simCommand(made, settings)}`,
      ].join('\n'),
    );
    return 0;
  },
};

const apply: Program<typeof fields> = {
  name: 'lan apply',
  summary: 'Add an address for each camera, and write down which, for undo. Needs root',
  fields,
  examples: 'Example:\n  sudo npm run -s vigil -- lan apply --interface eth0 --pool 192.168.1.50-80 --cameras 8',
  async run(settings, { clock }, output) {
    needLinux();
    const made = await planFor(settings, clock);
    needRoot('apply', settings);
    const journal = openJournal(settings.dataDir);
    const { device, prefix } = made;
    for (const address of made.add) {
      // Written down first: an address that is not there is undone without harm, one that nobody knows of is not.
      const known = journal.entries().filter((one) => one.address !== address);
      journal.write([...known, { device, address, prefix }]);
      const args = change('add', address, made);
      output.note(commandOf(args));
      await ip(...args);
    }
    output.say(
      { type: 'applied', device, addresses: made.addresses, added: made.add },
      `${made.add.length} addresses added to ${device}, ${made.addresses.length - made.add.length} were there. Undo: vigil lan undo\n\n${simCommand(made, settings)}`,
    );
    return 0;
  },
};

const undo: Program<Record<string, never>> = {
  name: 'lan undo',
  summary: 'Take away the addresses that apply added, and no others. Needs root',
  fields: {},
  async run(settings, _deps, output) {
    needLinux();
    const journal = openJournal(settings.dataDir);
    const entries = journal.entries();
    if (entries.length > 0) needRoot('undo', settings as unknown as Settings);
    const standing = await addressesByInterface();
    const removed: string[] = [];
    for (const [at, { device, address, prefix }] of entries.entries()) {
      const found = standing
        .get(device)
        ?.some((one) => one.address === address && one.prefix === prefix && one.label === labelOf(device));
      if (found) {
        const args = change('del', address, { device, prefix });
        output.note(commandOf(args));
        await ip(...args);
        removed.push(address);
      }
      journal.write(entries.slice(at + 1));
    }
    const gone = entries.length - removed.length;
    output.say(
      { type: 'undone', removed, gone },
      entries.length === 0
        ? 'Nothing to undo.'
        : `${removed.length} addresses taken away${gone > 0 ? `, ${gone} were gone already` : ''}.`,
    );
    return 0;
  },
};

function needLinux() {
  if (process.platform !== 'linux') throw new UsageError('lan works by the program "ip" of Linux, and only there');
}

// biome-ignore lint/suspicious/noExplicitAny: each has settings of its own
const programs: Record<string, Program<any>> = { plan, apply, undo };

const help = () =>
  [
    'Usage: npm run -s vigil -- lan COMMAND [options]',
    '',
    'An address of its own for each camera of `sim --addresses`, on an interface of this machine (Linux).',
    '',
    ...Object.entries(programs).map(([name, { summary }]) => `  ${name.padEnd(8)}${summary}`),
    '',
    'npm run -s vigil -- lan COMMAND --help tells the options of one.',
  ].join('\n');

/** Run `lan plan`, `apply` or `undo`. */
export async function main([name, ...rest]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') {
    process.stdout.write(`${help()}\n`);
    return name === undefined ? 2 : 0;
  }
  const program = programs[name];
  if (program) return runProgram(program, rest);
  return complain('lan', new UsageError(`there is no command "${name}"${hint(name, Object.keys(programs))}`));
}
