import { z } from 'zod';
import { roles, type SignedIn } from '../people/roles.ts';

export const roleSchema = z.enum(roles);
export const usernameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, dot, dash and underscore, at most 64');
export const passwordSchema = z.string().min(1).max(128);
/** Six digits are checked where the tries are counted: whatever comes here is a wrong code, never a bad request. */
export const codeSchema = z.string().max(64);
export const idParams = z.object({ id: z.string().min(1).max(64) });

export const userSchema = z.object({
  name: z.string(),
  role: roleSchema,
  via: z.enum(['local', 'tplink']),
  email: z.string().optional(),
  remote: z.boolean().describe('came through the tunnel'),
});
export const userAnswer = z.object({ user: userSchema });

export const formatUser = ({ name, role, via, email, remote }: SignedIn): z.infer<typeof userSchema> => ({
  name,
  role,
  via,
  ...(email === undefined ? {} : { email }),
  remote,
});

export const instant = (at: number) => new Date(at).toISOString();
