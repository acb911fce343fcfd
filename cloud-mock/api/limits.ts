import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limits } from '../config.ts';
import { CloudError } from '../errors.ts';
import { sourceOf } from './client-address.ts';

const fiveMinutes = 300;
const tenMinutes = 600;
const mostFamiliar = 50_000;

/**
 * Limits against guessing and flooding, by address and by what is guessed at. They live in memory and on real time: what
 * must survive a restart (codes, mail links) is counted in the database by the engine.
 */
export function createLimits(limits: Limits) {
  const limiter = (points: number, duration: number) => new RateLimiterMemory({ points, duration });
  const passwordsByAddress = limiter(limits.wrongPasswordsPerAddress, fiveMinutes);
  const passwordsByAccount = limiter(limits.wrongPasswordsPerAccount, fiveMinutes);
  const passwordsFromStrangers = limiter(limits.wrongPasswordsFromStrangers, fiveMinutes);
  /** Address and account of right passwords: whoever tries from everywhere shuts no owner out who comes from where they were. */
  const familiar = new Set<string>();
  const signUps = limiter(limits.signUpsPerAddress, tenMinutes);
  const signUpsOfOne = limiter(limits.signUpsPerAccount, tenMinutes);
  const userCodes = limiter(limits.userCodesPerCaller, tenMinutes);
  const tokens = limiter(limits.tokenRequestsPerAddress, 60);
  const bindings = limiter(limits.bindingsPerAddress, tenMinutes);
  const invitations = limiter(limits.invitationsPerAccount, tenMinutes);
  const invitationsOfOne = limiter(limits.invitationsPerAddressee, 3600);
  /** RFC 8628 §3.5: one poll a second for one device code; timers and networks may bring two that much nearer. */
  const polls = limiter(1, 0.6);

  const tooMany = (ms: number) =>
    new CloudError('too_many_requests', 'Too many tries. Wait before you try again.', {
      retryAfterSeconds: Math.max(1, Math.ceil(ms / 1000)),
    });
  const take = async (by: RateLimiterAbstract, key: string) => {
    try {
      await by.consume(key);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) throw tooMany(refused.msBeforeNext);
      throw refused;
    }
  };
  const check = async (by: RateLimiterAbstract, key: string) => {
    const state = await by.get(key);
    if (state && state.consumedPoints >= by.points) throw tooMany(state.msBeforeNext);
  };

  return {
    /**
     * Run a password check; only a wrong password costs, and a right one gives nothing back. The account's share is per
     * address; a larger one counts all addresses from which it was never entered, so that many addresses guess no more
     * than one, and nobody shuts an owner out from elsewhere.
     */
    async aroundPassword<T>(address: string, account: string, work: () => Promise<T>): Promise<T> {
      const source = sourceOf(address);
      const pair = `${source} ${account.toLowerCase()}`;
      await check(passwordsByAddress, source);
      await check(passwordsByAccount, pair);
      const stranger = !familiar.has(pair);
      if (stranger) await check(passwordsFromStrangers, account.toLowerCase());
      try {
        const result = await work();
        if (familiar.size >= mostFamiliar) familiar.clear();
        familiar.add(pair);
        return result;
      } catch (error) {
        if (error instanceof CloudError && error.code === 'wrong_credentials') {
          await passwordsByAddress.penalty(source);
          await passwordsByAccount.penalty(pair);
          if (stranger) await passwordsFromStrangers.penalty(account.toLowerCase());
        }
        throw error;
      }
    },
    async signUp(address: string, email: string): Promise<void> {
      await take(signUps, sourceOf(address));
      await take(signUpsOfOne, email.toLowerCase());
    },
    /** Each sends its addressee a mail. */
    async invitation(accountId: string, email: string): Promise<void> {
      await take(invitations, accountId);
      await take(invitationsOfOne, email.toLowerCase());
    },
    userCode: (caller: string) => take(userCodes, caller),
    tokenRequest: (address: string) => take(tokens, sourceOf(address)),
    binding: (address: string) => take(bindings, sourceOf(address)),
    /** False: this device code is polled too fast. */
    poll: (deviceCodeHash: string) =>
      polls.consume(deviceCodeHash).then(
        () => true,
        () => false,
      ),
  };
}
export type LimitsGuard = ReturnType<typeof createLimits>;
