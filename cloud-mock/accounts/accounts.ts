import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { CloudError, refusals } from '../errors.ts';
import { letters } from '../mail/letters.ts';
import type { Mailer } from '../mail/mailer.ts';
import { found } from '../organisation/organisations.ts';
import { audit } from '../sign-in/audit.ts';
import { whyUnfit } from '../sign-in/password-rules.ts';
import type { Passwords } from '../sign-in/passwords.ts';
import type { LiveSession, Sessions } from '../sign-in/sessions.ts';
import type { Visit } from '../sign-in/visit.ts';
import type { Store } from '../store/store.ts';

/** The region all accounts belong to unless the lab moves one. */
export const homeRegion = 'use1';
export const isRegion = (text: string) => /^[a-z]{2,4}\d$/.test(text);

export function createAccounts(
  deps: RuntimeDeps & { store: Store; passwords: Passwords; mailer: Mailer; sessions: Sessions },
) {
  const { store, passwords, mailer, sessions, clock, random } = deps;
  const checkPassword = (password: string, email: string, field: string) => {
    const reason = whyUnfit(password, email);
    if (reason) throw new CloudError('password_unfit', reason, { field });
  };
  /** Ten digits, as TP-Link's account ids are numbers. */
  const newAccountId = () => String(1_000_000_000 + random.int(9_000_000_000));

  return {
    /**
     * Register. Says and does the same for an address that is taken, in the same time; only the mail to its owner differs.
     */
    async register(visit: Visit, given: { email: string; name: string; password: string }): Promise<void> {
      const email = given.email.toLowerCase();
      checkPassword(given.password, email, 'password');
      const passwordHash = await passwords.hash(given.password);
      await store.transaction(async (tx) => {
        const at = clock.now();
        const id = newAccountId();
        const row = { id, email, name: given.name, passwordHash, region: homeRegion, createdAt: at };
        const made = await tx.accounts.insert(row);
        if (made) await found(tx, row, random);
        const account = made ? undefined : await tx.accounts.byEmail(email);
        // No address and no owner: the id happened to be taken. One in nine thousand million; the caller may try again.
        if (!made && !account) throw new CloudError('busy', 'Try again.');
        await audit(tx, clock, made ? 'account.registered' : 'account.registration_refused', visit, {
          accountId: account?.id ?? id,
        });
        await mailer.post(
          tx,
          email,
          account ? letters.alreadyRegistered(account.name, { at, ...visit }) : letters.welcome(given.name),
        );
      });
    },

    /** Change the password: needs the present one; ends all other sessions and returns this one's new token. */
    async changePassword(
      visit: Visit,
      session: LiveSession,
      given: { currentPassword: string; newPassword: string },
    ): Promise<string> {
      const account = await store.accounts.byId(session.accountId);
      if (!(await passwords.verify(account?.passwordHash, given.currentPassword)) || !account) {
        throw refusals.wrongCredentials();
      }
      checkPassword(given.newPassword, account.email, 'newPassword');
      const passwordHash = await passwords.hash(given.newPassword);
      return store.transaction(async (tx) => {
        await tx.accounts.setPassword(account.id, passwordHash);
        const { amr, authenticatedAt } = session;
        const keep = { session, amr, authenticatedAt };
        const changed = await sessions.changeGeneration(tx, account, 'password_changed', keep);
        if (!changed) throw refusals.sessionRequired();
        await audit(tx, clock, 'account.password_changed', visit, { accountId: account.id, sessionId: session.id });
        await mailer.post(tx, account.email, letters.passwordChanged(account.name, { at: clock.now(), ...visit }));
        return changed.token!;
      });
    },
  };
}
export type Accounts = ReturnType<typeof createAccounts>;
