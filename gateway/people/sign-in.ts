import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { GatewayError } from '../errors.ts';
import type { Budget, BudgetStore } from '../store/sign-in-budgets.ts';
import type { UserRow, UserStore } from '../store/users.ts';
import type { Passwords } from './passwords.ts';
import type { SecondFactors } from './second-factor.ts';

/** From one address: what a person who mistypes needs. */
const bySource: Budget = { failures: 10, firstLockMs: 15 * 60_000, longestLockMs: 3_600_000 };
/** From everywhere: so wide that one stranger does not lock the owner out by it. */
const byName: Budget = { failures: 100, firstLockMs: 3_600_000, longestLockMs: 3_600_000 };
const longestLine = 32;

export interface LocalSignIn {
  /**
   * The user whose name, password and code these are. Throws wrong_credentials or locked_out, alike for names that exist and
   * not; and, only after a right password, second_factor_required or code_wrong. A wrong code counts as a wrong password does.
   */
  check(given: { username: string; password: string; code?: string | undefined; address: string }): Promise<UserRow>;
}

export function createLocalSignIn({
  users,
  budgets,
  passwords,
  secondFactors,
  clock,
}: {
  users: UserStore;
  budgets: BudgetStore;
  passwords: Passwords;
  secondFactors: Pick<SecondFactors, 'isOn' | 'spend'>;
} & Pick<RuntimeDeps, 'clock'>): LocalSignIn {
  const lines = new Map<string, { last: Promise<unknown>; length: number }>();

  /** Tries for one name follow each other: no burst gets more tries than the budget, no burst of right ones locks. */
  function inLine<T>(name: string, work: () => Promise<T>): Promise<T> {
    const line = lines.get(name) ?? { last: Promise.resolve(), length: 0 };
    if (line.length >= longestLine)
      throw new GatewayError('too_many_requests', 'too many sign-ins at once', { retryAfterSeconds: 1 });
    line.length++;
    lines.set(name, line);
    const done = line.last.then(work, work).finally(() => {
      if (--line.length === 0) lines.delete(name);
    });
    line.last = done.catch(() => undefined);
    return done;
  }

  return {
    async check({ username, password, code, address }) {
      const name = username.toLowerCase();
      const keys = [`name ${name}`, `source ${name} ${address}`] as const;
      return inLine(name, async () => {
        const now = clock.now();
        const until = await budgets.lockedUntil([...keys]);
        if (until > now) {
          throw new GatewayError('locked_out', 'too many wrong passwords; try again later', {
            retryAfterSeconds: Math.ceil((until - now) / 1000),
          });
        }
        const refuse = async (error: GatewayError) => {
          await budgets.countFailure(keys[0], byName, now);
          await budgets.countFailure(keys[1], bySource, now);
          return error;
        };
        const user = await users.byName(username);
        if (!(await passwords.verify(user?.password_hash, password)) || !user)
          throw await refuse(new GatewayError('wrong_credentials', 'the user name or the password is wrong'));
        if (secondFactors.isOn(user)) {
          // Nothing is counted and nothing forgiven until the code is there.
          if (code === undefined)
            throw new GatewayError('second_factor_required', 'the 6-digit code of your authenticator app is needed');
          if (!(await secondFactors.spend(user, code)))
            throw await refuse(new GatewayError('code_wrong', 'the code is wrong or was used already'));
        }
        await budgets.clear([...keys]);
        return user;
      });
    },
  };
}
