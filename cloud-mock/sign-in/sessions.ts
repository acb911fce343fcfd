import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { sessionLimits } from '../config.ts';
import type { DoorId } from '../doors.ts';
import type { AccountRow } from '../store/accounts.ts';
import type { SessionKind, SessionRow } from '../store/sign-ins.ts';
import type { Store, Tx } from '../store/store.ts';
import { audit } from './audit.ts';
import type { Endings } from './endings.ts';
import { hashSecret, newId, newSecret } from './secret-token.ts';
import type { Visit } from './visit.ts';

/** Authentication methods that were really used (RFC 8176; `recovery` and `trusted` are ours). */
export type Amr = 'pwd' | 'otp' | 'recovery' | 'trusted';

/** A session that counts at this moment. */
export interface LiveSession {
  id: string;
  accountId: string;
  generation: number;
  kind: SessionKind;
  door: DoorId;
  amr: Amr[];
  /** `aal2` when a second factor was proved, else `aal1`. */
  acr: 'aal1' | 'aal2';
  authenticatedAt: number;
  createdAt: number;
  lastSeenAt: number;
  expiresAt: number;
  address: string;
  userAgent: string;
}

export interface MintedSession {
  session: LiveSession;
  /** Shown to the caller once; we keep its hash. */
  token: string;
}

/** A use is noted at most once a minute: not every request is worth a write. */
const noteUseAfterMs = 60_000;

export const acrOf = (amr: readonly Amr[]) => (amr.includes('otp') ? 'aal2' : 'aal1');

const liveSession = ({ idleMs: _, amr, door, ...row }: SessionRow): LiveSession => {
  const used = JSON.parse(amr) as Amr[];
  return { ...row, door: door as DoorId, amr: used, acr: acrOf(used) };
};

export function createSessions(deps: { store: Store; clock: Clock; random: Random; endings: Endings }) {
  const { store, clock, random, endings } = deps;

  /** What one session's end takes along: tokens, relay sessions, and the gateways learn of it. */
  const endOne = async (tx: Tx, session: Pick<LiveSession, 'id' | 'accountId'>, reason: string): Promise<boolean> => {
    const at = clock.now();
    if (!(await tx.sessions.end(session.id, session.accountId, reason, at))) return false;
    await tx.oidcRecords.destroyBySession(session.id);
    await tx.relay.endBySession(session.id);
    await tx.revocations.append(session.accountId, session.id, at);
    tx.afterCommit(() => endings.announce({ accountId: session.accountId, sessionId: session.id, reason, at }));
    return true;
  };

  const noteUse = async ({ id, lastSeenAt }: { id: string; lastSeenAt: number }) => {
    const at = clock.now();
    if (at - lastSeenAt > noteUseAfterMs) await store.sessions.seen(id, at);
  };

  return {
    /**
     * Make a session; undefined when the account's password or factor changed since `account` was read. Only the sign-in
     * engine calls this.
     */
    async mint(
      tx: Tx,
      account: Pick<AccountRow, 'id' | 'generation'>,
      amr: Amr[],
      kind: SessionKind,
      visit: Visit,
      authenticatedAt = clock.now(),
    ): Promise<MintedSession | undefined> {
      const at = clock.now();
      const token = newSecret(random);
      const { idleMs, absoluteMs } = sessionLimits[kind];
      const row: SessionRow = {
        id: newId('ses', random),
        accountId: account.id,
        generation: account.generation,
        kind,
        door: visit.door,
        amr: JSON.stringify(amr),
        authenticatedAt,
        createdAt: at,
        lastSeenAt: at,
        idleMs,
        expiresAt: at + absoluteMs,
        address: visit.address,
        userAgent: visit.userAgent,
      };
      if (!(await tx.sessions.insert({ ...row, tokenHash: hashSecret(token) }))) return undefined;
      return { session: liveSession(row), token };
    },
    /**
     * Sign in again as the same person in the same browser: the session goes on under a new token, and what hangs on it
     * (an open VMS Local, a sign-in at a gateway) with it. Undefined when it ended meanwhile. Only the engine calls this.
     */
    async renew(
      tx: Tx,
      account: Pick<AccountRow, 'id' | 'generation'>,
      session: LiveSession,
      amr: Amr[],
    ): Promise<MintedSession | undefined> {
      const at = clock.now();
      if (session.accountId !== account.id || !(await tx.sessions.aliveById(session.id, at))) return undefined;
      const token = newSecret(random);
      const renewed = await tx.sessions.renew(
        session.id,
        account.generation,
        hashSecret(token),
        JSON.stringify(amr),
        at,
      );
      if (!renewed) return undefined;
      return { session: { ...session, amr, acr: acrOf(amr), authenticatedAt: at, lastSeenAt: at }, token };
    },
    /** The session behind a token, when it counts. */
    async find(token: string): Promise<LiveSession | undefined> {
      const row = await store.sessions.aliveByToken(hashSecret(token), clock.now());
      if (!row) return undefined;
      await noteUse(row);
      return liveSession(row);
    },
    noteUse,
    /** The session behind a token that was made in it; the token's use is the session's. */
    async use(id: string): Promise<LiveSession | undefined> {
      const row = await store.sessions.aliveById(id, clock.now());
      if (!row) return undefined;
      await noteUse(row);
      return liveSession(row);
    },
    async byId(id: string): Promise<LiveSession | undefined> {
      const row = await store.sessions.aliveById(id, clock.now());
      return row && liveSession(row);
    },
    async of(accountId: string): Promise<LiveSession[]> {
      return (await store.sessions.aliveOf(accountId, clock.now())).map(liveSession);
    },
    endOne,
    /** End one session of an account from outside; false when there is no such open session. */
    end: (visit: Visit, session: Pick<LiveSession, 'id' | 'accountId'>, reason: string) =>
      store.transaction(async (tx) => {
        const ended = await endOne(tx, session, reason);
        if (ended) {
          await audit(tx, clock, 'session.ended', visit, {
            accountId: session.accountId,
            sessionId: session.id,
            detail: { reason },
          });
        }
        return ended;
      }),
    /** End all of an account but one; returns how many. */
    endOthers: (visit: Visit, keep: LiveSession, reason: string) =>
      store.transaction(async (tx) => {
        let ended = 0;
        for (const session of await tx.sessions.aliveOf(keep.accountId, clock.now())) {
          if (session.id !== keep.id && (await endOne(tx, session, reason))) ended++;
        }
        await audit(tx, clock, 'session.others_ended', visit, {
          accountId: keep.accountId,
          sessionId: keep.id,
          detail: { ended },
        });
        return ended;
      }),
    /**
     * A password or factor changed: the account moves on to its next generation, and everything of the one before ends.
     * `keep` is carried over under a new token, which is returned, with what was proved and when. Undefined when somebody else was faster.
     */
    async changeGeneration(
      tx: Tx,
      account: Pick<AccountRow, 'id' | 'generation'>,
      reason: string,
      keep?: { session: LiveSession; amr: Amr[]; authenticatedAt: number },
    ): Promise<{ token?: string } | undefined> {
      const at = clock.now();
      if (!(await tx.accounts.nextGeneration(account.id, account.generation))) return undefined;
      await tx.sessions.endAll(account.id, reason, at, keep?.session.id);
      await tx.oidcRecords.destroyByAccount(account.id);
      await tx.terminals.forget(account.id);
      await tx.relay.endByAccount(account.id);
      await tx.revocations.append(account.id, null, at);
      tx.afterCommit(() => endings.announce({ accountId: account.id, reason, at }));
      if (!keep) return {};
      const token = newSecret(random);
      await tx.sessions.reissue(keep.session.id, hashSecret(token), JSON.stringify(keep.amr), keep.authenticatedAt);
      return { token };
    },
  };
}
export type Sessions = ReturnType<typeof createSessions>;
