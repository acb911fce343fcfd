import { Command } from 'commander';
import { realClock } from './clock.ts';
import type { RuntimeDeps } from './deps.ts';
import { ListenError } from './listen.ts';
import { createLog, type LogLevel } from './log.ts';
import { secureRandom } from './random.ts';
import {
  addFlags,
  commonFields,
  type Fields,
  parseArguments,
  resolveSettings,
  type SettingsOf,
  UsageError,
} from './settings.ts';

/** Where a program writes what a person or a script reads. */
export interface Output {
  /** With `--json`: this object as one line. Otherwise `text` as it is. */
  say(object: object, text: string): void;
  /** Progress for a person: stderr, and nothing with `--json`. */
  note(text: string): void;
  readonly json: boolean;
}

export interface Program<F extends Fields> {
  name: string;
  summary: string;
  fields: F;
  /** Text after the options in `--help`: examples. */
  examples?: string;
  /** Start; what is returned runs until a signal comes, when it is disposed. A number is the exit code of a program that is done. */
  run(
    settings: SettingsOf<F & typeof commonFields>,
    deps: RuntimeDeps,
    output: Output,
  ): Promise<AsyncDisposable | number | undefined>;
}

/** How long an end may take before the process leaves anyway (DESIGN: 2 s). */
const endWithinMs = 1800;

export const outputFor = (json: boolean): Output => ({
  json,
  say: (object, text) => process.stdout.write(json ? `${JSON.stringify(object)}\n` : `${text}\n`),
  note: (text) => {
    if (!json) process.stderr.write(`${text}\n`);
  },
});

/** Errors a person can act on: one sentence, exit code 2. Everything else is a bug and keeps its stack. */
const isUsage = (error: unknown): error is Error => error instanceof UsageError || error instanceof ListenError;

/** A program as a commander command with all of its flags. */
export function programCommand<F extends Fields>(
  program: Program<F>,
  onParsed: (flags: Record<string, unknown>) => Promise<void>,
) {
  const command = new Command(`vigil ${program.name}`).description(program.summary);
  addFlags(command, { ...program.fields, ...commonFields });
  command.option('--config <FILE>', 'settings file (YAML or JSON)');
  command.helpOption('-h, --help', 'show this help');
  if (program.examples) command.addHelpText('after', `\n${program.examples}`);
  command.action((flags: Record<string, unknown>) => onParsed(flags));
  return command;
}

/** Run a program to its end and return the exit code. */
export async function runProgram<F extends Fields>(program: Program<F>, argv: string[]): Promise<number> {
  endWhenUnread();
  try {
    let code = 0;
    await parseArguments(
      programCommand(program, async (flags) => {
        const settings = resolveSettings(program.name, { ...program.fields, ...commonFields }, flags, process.env);
        const log = createLog(program.name, settings.logLevel as LogLevel);
        const running = await program.run(
          settings as SettingsOf<F & typeof commonFields>,
          { clock: realClock, random: secureRandom, log },
          outputFor(settings.json as boolean),
        );
        if (typeof running === 'number') code = running;
        else if (running) code = await untilSignal(running);
      }),
      argv,
    );
    return code;
  } catch (error) {
    return complain(program.name, error);
  }
}

/** Whoever read our output has seen enough (`| head`): that is an end, not a failure. */
export const endWhenUnread = () => void process.stdout.once('error', leaveWhenUnread);

function leaveWhenUnread(error: NodeJS.ErrnoException) {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
}

/** Print an error as its kind deserves and return the exit code. */
export function complain(name: string, error: unknown): number {
  if (isUsage(error)) {
    process.stderr.write(`vigil${name && ` ${name}`}: ${error.message}\n`);
    return 2;
  }
  process.stderr.write(
    `vigil${name && ` ${name}`}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 1;
}

const startedByPart = process.connected === true;
const startedByNpm = process.env['npm_lifecycle_event'] !== undefined;
const parentPid = process.ppid;

async function untilSignal(running: AsyncDisposable): Promise<number> {
  let watch: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    if (startedByPart) {
      // `up` was killed without a word: its channel closes, perhaps while we were still starting.
      if (process.connected) process.once('disconnect', () => resolve());
      else resolve();
    }
    if (startedByNpm) {
      // npm hands a signal to the shell between us, which dies of it alone: a changed parent is the sign to end.
      watch = setInterval(() => process.ppid !== parentPid && resolve(), 200);
    }
  });
  clearInterval(watch);
  const late = setTimeout(() => process.exit(0), endWithinMs);
  await running[Symbol.asyncDispose]();
  clearTimeout(late);
  // An open channel would keep the process alive until `up` loses patience.
  if (process.connected) process.disconnect();
  return 0;
}
