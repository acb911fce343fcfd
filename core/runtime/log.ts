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

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
