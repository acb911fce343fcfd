import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { lifetimes, mailLinksPerDay, mailLinksPerHour, triesPerChallenge, triesPerMailLink } from '../config.ts';
import { CloudError, refusals } from '../errors.ts';
import { letters } from '../mail/letters.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Store } from '../store/store.ts';
import { audit } from './audit.ts';
import { type Engine, secretPurpose } from './engine.ts';
import type { Passwords } from './passwords.ts';
import { newRecoveryCode, recoveryCodeCount } from './recovery-codes.ts';
import type { Seal } from './seal.ts';
import { hashSecret, newSecret } from './secret-token.ts';
import type { Amr, LiveSession, Sessions } from './sessions.ts';
import { keyUri, matchStep, newTotpSecret } from './totp.ts';
import type { Visit } from './visit.ts';

const hourMs = 3_600_000;
const changedMeanwhile = () => new CloudError('session_required', 'The account was changed meanwhile. Sign in again.');

/** Switching the second factor on and off, in every way there is. */
export function createSecondFactor(
  deps: RuntimeDeps & {
    store: Store;
    seal: Seal;
    passwords: Passwords;
    mailer: Mailer;
    sessions: Sessions;
    engine: Engine;
    publicUrl: string;
  },
) {
  const { store, seal, passwords, mailer, sessions, engine, clock, random } = deps;
  const proved = (session: LiveSession) => ({ session, amr: ['pwd', 'otp'] as Amr[], authenticatedAt: clock.now() });
  const enrolmentPurpose = (idHash: string) => `enrolment ${idHash}`;

  return {
    /**
     * Begin: the password again, then a secret that counts for nothing until a code made with it comes back. With a factor
     * already on, a code of that one is asked for too (re-enrolment).
     */
    async enrol(visit: Visit, session: LiveSession, given: { password: string; code?: unknown }) {
      const account = await engine.confirmPassword(session, given.password);
      if (await store.secondFactors.get(account.id)) {
        await engine.withFreshCode(visit, session, given.code, async () => undefined);
      }
      const enrolmentId = newSecret(random);
      const idHash = hashSecret(enrolmentId);
      const secret = newTotpSecret(random);
      const expiresAt = clock.now() + lifetimes.enrolment;
      await store.transaction((tx) =>
        tx.enrolments.open({
          idHash,
          accountId: account.id,
          sessionId: session.id,
          sealedSecret: seal.close(secret, enrolmentPurpose(idHash)),
          tries: triesPerChallenge,
          expiresAt,
        }),
      );
      return { enrolmentId, secret, uri: keyUri(secret, account.email), expiresAt };
    },

    /** Finish: the first code switches it on and is spent. All other sessions end; this one goes on under a new token. */
    async confirm(visit: Visit, session: LiveSession, given: { enrolmentId: string; code: unknown }) {
      const idHash = hashSecret(given.enrolmentId);
      const recoveryCodes = Array.from({ length: recoveryCodeCount }, () => newRecoveryCode(random));
      const recoverySalt = random.bytes(16).toString('base64url');
      // Slow, so done before the transaction that everything else waits for, and only when the code looks right.
      const peeked = await store.enrolments.peek(idHash, session.id, clock.now());
      const plausible =
        peeked !== undefined &&
        matchStep(seal.open(peeked.sealedSecret, enrolmentPurpose(idHash)), given.code, clock.now()) !== undefined;
      const hashes = plausible
        ? await Promise.all(
            recoveryCodes.map((code) => passwords.hashRecoveryCode(code.replaceAll('-', ''), recoverySalt)),
          )
        : [];
      const outcome = await store.transaction(async (tx) => {
        const at = clock.now();
        const enrolment = await tx.enrolments.takeTry(idHash, session.id, at);
        const account = await tx.accounts.byId(session.accountId);
        if (!enrolment || !account) return { verdict: 'ended' as const };
        const secret = seal.open(enrolment.sealedSecret, enrolmentPurpose(idHash));
        const step = matchStep(secret, given.code, at);
        if (step === undefined || !plausible) {
          await audit(tx, clock, 'two_factor.confirm_refused', visit, { accountId: account.id, sessionId: session.id });
          return { verdict: 'wrong' as const, triesLeft: enrolment.triesLeft };
        }
        if (account.generation !== session.generation || !(await tx.enrolments.finish(idHash)))
          throw changedMeanwhile();
        await tx.secondFactors.put({
          accountId: account.id,
          sealedSecret: seal.close(secret, secretPurpose(account.id)),
          enabledAt: at,
          lastStep: step,
          recoverySalt,
        });
        await tx.recoveryCodes.replace(account.id, hashes);
        const changed = await sessions.changeGeneration(tx, account, 'two_factor_on', proved(session));
        if (!changed) throw changedMeanwhile();
        await audit(tx, clock, 'two_factor.turned_on', visit, { accountId: account.id, sessionId: session.id });
        await mailer.post(tx, account.email, letters.turnedOn(account.name, { at, ...visit }));
        return { verdict: 'passed' as const, token: changed.token! };
      });
      if (outcome.verdict === 'ended') {
        throw new CloudError('enrolment_ended', 'This enrolment is over. Start again with your password.');
      }
      if (outcome.verdict === 'wrong') throw refusals.wrongCode({ triesLeft: outcome.triesLeft });
      return { recoveryCodes, token: outcome.token };
    },

    /** Off, by password and a fresh code. Returns the token under which this session goes on. */
    async disable(visit: Visit, session: LiveSession, given: { password: string; code: unknown }): Promise<string> {
      await engine.confirmPassword(session, given.password);
      return engine.withFreshCode(visit, session, given.code, async (tx, account) => {
        await tx.secondFactors.remove(account.id);
        await tx.recoveryCodes.replace(account.id, []);
        const changed = await sessions.changeGeneration(tx, account, 'two_factor_off', proved(session));
        if (!changed) throw changedMeanwhile();
        await audit(tx, clock, 'two_factor.turned_off', visit, { accountId: account.id, sessionId: session.id });
        await mailer.post(
          tx,
          account.email,
          letters.turnedOff(account.name, 'with a code', { at: clock.now(), ...visit }),
        );
        return changed.token!;
      });
    },

    /** New recovery codes in place of the old ones; asks for the password and a fresh code. */
    async renewRecoveryCodes(visit: Visit, session: LiveSession, given: { password: string; code: unknown }) {
      await engine.confirmPassword(session, given.password);
      const recoveryCodes = Array.from({ length: recoveryCodeCount }, () => newRecoveryCode(random));
      const salt = (await store.secondFactors.get(session.accountId))?.recoverySalt ?? '';
      const hashes = salt
        ? await Promise.all(recoveryCodes.map((code) => passwords.hashRecoveryCode(code.replaceAll('-', ''), salt)))
        : [];
      await engine.withFreshCode(visit, session, given.code, async (tx, account) => {
        await tx.recoveryCodes.replace(account.id, hashes);
        await audit(tx, clock, 'recovery_codes.renewed', visit, { accountId: account.id, sessionId: session.id });
      });
      return recoveryCodes;
    },

    /**
     * The link below the code prompt, in the portal and in the App: whoever passed the password may have a mail sent. Nothing changes by asking. A lock on
     * codes does not bar it: it is one of the two ways out of the hard stop.
     */
    async askForLink(visit: Visit, challengeId: string): Promise<void> {
      const at = clock.now();
      const token = newSecret(random);
      const outcome = await store.transaction(async (tx) => {
        const challenge = await tx.challenges.open(hashSecret(challengeId), at);
        const account = challenge && (await tx.accounts.byId(challenge.accountId));
        if (!challenge || !account) return { verdict: 'ended' as const };
        const asked = await tx.mailLinks.askedSince(account.id, at - 24 * hourMs);
        const lastHour = asked.filter((then) => then > at - hourMs);
        const freeAt =
          asked.length >= mailLinksPerDay
            ? asked[asked.length - mailLinksPerDay]! + 24 * hourMs
            : lastHour.length >= mailLinksPerHour
              ? lastHour[lastHour.length - mailLinksPerHour]! + hourMs
              : at;
        if (freeAt > at) return { verdict: 'limited' as const, retryAfterSeconds: Math.ceil((freeAt - at) / 1000) };
        await tx.mailLinks.issue({
          tokenHash: hashSecret(token),
          accountId: account.id,
          challengeHash: hashSecret(challengeId),
          generation: account.generation,
          tries: triesPerMailLink,
          createdAt: at,
          expiresAt: at + lifetimes.mailLink,
        });
        // Behind the #, so that it reaches no server and no log, and a mail scanner that opens the page changes nothing.
        const url = `${deps.publicUrl}/two-factor/off#${token}`;
        await mailer.post(
          tx,
          account.email,
          letters.turnOffLink(account.name, url, lifetimes.mailLink / 60_000, { at, ...visit }),
        );
        await audit(tx, clock, 'two_factor.link_sent', visit, { accountId: account.id });
        return { verdict: 'sent' as const };
      });
      if (outcome.verdict === 'ended') throw refusals.challengeEnded();
      if (outcome.verdict === 'limited') {
        throw new CloudError('too_many_requests', 'Enough mails were sent for now. Use the newest, or wait.', {
          retryAfterSeconds: outcome.retryAfterSeconds,
        });
      }
    },

    /** Off, by the mailed link and the password once more. Signs nobody in; every session ends. */
    async turnOffByLink(visit: Visit, given: { token: string; password: string }): Promise<void> {
      const tokenHash = hashSecret(given.token);
      const linkInvalid = () =>
        new CloudError('link_invalid', 'This link was used, has run out, or a newer one was sent.');
      // The try is taken before the password is looked at, so that many at once are no more than five.
      const link = await store.mailLinks.takeTry(tokenHash, clock.now());
      const account = link && (await store.accounts.byId(link.accountId));
      if (!link || !account) throw linkInvalid();
      if (!(await passwords.verify(account.passwordHash, given.password))) {
        await audit(store, clock, 'two_factor.link_refused', visit, { accountId: account.id });
        throw refusals.wrongCredentials();
      }
      await store.transaction(async (tx) => {
        const at = clock.now();
        if (!(await tx.mailLinks.spend(tokenHash, at))) throw linkInvalid();
        await tx.secondFactors.remove(account.id);
        await tx.recoveryCodes.replace(account.id, []);
        // The account as it was when the password was checked: had it changed since, this throws and the link stays.
        if (!(await sessions.changeGeneration(tx, account, 'two_factor_off'))) throw linkInvalid();
        await audit(tx, clock, 'two_factor.turned_off', visit, {
          accountId: account.id,
          detail: { by: 'mailed link' },
        });
        await mailer.post(tx, account.email, letters.turnedOff(account.name, 'by the mailed link', { at, ...visit }));
      });
    },
  };
}
export type SecondFactor = ReturnType<typeof createSecondFactor>;
