import { pino } from 'pino';

/** What a part writes its doings to. Secrets never go in: pass ids, not tokens. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Names whose values never reach a log line, at the first and second level. */
const secretNames = [
  'password', 'secret', 'token', 'code', 'ticket', 'elevation', 'assertion', 'authorization', 'cookie', 'labelSecret',
]; // biome-ignore format: a table

/** Structured log on stderr (stdout belongs to `--json`). */
export const createLog = (name: string, level: LogLevel = 'info'): Log =>
  pino(
    {
      name,
      level,
      base: { name },
      redact: { paths: secretNames.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
    },
    pino.destination({ dest: 2, sync: true }),
  );

/** A child made when it has something to say: most of a thousand never have. */
export class LateChild implements Log {
  private made: Log | undefined;
  constructor(
    private readonly parent: Log,
    private readonly fields: object,
  ) {}
  private get log(): Log {
    this.made ??= this.parent.child(this.fields);
    return this.made;
  }
  debug(fields: object, message: string) {
    this.log.debug(fields, message);
  }
  info(fields: object, message: string) {
    this.log.info(fields, message);
  }
  warn(fields: object, message: string) {
    this.log.warn(fields, message);
  }
  error(fields: object, message: string) {
    this.log.error(fields, message);
  }
  child(fields: object) {
    return this.log.child(fields);
  }
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
