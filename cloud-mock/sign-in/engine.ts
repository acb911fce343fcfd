import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { lifetimes, triesPerChallenge } from '../config.ts';
import type { DoorId } from '../doors.ts';
import { CloudError, refusals } from '../errors.ts';
import { letters } from '../mail/letters.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { AccountRow } from '../store/accounts.ts';
import { failuresPerLock, hardStopAt, type SecondFactorRow } from '../store/second-factors.ts';
import type { SessionKind } from '../store/sign-ins.ts';
import type { Store, Tx } from '../store/store.ts';
import { audit } from './audit.ts';
import type { Passwords } from './passwords.ts';
import { parseRecoveryCode } from './recovery-codes.ts';
import type { Seal } from './seal.ts';
import { hashSecret, newSecret } from './secret-token.ts';
import type { Amr, LiveSession, MintedSession, Sessions } from './sessions.ts';
import { matchStep } from './totp.ts';
import type { Visit } from './visit.ts';

export type SignIn =
  | ({ status: 'signed_in'; account: AccountRow } & MintedSession)
  | { status: 'code_required'; account: AccountRow; challengeId: string; expiresAt: number; triesLeft: number };

/** What stands in for the second factor at the code prompt. Both come from outside unchecked. */
export interface Answer {
  code?: unknown;
  recoveryCode?: unknown;
}

/** The terminal a sign-in was begun from, as it is remembered: by the hash of what it calls itself. */
export interface TerminalNote {
  hash: string;
  name: string;
  /** Nobody else can know what it calls itself: it may be trusted. */
  secret: boolean;
}

/** How a try ended. Counted either way, and never rolled back. */
type Verdict = 'passed' | 'wrong' | 'locked' | 'stopped' | 'off';

/** A mail tells of a sign-in that took so many wrong codes or more. */
const noteworthyFailures = 3;

export const secretPurpose = (accountId: string) => `second factor ${accountId}`;

/**
 * The sign-in engine: password → challenge → assurance. It alone mints sessions, for every door, and it alone looks at a
 * code: checking and spending are one act, in the transaction that makes what the code was for.
 */
export function createEngine(
  deps: RuntimeDeps & { store: Store; passwords: Passwords; seal: Seal; mailer: Mailer; sessions: Sessions },
) {
  const { store, passwords, seal, mailer, sessions, clock, random } = deps;

  const lockedOut = (factor: SecondFactorRow, more: Record<string, unknown> = {}) =>
    factor.failures >= hardStopAt
      ? new CloudError(
          'locked_out',
          'Too many wrong codes. Use a recovery code, or turn two-factor authentication off by mail.',
          {
            retryAfterSeconds: null,
            ...more,
          },
        )
      : new CloudError('locked_out', 'Too many wrong codes. Wait before you try again.', {
          retryAfterSeconds: Math.max(1, Math.ceil(((factor.lockedUntil ?? 0) - clock.now()) / 1000)),
          ...more,
        });
  const isLocked = (factor: SecondFactorRow) =>
    factor.failures >= hardStopAt || (factor.lockedUntil !== null && factor.lockedUntil > clock.now());

  /** Tell the owner when a wrong code just shut the account. */
  const noteFailure = async (tx: Tx, account: AccountRow, visit: Visit, kind: string) => {
    const at = clock.now();
    const after = (await tx.secondFactors.get(account.id))!;
    await audit(tx, clock, 'second_factor.refused', visit, {
      accountId: account.id,
      detail: { kind, failures: after.failures },
    });
    if (after.failures % failuresPerLock !== 0 && after.failures !== hardStopAt) return;
    await audit(tx, clock, 'second_factor.locked', visit, {
      accountId: account.id,
      detail: { failures: after.failures, until: after.failures >= hardStopAt ? null : after.lockedUntil },
    });
    const until = after.failures >= hardStopAt ? undefined : (after.lockedUntil ?? undefined);
    await mailer.post(tx, account.email, letters.lockedOut(account.name, after.failures, until, { at, ...visit }));
  };

  /** Look at a code and spend it, or count it. */
  const judgeCode = async (tx: Tx, account: AccountRow, code: unknown, visit: Visit): Promise<Verdict> => {
    const at = clock.now();
    const factor = await tx.secondFactors.get(account.id);
    if (!factor) return 'off';
    if (isLocked(factor)) return factor.failures >= hardStopAt ? 'stopped' : 'locked';
    const step = matchStep(seal.open(factor.sealedSecret, secretPurpose(account.id)), code, at);
    if (step !== undefined && (await tx.secondFactors.spendStep(account.id, step, at))) {
      if (factor.failures >= noteworthyFailures) {
        await mailer.post(
          tx,
          account.email,
          letters.signedInAfterFailures(account.name, factor.failures, { at, ...visit }),
        );
      }
      return 'passed';
    }
    await tx.secondFactors.countFailure(account.id, at);
    await noteFailure(tx, account, visit, 'code');
    return 'wrong';
  };

  /**
   * A recovery code has 80 bits: a lock made against guessing six digits does not apply to it, and it lifts one.
   * `hash` is undefined for what cannot be a recovery code.
   */
  const judgeRecoveryCode = async (
    tx: Tx,
    account: AccountRow,
    hash: string | undefined,
    visit: Visit,
  ): Promise<Verdict> => {
    const at = clock.now();
    const factor = await tx.secondFactors.get(account.id);
    if (!factor) return 'off';
    if (hash !== undefined && (await tx.recoveryCodes.spend(account.id, hash, at))) {
      await tx.secondFactors.forgiveFailures(account.id);
      const left = await tx.recoveryCodes.left(account.id);
      await mailer.post(tx, account.email, letters.recoveryCodeUsed(account.name, left, { at, ...visit }));
      return 'passed';
    }
    await audit(tx, clock, 'second_factor.refused', visit, {
      accountId: account.id,
      detail: { kind: 'recovery code' },
    });
    return 'wrong';
  };

  const passwordOf = async (email: string, password: string) => {
    const account = await store.accounts.byEmail(email.toLowerCase());
    return { account, right: await passwords.verify(account?.passwordHash, password) };
  };

  /** `present` is the session that this browser came with: it is renewed, or ended when it was somebody else's. */
  const signedIn = async (
    tx: Tx,
    account: AccountRow,
    amr: Amr[],
    kind: SessionKind,
    visit: Visit,
    present: LiveSession | undefined,
  ) => {
    if (present?.kind === kind) {
      const renewed = await sessions.renew(tx, account, present, amr);
      if (renewed) {
        const { id: sessionId } = renewed.session;
        await audit(tx, clock, 'signed_in_again', visit, { accountId: account.id, sessionId, detail: { amr } });
        return renewed;
      }
      await sessions.endOne(tx, present, 'replaced');
    }
    const minted = await sessions.mint(tx, account, amr, kind, visit);
    if (minted) {
      const { id: sessionId } = minted.session;
      await audit(tx, clock, 'signed_in', visit, { accountId: account.id, sessionId, detail: { amr, kind } });
    }
    return minted;
  };

  return {
    /**
     * First step. Says the same of an unknown address and of a wrong password, in the same time. With a second factor it
     * opens a challenge; while codes are locked it refuses, but names a challenge that a recovery code or the mail link can
     * still use.
     */
    async authenticate(
      visit: Visit,
      given: { email: string; password: string; terminal?: TerminalNote | undefined },
      kind: SessionKind,
      present?: LiveSession,
    ): Promise<SignIn> {
      const { account, right } = await passwordOf(given.email, given.password);
      if (!account || !right) {
        // The same write for both, so that a known address takes no longer than an unknown one.
        await audit(store, clock, 'sign_in.refused', visit, { accountId: account?.id });
        throw refusals.wrongCredentials();
      }
      const at = clock.now();
      const outcome = await store.transaction(async (tx) => {
        const factor = await tx.secondFactors.get(account.id);
        const trusted =
          factor !== undefined &&
          given.terminal?.secret === true &&
          (await tx.terminals.use(account.id, given.terminal.hash, at));
        if (!factor || trusted) {
          return { minted: await signedIn(tx, account, trusted ? ['pwd', 'trusted'] : ['pwd'], kind, visit, present) };
        }
        const challengeId = newSecret(random);
        const expiresAt = at + lifetimes.challenge;
        await tx.challenges.insert({
          idHash: hashSecret(challengeId),
          accountId: account.id,
          generation: account.generation,
          door: visit.door,
          kind,
          triesLeft: triesPerChallenge,
          createdAt: at,
          expiresAt,
          terminal: given.terminal ? JSON.stringify(given.terminal) : null,
        });
        await audit(tx, clock, 'sign_in.code_required', visit, { accountId: account.id });
        return { factor, challengeId, expiresAt };
      });
      if ('minted' in outcome) {
        // Password or factor changed between reading the account and minting: what was typed no longer says enough.
        if (!outcome.minted) throw refusals.wrongCredentials();
        return { status: 'signed_in', account, ...outcome.minted };
      }
      const { factor, challengeId, expiresAt } = outcome;
      if (isLocked(factor)) throw lockedOut(factor, { challengeId, expiresAt });
      return { status: 'code_required', account, challengeId, expiresAt, triesLeft: triesPerChallenge };
    },

    /**
     * Second step. The try is counted and the code spent in the same transaction that makes the session; a wrong try is
     * committed as well.
     */
    async answer(
      visit: Visit,
      challengeId: string,
      answer: Answer,
      {
        present,
        email,
        also,
      }: {
        present?: LiveSession | undefined;
        /** Whose challenge it should be, where the caller says so: that of somebody else is over. */
        email?: string;
        /** Runs in the same transaction once the session stands; `terminal` is the one that the first step named. */
        also?: (
          tx: Tx,
          minted: MintedSession,
          account: AccountRow,
          terminal: TerminalNote | undefined,
        ) => Promise<void>;
      } = {},
    ): Promise<Extract<SignIn, { status: 'signed_in' }>> {
      const idHash = hashSecret(challengeId);
      const recovery = answer.recoveryCode !== undefined && answer.code === undefined;
      const recoveryHash = recovery ? await hashRecovery(idHash, answer.recoveryCode, visit.door) : undefined;
      const outcome = await store.transaction(async (tx) => {
        const challenge = await tx.challenges.open(idHash, clock.now(), visit.door);
        const account = challenge && (await tx.accounts.byId(challenge.accountId));
        if (!challenge || !account) return { verdict: 'ended' as const };
        if (email !== undefined && email.toLowerCase() !== account.email) return { verdict: 'ended' as const };
        const factor = await tx.secondFactors.get(account.id);
        if (!factor) return { verdict: 'ended' as const };
        // A lock does not eat up the challenge: the owner may have a recovery code at hand.
        if (!recovery && isLocked(factor)) return { verdict: 'locked' as const, factor };
        if (!(await tx.challenges.takeTry(idHash))) return { verdict: 'ended' as const };
        const verdict = recovery
          ? await judgeRecoveryCode(tx, account, recoveryHash, visit)
          : await judgeCode(tx, account, answer.code, visit);
        if (verdict !== 'passed') return { verdict: 'wrong' as const, triesLeft: challenge.triesLeft - 1 };
        if (!(await tx.challenges.pass(idHash))) throw refusals.challengeEnded();
        const amr: Amr[] = recovery ? ['pwd', 'otp', 'recovery'] : ['pwd', 'otp'];
        const minted = await signedIn(tx, account, amr, challenge.kind, visit, present);
        if (!minted) throw refusals.challengeEnded();
        const terminal = challenge.terminal === null ? undefined : (JSON.parse(challenge.terminal) as TerminalNote);
        await also?.(tx, minted, account, terminal);
        return { verdict, account, minted };
      });
      switch (outcome.verdict) {
        case 'ended':
          throw refusals.challengeEnded();
        case 'locked':
          throw lockedOut(outcome.factor);
        case 'wrong':
          throw refusals.wrongCode({ triesLeft: outcome.triesLeft });
        default:
          return { status: 'signed_in', account: outcome.account, ...outcome.minted };
      }
    },

    /**
     * A fresh code from somebody who is signed in. `make` runs in the transaction that spends it. Wrong codes count on the
     * account as at sign-in.
     */
    async withFreshCode<T>(
      visit: Visit,
      session: LiveSession,
      code: unknown,
      make: (tx: Tx, account: AccountRow) => Promise<T>,
    ): Promise<T> {
      const outcome = await store.transaction(async (tx) => {
        const alive = await tx.sessions.aliveById(session.id, clock.now());
        const account = alive && (await tx.accounts.byId(alive.accountId));
        if (!account) return { verdict: 'ended' as const };
        const verdict = await judgeCode(tx, account, code, visit);
        if (verdict !== 'passed') return { verdict, factor: await tx.secondFactors.get(account.id) };
        return { verdict, made: await make(tx, account) };
      });
      switch (outcome.verdict) {
        case 'ended':
          throw refusals.sessionRequired();
        case 'off':
          throw new CloudError('second_factor_off', 'Two-factor authentication is off.');
        case 'locked':
        case 'stopped':
          throw lockedOut(outcome.factor!);
        case 'wrong':
          throw refusals.wrongCode();
        default:
          return outcome.made;
      }
    },

    /** The password of somebody who is signed in. */
    async confirmPassword(session: LiveSession, password: string): Promise<AccountRow> {
      const account = await store.accounts.byId(session.accountId);
      if (!(await passwords.verify(account?.passwordHash, password)) || !account) throw refusals.wrongCredentials();
      return account;
    },

    /** A session for a terminal that a live session approved; it inherits what that one proved, and when. */
    derive: (tx: Tx, from: LiveSession, kind: SessionKind, visit: Visit) =>
      sessions.mint(
        tx,
        { id: from.accountId, generation: from.generation },
        from.amr,
        kind,
        visit,
        from.authenticatedAt,
      ),
  };

  /** Slow-hash what was typed as a recovery code, only when there is a challenge for it: work nobody else can ask for. */
  async function hashRecovery(idHash: string, given: unknown, door: DoorId): Promise<string | undefined> {
    const plain = parseRecoveryCode(given);
    const challenge = plain && (await store.challenges.open(idHash, clock.now(), door));
    const factor = challenge && (await store.secondFactors.get(challenge.accountId));
    return plain && factor ? passwords.hashRecoveryCode(plain, factor.recoverySalt) : undefined;
  }
}
export type Engine = ReturnType<typeof createEngine>;
