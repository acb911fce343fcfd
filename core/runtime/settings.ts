import { readFileSync } from 'node:fs';
import { type Command, CommanderError, Option } from 'commander';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

/** A mistake of the person at the keyboard: one sentence, exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** One setting: its type and default, and the words that explain it. Flag, env and file names follow from its key. */
export interface Field<T = unknown> {
  schema: z.ZodType<T>;
  help: string;
  /** The value's name in `--help`; without it the setting is a switch. */
  value?: string;
  /** The flag may stand several times; the value is a list. */
  repeat?: boolean;
  /** Printed as `[set]` wherever settings are shown. */
  secret?: boolean;
}

export type Fields = Record<string, Field>;
export type SettingsOf<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

const field = <T>(schema: z.ZodType<T>, help: string, value: string, more: Partial<Field<T>> = {}): Field<T> => ({
  schema,
  help,
  value,
  ...more,
});

const numberFrom = (schema: z.ZodNumber) =>
  z.preprocess((given) => (typeof given === 'string' && given.trim() !== '' ? Number(given) : given), schema);

const wholeNumber = (error: string, least: number, most: number) =>
  z.number({ error }).int({ error }).min(least, { error }).max(most, { error });

/** The usual kinds of setting. */
export const setting = {
  text: (help: string, value: string, fallback: string) => field(z.string().min(1).default(fallback), help, value),
  optionalText: (help: string, value: string, more: Partial<Field<string | undefined>> = {}) =>
    field(z.string().min(1).optional(), help, value, more),
  list: (help: string, value: string) =>
    field(
      z.preprocess((given) => (typeof given === 'string' ? given.split(',') : given), z.array(z.string()).default([])),
      help,
      value,
      { repeat: true },
    ) as Field<string[]>,
  port: (help: string, fallback: number) =>
    field(
      numberFrom(wholeNumber('write a port from 0 to 65535', 0, 65535)).default(fallback),
      `${help}; 0 means any free port`,
      'PORT',
    ) as Field<number>,
  count: (help: string, fallback: number, range: { min?: number; max?: number } = {}) =>
    field(
      numberFrom(
        wholeNumber(
          `write a whole number from ${range.min ?? 0}${range.max === undefined ? '' : ` to ${range.max}`}`,
          range.min ?? 0,
          range.max ?? Number.MAX_SAFE_INTEGER,
        ),
      ).default(fallback),
      help,
      'N',
    ) as Field<number>,
  choice: <const V extends readonly [string, ...string[]]>(help: string, values: V, fallback: V[number]) =>
    field(z.enum(values).default(fallback as never), `${help} (${values.join(', ')})`, 'WORD') as Field<V[number]>,
  toggle: (help: string, fallback = false): Field<boolean> => ({
    schema: z
      .preprocess(
        (given) => (given === 'true' || given === '1' ? true : given === 'false' || given === '0' ? false : given),
        z.boolean(),
      )
      .default(fallback),
    help,
  }),
};

/** Settings that every program has. */
export const commonFields = {
  host: setting.text('address to listen on', 'ADDRESS', '127.0.0.1'),
  dataDir: setting.text('folder that holds what must survive a restart', 'DIR', '.vigil'),
  logLevel: setting.choice('how much to log on stderr', ['debug', 'info', 'warn', 'error', 'silent'] as const, 'warn'),
  json: setting.toggle('print one JSON object a line on stdout'),
};

const kebab = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const envKey = (key: string) => kebab(key).replaceAll(/[- ]/g, '_').toUpperCase();

/** The known word nearest to a mistyped one, when it is near enough to be meant. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** `did you mean X?`, or nothing. */
export const hint = (word: string, known: Iterable<string>) => {
  const near = nearest(word, known);
  return near ? `; did you mean ${near}?` : '';
};

/** Add the flags of some fields to a command. */
export function addFlags(command: Command, fields: Fields): Command {
  for (const [key, { help, value, repeat, schema }] of Object.entries(fields)) {
    const fallback = schema.safeParse(undefined);
    const shown =
      fallback.success && fallback.data !== undefined && value && !(repeat && (fallback.data as []).length === 0);
    const text = shown ? `${help} (default ${String(fallback.data)})` : help;
    const option = new Option(value ? `--${kebab(key)} <${value}>` : `--${kebab(key)}`, text);
    if (repeat) option.argParser((one: string, before: string[] | undefined) => [...(before ?? []), one]);
    const isOn = !value && fallback.success && fallback.data === true;
    // Of a switch that is on by default, help shows the way to turn it off; both spellings are taken.
    command.addOption(option.hideHelp(isOn));
    if (isOn) command.addOption(new Option(`--no-${kebab(key)}`, `do not ${help}`));
  }
  return command;
}

function readFile(path: string, fields: Fields): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = parseYaml(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    throw new UsageError(`settings file ${path} cannot be read: ${(error as Error).message.split('\n')[0]}`);
  }
  if (typeof parsed !== 'object' || Array.isArray(parsed)) throw new UsageError(`settings file ${path} must be a map`);
  const byName = new Map(Object.keys(fields).flatMap((key) => [[key, key] as const, [kebab(key), key] as const]));
  return Object.fromEntries(
    Object.entries(parsed as object).map(([name, value]) => {
      const key = byName.get(name);
      if (!key) throw new UsageError(`unknown setting "${name}" in ${path}${hint(name, byName.keys())}`);
      return [key, value];
    }),
  );
}

/**
 * Settings by precedence: flag, env (`VIGIL_<PROGRAM>_<KEY>`, then `VIGIL_<KEY>`), file (`--config FILE`), default.
 * Throws UsageError naming the setting and where the wrong value came from.
 */
export function resolveSettings<F extends Fields>(
  program: string,
  fields: F,
  flags: Record<string, unknown>,
  env: NodeJS.ProcessEnv,
): SettingsOf<F> {
  const file = typeof flags['config'] === 'string' ? readFile(flags['config'], fields) : {};
  const values: Record<string, unknown> = {};
  for (const [key, { schema }] of Object.entries(fields)) {
    const own = `VIGIL_${envKey(program)}_${envKey(key)}`;
    const shared = `VIGIL_${envKey(key)}`;
    const [given, from] =
      flags[key] !== undefined
        ? [flags[key], `--${kebab(key)}`]
        : env[own]
          ? [env[own], own]
          : env[shared]
            ? [env[shared], shared]
            : [file[key], `"${key}" in ${String(flags['config'])}`];
    const parsed = schema.safeParse(given);
    if (!parsed.success) {
      throw new UsageError(
        `${from}: "${String(given)}" will not do: ${parsed.error.issues[0]?.message ?? 'not valid'}`,
      );
    }
    values[key] = parsed.data;
  }
  return values as SettingsOf<F>;
}

/** Run commander on `argv`, with its own mistakes turned into one sentence. Returns false when help was printed. */
export async function parseArguments(command: Command, argv: string[]): Promise<boolean> {
  const quiet = (one: Command): void => {
    one.exitOverride().configureOutput({ writeErr: () => undefined });
    one.commands.forEach(quiet);
  };
  quiet(command);
  try {
    await command.parseAsync(argv, { from: 'user' });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return false;
    if (error.code === 'commander.help') {
      process.stdout.write(command.helpInformation());
      return false;
    }
    const sentence = error.message
      .replace(/^error: /, '')
      .replace(/\s*\n\s*\((?:did you mean|Did you mean) (.*)\?\)/i, '; did you mean $1?');
    throw new UsageError(sentence.replace(/\s*\n\s*/g, ' '));
  }
}
