import { inspect } from 'node:util';
import type { Log } from '../../core/runtime/log.ts';

/** A log that keeps every word of every level, as deep as objects go: more than a program would ever print. */
export function wholeLog() {
  const lines: string[] = [];
  const logOf = (bound: object): Log => {
    const write = (fields: object, message: string) =>
      void lines.push(`${message} ${inspect({ ...bound, ...fields }, { depth: 12, maxStringLength: null })}`);
    return { debug: write, info: write, warn: write, error: write, child: (more) => logOf({ ...bound, ...more }) };
  };
  return { log: logOf({}), lines };
}
