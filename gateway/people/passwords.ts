import { hash, verify } from '@node-rs/argon2';
import { GatewayError } from '../errors.ts';
import { commonPasswords } from './common-passwords.ts';

/** OWASP's second choice for Argon2id: 19 MiB, two passes (about 15 ms here). 2 is Argon2id. */
const argon2id = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long when there is nothing to compare with. */
  verify(hash: string | undefined, password: string): Promise<boolean>;
}

/** Hashing with at most `parallel` at work and `waiting` in line: a burst of sign-ins must not stop everything else. */
export function createPasswords({ parallel = 2, waiting = 128 } = {}): Passwords {
  let running = 0;
  const line: (() => void)[] = [];
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= parallel) {
      if (line.length >= waiting)
        throw new GatewayError('too_many_requests', 'too many sign-ins at once', { retryAfterSeconds: 1 });
      await new Promise<void>((resolve) => line.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next) next();
      else running--;
    }
  };
  let nobody: Promise<string> | undefined;
  return {
    hash: (password) => inTurn(() => hash(password, argon2id)),
    async verify(known, password) {
      nobody ??= hash('nobody has this password', argon2id);
      const against = known ?? (await nobody);
      const right = await inTurn(() => verify(against, password));
      return right && known !== undefined;
    },
  };
}

/** Length and a list of the commonest; no rules on kinds of characters (NIST SP 800-63B §3.1.1.2). */
export function requireFitPassword(password: string, username: string): void {
  const plain = password.toLowerCase();
  if ([...password].length < 8) throw new GatewayError('password_unfit', 'the password needs at least 8 characters');
  if (commonPasswords.has(plain)) throw new GatewayError('password_unfit', 'this password is among the most used ones');
  if (plain === username.toLowerCase() || /^(.)\1+$/u.test(plain))
    throw new GatewayError('password_unfit', 'this password is too easy to guess');
}
