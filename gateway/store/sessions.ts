import type { Role } from '../people/roles.ts';
import type { Queries, SqlValue } from './database.ts';

/** A session with what its owner is now: role and name are read anew each time, so a change bites at once. */
export interface SessionRow {
  id: string;
  user_id: string | null;
  sub: string | null;
  cloud_sid: string | null;
  remote: 0 | 1;
  amr: string;
  user_agent: string;
  address: string;
  authenticated_at: number;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  name: string;
  role: Role;
  email: string | null;
}

export interface NewSession {
  id: string;
  tokenHash: Buffer;
  remote: boolean;
  amr: string;
  userAgent: string;
  address: string;
  authenticatedAt: number;
  createdAt: number;
  expiresAt: number;
}

const withOwner = `
  SELECT s.*, COALESCE(u.name, m.name) AS name, COALESCE(u.role, m.role) AS role, m.email AS email
  FROM sessions s LEFT JOIN users u ON u.id = s.user_id LEFT JOIN cloud_members m ON m.sub = s.sub`;
/** Alive: owner still there, not expired (?1), not idle too long (?2). */
const alive = '(u.id IS NOT NULL OR m.sub IS NOT NULL) AND s.expires_at > ?1 AND s.last_seen_at > ?2';

const columns = `id, token_hash, user_id, sub, cloud_sid, remote, amr, user_agent, address,
  authenticated_at, created_at, last_seen_at, expires_at`;

export type SessionStore = ReturnType<typeof sessionStore>;

export const sessionStore = (db: Queries) => {
  const insert = async (session: NewSession, owner: SqlValue[], condition: string, params: SqlValue[]) => {
    const { changes } = await db.run(
      `INSERT INTO sessions (${columns}) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE ${condition}`,
      [
        session.id,
        session.tokenHash,
        ...owner,
        session.remote ? 1 : 0,
        session.amr,
        session.userAgent,
        session.address,
        session.authenticatedAt,
        session.createdAt,
        session.createdAt,
        session.expiresAt,
        ...params,
      ],
    );
    return changes === 1;
  };
  const endWhere = async (condition: string, params: SqlValue[]) => {
    const rows = await db.all<{ id: string }>(`DELETE FROM sessions WHERE ${condition} RETURNING id`, params);
    return rows.map(({ id }) => id);
  };
  return {
    /** False when the user is gone, or its password or second factor is no longer the one that was checked. */
    insertLocal: (session: NewSession, user: { id: string; password_hash: string; totp_sealed: string | null }) =>
      insert(
        session,
        [user.id, null, null],
        'EXISTS (SELECT 1 FROM users WHERE id = ? AND password_hash = ? AND totp_sealed IS ?)',
        [user.id, user.password_hash, user.totp_sealed],
      ),
    /** False when the binding is gone, the person is no member, or all of theirs was revoked after the proof was made. */
    insertTplink: (session: NewSession, sub: string, cloudSid: string | null, provedAt: number) =>
      insert(
        session,
        [null, sub, cloudSid],
        `EXISTS (SELECT 1 FROM cloud_members WHERE sub = ?) AND EXISTS (SELECT 1 FROM cloud_binding WHERE state = 'bound')
         AND NOT EXISTS (SELECT 1 FROM cloud_revocations WHERE sub = ? AND at > ?)`,
        [sub, sub, provedAt],
      ),
    byToken: (tokenHash: Buffer, now: number, idleSince: number) =>
      db.get<SessionRow>(`${withOwner} WHERE ${alive} AND s.token_hash = ?3`, [now, idleSince, tokenHash]),
    list: (now: number, idleSince: number) =>
      db.all<SessionRow>(`${withOwner} WHERE ${alive} ORDER BY s.last_seen_at DESC, s.id`, [now, idleSince]),
    touch: (id: string, now: number) => db.run('UPDATE sessions SET last_seen_at = ? WHERE id = ?', [now, id]),

    end: (id: string) => endWhere('id = ?', [id]),
    endOfUser: (userId: string, exceptId: string | null = null) =>
      endWhere('user_id = ?1 AND (?2 IS NULL OR id <> ?2)', [userId, exceptId]),
    /** Those of a TP-Link ID that were signed in before an instant. */
    endOfSub: (sub: string, before: number) => endWhere('sub = ? AND created_at <= ?', [sub, before]),
    endOfCloudSession: (sid: string, sub: string | null) =>
      endWhere('cloud_sid = ?1 AND (?2 IS NULL OR sub = ?2)', [sid, sub]),
    endOfTplink: () => endWhere('sub IS NOT NULL', []),
    endStale: (now: number, idleSince: number) => endWhere('expires_at <= ? OR last_seen_at <= ?', [now, idleSince]),
  };
};
