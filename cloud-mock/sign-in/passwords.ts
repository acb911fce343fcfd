import { hash, hashRaw, verify } from '@node-rs/argon2';
import { CloudError } from '../errors.ts';

/**
 * Argon2id, 12 MiB and three passes: one of the settings that OWASP's password storage cheat sheet lists as equally
 * strong, and the one that costs least time here (10 ms against 16 ms for 19 MiB and two passes).
 */
const cost = { memoryCost: 12_288, timeCost: 3, parallelism: 1 } as const;

/** Of recovery codes. Never to be changed: they are looked up by their hash, which holds no settings of its own. */
const recoveryCost = { memoryCost: 12_288, timeCost: 3, parallelism: 1 } as const;

/**
 * A password nobody has, hashed with `cost`: an unknown address is checked against it, so that it takes as long as a
 * known one.
 */
const nobody = '$argon2id$v=19$m=12288,t=3,p=1$CGkb5qosHEjMtWX0J/J7lg$pjBTFYEG9eyFnvdMIXYEa14tGNSh5HhXkyhH67/QNrs';

/**
 * Slow hashing with a cap: hashes run on Node's few worker threads, which the database needs too. What waits beyond
 * `maxWaiting` is turned away at once instead of being served too late.
 */
export function createPasswords({ parallel = 2, maxWaiting = 256 } = {}) {
  let running = 0;
  const waiting: (() => void)[] = [];
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= parallel) {
      if (waiting.length >= maxWaiting)
        throw new CloudError('busy', 'Too many sign-ins at once. Try again in a moment.');
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
  return {
    hash: (password: string) => inTurn(() => hash(password, cost)),
    /** False for an unknown account too (no hash), after the same work. */
    verify: (passwordHash: string | undefined, password: string) =>
      inTurn(async () => (await verify(passwordHash ?? nobody, password)) && passwordHash !== undefined),
    /** A recovery code, slow-hashed under the salt of its batch, so that it can be looked up by one conditional write. */
    hashRecoveryCode: (code: string, salt: string) =>
      inTurn(async () =>
        (await hashRaw(code, { ...recoveryCost, salt: Buffer.from(salt, 'base64url') })).toString('base64url'),
      ),
  };
}
export type Passwords = ReturnType<typeof createPasswords>;
