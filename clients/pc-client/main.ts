import { homedir, userInfo } from 'node:os';
import { Command, Option } from 'commander';
import { realClock } from '../../core/runtime/clock.ts';
import { complain, endWhenUnread, type Output, outputFor } from '../../core/runtime/program.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { hint, parseArguments, UsageError } from '../../core/runtime/settings.ts';
import { createAsk } from '../terminal/ask.ts';
import { ProblemError } from '../terminal/http.ts';
import { openScreen } from '../terminal/screen.ts';
import { subcommandTerm } from '../terminal/subcommand-term.ts';
import { readWhereabouts } from '../terminal/whereabouts.ts';
import { createCloudSession, signInFirst } from './cloud-session.ts';
import { showDevices } from './devices.ts';
import { showEvents } from './events.ts';
import { findCamera, type House, openOnThisNetwork, openRemotely } from './house.ts';
import { watchHouse } from './interactive.ts';
import { checkPush, ptzWords, turnCamera } from './ptz.ts';
import { checkClip, saveClip, saveSnapshot } from './save.ts';
import { configFolder, openSessionFile } from './session-file.ts';
import { signIn, signOut } from './sign-in.ts';

interface Flags {
  json?: boolean;
  cloud?: string;
  dataDir: string;
  local?: boolean;
  vms?: string[];
  user?: string;
  password?: string;
}
interface SignInFlags extends Flags {
  account?: string;
  code?: string;
  device?: boolean;
}

const env = (name: string) => process.env[`VIGIL_PC_CLIENT_${name}`];
const list = (one: string, before: string[] | undefined) => [...(before ?? []), one];
const clock = realClock;

const sessionFile = () =>
  openSessionFile(env('CONFIG_DIR') ?? configFolder(process.env, process.platform, homedir()), clock);
const interactive = (flags: Flags) => !flags.json && Boolean(process.stdin.isTTY && process.stdout.isTTY);

/** What the flags say a person wants to see: their VMS Locals through the cloud, or those of this network. */
async function openHouse(flags: Flags): Promise<House> {
  if (!flags.local) {
    if ((flags.vms?.length ?? 0) > 1) throw new UsageError('name one --vms, or none for all of them');
    return openRemotely(createCloudSession(sessionFile(), clock), flags.vms?.[0]);
  }
  const known = readWhereabouts(flags.dataDir)?.gatewayUrl;
  const urls = flags.vms ?? (known ? [known] : []);
  if (urls.length === 0) throw new UsageError('which VMS Local? Name its address with --vms http://HOST:PORT');
  const ask = createAsk(interactive(flags));
  const username = flags.user ?? env('USER') ?? (await ask.text('User name at the VMS Local', '--user'));
  const password = flags.password ?? env('PASSWORD') ?? (await ask.password('Password', '--password'));
  return openOnThisNetwork(urls, { username, password });
}

async function within<T>(flags: Flags, work: (house: House) => Promise<T>): Promise<T> {
  await using house = await openHouse(flags);
  return await work(house);
}

/** Fires at Ctrl-C or SIGTERM: an end, not a failure. */
function untilStopped(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

const cloudUrlOf = (flags: Flags) => {
  const url = flags.cloud ?? env('CLOUD') ?? readWhereabouts(flags.dataDir)?.cloudUrl;
  if (!url) throw new UsageError('which TP-Link ID cloud? Name its address with --cloud URL');
  return url;
};

const runSignIn = (flags: SignInFlags, output: Output) =>
  signIn(
    {
      cloudUrl: cloudUrlOf(flags),
      byBrowser: Boolean(flags.device),
      account: flags.account,
      password: flags.password ?? env('PASSWORD'),
      code: flags.code,
    },
    { file: sessionFile(), ask: createAsk(interactive(flags)), clock, output },
  );

/** Without a command: a calm table in the terminal, after whatever sign-in is needed. */
async function runInteractive(flags: Flags, output: Output): Promise<number> {
  if (!interactive(flags)) throw new UsageError('name a command; `pc-client --help` lists them');
  if (!flags.local && !sessionFile().read()) {
    const way = await (await import('@clack/prompts')).select({
      message: 'Nobody is signed in.',
      options: [
        { value: 'password', label: 'Sign in with a TP-Link ID', hint: 'password and 6-digit code here' },
        { value: 'device', label: 'Sign in with a phone or browser', hint: 'scan a QR, type nothing here' },
        { value: 'local', label: 'Use without login', hint: 'devices of this network only' },
      ],
    });
    if (typeof way !== 'string') return 0;
    if (way === 'local') return runInteractive({ ...flags, local: true }, output);
    await runSignIn({ ...flags, device: way === 'device' }, output);
  }
  return within(flags, async (house) => {
    const who = flags.local ? 'without login, this network only' : (sessionFile().read()?.account ?? '');
    using screen = openScreen(process.stdin, process.stdout);
    await watchHouse(
      house,
      { title: `Vigil PC Client · ${who}`, folder: process.cwd(), screen },
      { clock, random: secureRandom },
    );
    return 0;
  });
}

/** Run `vigil pc-client` and return the exit code. */
export async function main(argv: string[]): Promise<number> {
  let code = 0;
  endWhenUnread();
  const common = (command: Command) =>
    command
      .option('--json', 'print one JSON object a line')
      .option('--local', 'use without login: only VMS Locals of this network, with a local account')
      .addOption(
        new Option('--vms <NAME|URL>', 'one VMS Local by name; with --local its address, may be repeated').argParser(
          list,
        ),
      )
      .option('--user <NAME>', 'with --local: user name at the VMS Local')
      .option('--password <PASSWORD>', 'password; asked for otherwise (VIGIL_PC_CLIENT_PASSWORD)')
      .option('--cloud <URL>', 'the TP-Link ID cloud; that of a running `up` otherwise')
      .option('--data-dir <DIR>', 'data directory of a running `up`', '.vigil');
  const run =
    <F extends Flags>(work: (flags: F, output: Output, ...words: string[]) => Promise<number>) =>
    async (...given: unknown[]) => {
      // Flags for all commands may stand before or behind the command's name.
      const flags = (given.at(-1) as Command).optsWithGlobals<F>();
      const words = given.slice(0, -2).filter((word): word is string => typeof word === 'string');
      code = await work(flags, outputFor(Boolean(flags.json)), ...words);
    };
  const command = common(
    new Command('vigil pc-client')
      .description(
        'Watch the cameras of your VMS Locals from a terminal: signed in with a TP-Link ID, or without login on this network. Without a command: a live table.',
      )
      .helpOption('-h, --help', 'show this help')
      .configureHelp({ showGlobalOptions: true, subcommandTerm })
      .usage('[options] [command]')
      .argument('[command]'),
  ).action(
    run((flags, output, word) => {
      const known = command.commands.map((one) => one.name());
      if (word) throw new UsageError(`there is no command "${word}"${hint(word, known)}`);
      return runInteractive(flags, output);
    }),
  );

  command
    .command('sign-in')
    .description('sign in with a TP-Link ID; the session stays until sign-out')
    .option('--account <EMAIL>', 'TP-Link ID')
    .option('--code <CODE>', '6-digit code of the authenticator app')
    .option('--device', 'sign in with a phone or browser: shows a QR and a code (RFC 8628)')
    .action(run<SignInFlags>(runSignIn));
  command
    .command('sign-out')
    .description('end the session here and at the cloud')
    .action(run((_flags, output) => signOut(sessionFile(), output)));
  command
    .command('whoami')
    .description('who is signed in, and where the session is kept')
    .action(
      run(async (_flags, output) => {
        const file = sessionFile();
        const session = file.read();
        if (!session) throw new UsageError(signInFirst);
        output.say(
          { type: 'session', account: session.account, cloud: session.cloudUrl, file: file.path },
          `${session.account} at ${session.cloudUrl}\nThe session is kept in ${file.path} for ${userInfo().username} alone.`,
        );
        return 0;
      }),
    );
  command
    .command('devices')
    .description('the cameras of all VMS Locals, with their state')
    .action(run((flags, output) => within(flags, (house) => showDevices(house, output))));
  command
    .command('events')
    .description('what the cameras saw; with --follow also what they see')
    .option('--follow', 'go on with new events until Ctrl-C')
    .option('--limit <N>', 'how many past ones', '20')
    .option('--camera <CAMERA>', 'only this camera')
    .option('--kind <KIND>', 'only this kind, such as motion')
    .action(
      run((flags: Flags & { follow?: boolean; limit: string; camera?: string; kind?: string }, output) => {
        const limit = Number(flags.limit);
        if (!Number.isInteger(limit) || limit < 0 || limit > 500)
          throw new UsageError(`--limit "${flags.limit}" will not do: a whole number up to 500`);
        const signal = untilStopped();
        return within(flags, (house) =>
          showEvents(house, { ...flags, limit, follow: Boolean(flags.follow) }, output, {
            clock,
            random: secureRandom,
            signal,
          }),
        );
      }),
    );
  command
    .command('snapshot')
    .description('a still picture of a camera into a file')
    .argument('<CAMERA>')
    .requiredOption('--out <FILE>', 'file to write, .jpg')
    .action(
      run((flags: Flags & { out: string }, output, wanted = '') =>
        within(flags, async (house) => saveSnapshot(await findCamera(house, wanted), flags.out, output)),
      ),
    );
  command
    .command('clip')
    .description('live video of a camera into a file')
    .argument('<CAMERA>')
    .requiredOption('--out <FILE>', 'file to write, .mp4 or .h264')
    .option('--for <TIME>', 'how long, such as 10s', '10s')
    .option('--stream <WHICH>', 'main or sub: the larger or the smaller picture', 'main')
    .action(
      run((flags: Flags & { out: string; for: string; stream: string }, output, wanted = '') => {
        checkClip(flags);
        const signal = untilStopped();
        return within(flags, async (house) =>
          saveClip(await findCamera(house, wanted), flags, output, { clock, signal }),
        );
      }),
    );
  command
    .command('ptz')
    .description(`turn a camera: ${ptzWords.join(', ')}`)
    .argument('<CAMERA>')
    .argument('<ACTION>')
    .argument('[PRESET]')
    .option('--for <TIME>', 'how long to move, up to 10s', '500ms')
    .option('--speed <SPEED>', 'above 0, at most 1', '0.5')
    .action(
      run((flags: Flags & { for: string; speed: string }, output, wanted = '', action = '', preset?: string) => {
        if (!['stop', 'preset', 'presets'].includes(action)) checkPush(action, flags.for, flags.speed);
        const order = { action, for: flags.for, speed: flags.speed, ...(preset === undefined ? {} : { preset }) };
        return within(flags, async (house) => turnCamera(await findCamera(house, wanted), order, output, clock));
      }),
    );
  try {
    await parseArguments(command, argv);
    return code;
  } catch (error) {
    return complain('pc-client', error instanceof ProblemError ? new UsageError(error.message) : error);
  }
}
