import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { startInterval } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Log } from '../../core/runtime/log.ts';
import { clientAddress, isRemote } from '../api/origin.ts';
import type { Bus } from '../bus.ts';
import { GatewayError } from '../errors.ts';
import { spendToken } from '../store/cloud.ts';
import type { Database } from '../store/database.ts';
import { type NewSession, type SessionRow, sessionStore } from '../store/sessions.ts';
import type { UserRow } from '../store/users.ts';
import type { SignedIn } from './roles.ts';

/** A session ends at the latest after `absolute`, and after `idle` without a request. The cloud's own end sooner or at the same time. */
export const sessionLife = { absoluteMs: 24 * 3_600_000, idleMs: 12 * 3_600_000 };
const touchEveryMs = 60_000;
const sweepEveryMs = 30_000;

/** What a TP-Link ID proved, checked. */
export interface TplinkProof {
  sub: string;
  sid: string | null;
  amr: string[];
  authenticatedAt: number;
  /** When the proof was made, by the cloud. */
  provedAt: number;
  /** The role the cloud named; the list of members decides, and is asked for anew where this differs. */
  role?: string;
  /** Present when the proof may be used once: consumed in the transaction that makes the session. */
  once?: { jti: string; expiresAt: number };
}

export interface StartedSession {
  token: string;
  user: SignedIn;
}

export type Sessions = ReturnType<typeof createSessions>;

export function createSessions({
  db,
  bus,
  clock,
  random,
}: { db: Database; bus: Bus } & Pick<RuntimeDeps, 'clock' | 'random'>) {
  const store = sessionStore(db);
  const hashOf = (token: string) => createHash('sha256').update(token).digest();
  const idleSince = () => clock.now() - sessionLife.idleMs;

  const told = async (ending: Promise<string[]>) => {
    const sessionIds = await ending;
    if (sessionIds.length > 0) bus.publish('session-ended', { sessionIds });
    return sessionIds.length;
  };

  function draft(request: Request, amr: string[], authenticatedAt: number): { token: string; session: NewSession } {
    const token = random.bytes(32).toString('base64url');
    const now = clock.now();
    return {
      token,
      session: {
        id: random.uuid(),
        tokenHash: hashOf(token),
        remote: isRemote(request),
        amr: amr.join(' '),
        userAgent: (request.headers['user-agent'] ?? '').slice(0, 200),
        address: clientAddress(request),
        authenticatedAt,
        createdAt: now,
        expiresAt: now + sessionLife.absoluteMs,
      },
    };
  }

  async function started(token: string): Promise<StartedSession> {
    const row = await store.byToken(hashOf(token), clock.now(), idleSince());
    // Between making and reading it a revocation may have ended it: then nobody was signed in.
    if (!row) throw new GatewayError('sign_in_required', 'the session was ended at once; sign in again');
    return { token, user: signedIn(row) };
  }

  return {
    /** A session for a local user whose password, and code where there is a second factor, were just checked. */
    async startLocal(request: Request, user: UserRow): Promise<StartedSession> {
      const { token, session } = draft(request, user.totp_sealed === null ? ['pwd'] : ['pwd', 'otp'], clock.now());
      if (!(await store.insertLocal(session, user)))
        throw new GatewayError('wrong_credentials', 'the user name or the password is wrong');
      return started(token);
    },

    /** A session for a member's TP-Link ID; refuses a proof that was used, or made before a revocation. */
    async startTplink(request: Request, proof: TplinkProof): Promise<StartedSession> {
      const { token, session } = draft(request, proof.amr, proof.authenticatedAt);
      await db.transaction(async (tx) => {
        if (proof.once && !(await spendToken(tx, proof.once.jti, proof.once.expiresAt)))
          throw new GatewayError('assertion_invalid', 'this assertion was used before');
        if (!(await sessionStore(tx).insertTplink(session, proof.sub, proof.sid, proof.provedAt)))
          throw new GatewayError('assertion_invalid', 'this sign-in was ended in the meantime');
      });
      return started(token);
    },

    /** Who holds this token, on this side of the tunnel: a session made on the LAN is worth nothing through it, and the other way round. */
    async identify(token: string, remote: boolean): Promise<SignedIn | undefined> {
      const now = clock.now();
      const row = await store.byToken(hashOf(token), now, idleSince());
      if (!row || (row.remote === 1) !== remote) return undefined;
      if (now - row.last_seen_at >= touchEveryMs) await store.touch(row.id, now);
      return signedIn(row);
    },

    async list() {
      return store.list(clock.now(), idleSince());
    },

    end: (id: string) => told(store.end(id)),
    endOfUser: (userId: string, exceptId?: string) => told(store.endOfUser(userId, exceptId)),
    endOfSub: (sub: string, before: number) => told(store.endOfSub(sub, before)),
    endOfCloudSession: (sid: string, sub: string | null) => told(store.endOfCloudSession(sid, sub)),
    endOfTplink: () => told(store.endOfTplink()),
    /** Tell that these were ended by somebody else's step. */
    tellEnded: (sessionIds: string[]) => told(Promise.resolve(sessionIds)),

    /** End what ran out, so that its live sockets end too. */
    startSweeping: (alsoSweep: () => Promise<void>, log: Log) =>
      startInterval(clock, sweepEveryMs, async () => {
        try {
          await told(store.endStale(clock.now(), idleSince()));
          await alsoSweep();
        } catch (error) {
          log.error({ err: error }, 'sweeping failed; it is tried again');
        }
      }),
  };
}

export const actorOf = (row: Pick<SessionRow, 'user_id' | 'sub'>) =>
  row.user_id === null ? `tplink:${row.sub}` : `user:${row.user_id}`;

function signedIn(row: SessionRow): SignedIn {
  return {
    sessionId: row.id,
    actor: actorOf(row),
    name: row.name,
    role: row.role,
    via: row.sub === null ? 'local' : 'tplink',
    ...(row.email === null ? {} : { email: row.email }),
    remote: row.remote === 1,
    amr: row.amr.split(' ').filter(Boolean),
    authenticatedAt: row.authenticated_at,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
