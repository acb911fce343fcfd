import { z } from 'zod';
import { parseDuration } from '../core/runtime/clock.ts';

/** A duration in a file: `90s`, `10m`, `24h`, or a plain number of seconds. In milliseconds. */
export const durationText = z.union([z.string(), z.number()]).transform((given, context) => {
  try {
    return typeof given === 'number' ? given * 1000 : parseDuration(given);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});
