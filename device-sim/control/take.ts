import type { z } from 'zod';
import { SimError } from '../errors.ts';

/** A body by its schema. Throws SimError `body_invalid` that names the place; `details.path` has it for programs. */
export function take<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  throw new SimError('body_invalid', `${path || 'the body'}: ${issue?.message ?? 'not valid'}`, { path });
}
