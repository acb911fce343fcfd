import { z } from 'zod';
import { roles } from '../organisation/rights.ts';

/** Shapes that several resources of the API share; they validate, type and document at once. */
export const email = z
  .email('not an e-mail address')
  .max(254)
  .meta({ description: 'E-mail address of a TP-Link ID; case does not matter.' });
/** Bounded so that hashing cannot be made expensive; what a good password is, is judged where one is chosen. */
export const password = z.string().min(1).max(1024);
/**
 * What people call something: on one line, and reading in the order it is written (no control characters, no marks that
 * turn the direction around), since it stands in mails and before other people.
 */
export const nameOf = (longest: number, empty = 'enter a name') =>
  z
    .string()
    .trim()
    .min(1, empty)
    .max(longest, `a name has at most ${longest} characters`)
    .refine(
      (name) => !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(name),
      'a name has no control characters',
    );
export const secretText = z.string().min(1).max(256);
/**
 * A code is taken as it comes: whatever is not six ASCII digits is a wrong code, refused and counted like any other, so no
 * shape of it may be told apart by an earlier refusal.
 */
export const code = z
  .unknown()
  .meta({ description: 'Six digits from the authenticator app. Anything else is a wrong code.', examples: ['123456'] });
export const instant = z.iso.datetime().meta({ description: 'UTC' });

export const role = z.enum(roles).meta({ description: 'From all rights to least.' });
export const rights = z
  .array(z.string())
  .meta({ description: 'What may be done here, by name, such as `gateway.open` or `user.manage`.' });
export const siteId = z.string().min(1).max(32);
export const access = z
  .array(
    z.object({ site: siteId.meta({ description: 'A site, or `*`: every one that has no role of its own.' }), role }),
  )
  .max(1000)
  .meta({ description: 'Which role where. A Super Admin is one at every site.' });

export const account = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  twoFactor: z.object({
    enabled: z.boolean(),
    enabledAt: instant.optional(),
    recoveryCodesLeft: z.number().int().optional(),
  }),
});
export type AccountJson = z.infer<typeof account>;

export const session = z.object({
  id: z.string(),
  amr: z.array(z.string()).meta({ description: 'What was really used: pwd, otp, recovery, trusted.' }),
  acr: z.string(),
  authenticatedAt: instant,
});

export const signedIn = z.object({
  status: z.literal('signed_in'),
  account,
  token: z.string().optional().meta({ description: 'Only with delivery "bearer"; shown once.' }),
});
export const codeRequired = z.object({
  status: z.literal('code_required'),
  challengeId: z.string(),
  expiresAt: instant,
  triesLeft: z.number().int(),
});

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
  })
  .loose()
  .meta({ id: 'Problem', description: 'RFC 9457; `code` is what a program acts on.' });

export const iso = (at: number) => new Date(at).toISOString();
