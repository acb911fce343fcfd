import type { Role } from '../people/roles.ts';
import type { Database, Queries } from './database.ts';

export interface BindingRow {
  state: 'unbound' | 'pending' | 'bound';
  cloud_url: string | null;
  issuer: string | null;
  tunnel_url: string | null;
  owner_sub: string | null;
  owner_email: string | null;
  binding_id: string | null;
  poll_token: string | null;
  user_code: string | null;
  verification_uri: string | null;
  expires_at: number | null;
  interval_ms: number | null;
  bound_at: number | null;
  revocations_after: number;
  password_pairing: 0 | 1;
  last_refusal: string | null;
}

export interface MemberRow {
  sub: string;
  email: string;
  name: string;
  role: Role;
}

export type CloudStore = ReturnType<typeof cloudStore>;

/** The one binding to a cloud, and what the cloud told about its people. */
export const cloudStore = (db: Database) => ({
  binding: async () => (await db.get<BindingRow>('SELECT * FROM cloud_binding WHERE id = 1'))!,

  /** False when another binding is under way or stands. */
  async begin(b: {
    cloudUrl: string;
    bindingId: string;
    pollToken: string;
    userCode: string;
    verificationUri: string;
    expiresAt: number;
    intervalMs: number;
  }): Promise<boolean> {
    const { changes } = await db.run(
      `UPDATE cloud_binding SET state = 'pending', cloud_url = ?, binding_id = ?, poll_token = ?, user_code = ?,
         verification_uri = ?, expires_at = ?, interval_ms = ?, last_refusal = NULL WHERE id = 1 AND state = 'unbound'`,
      [b.cloudUrl, b.bindingId, b.pollToken, b.userCode, b.verificationUri, b.expiresAt, b.intervalMs],
    );
    return changes === 1;
  },
  /** The owner approved: false when this very binding is no longer pending. */
  approve: (
    bindingId: string,
    b: { issuer: string; tunnelUrl: string; owner: Pick<MemberRow, 'sub' | 'email'>; boundAt: number },
  ) =>
    db.transaction(async (tx) => {
      const { changes } = await tx.run(
        `UPDATE cloud_binding SET state = 'bound', issuer = ?, tunnel_url = ?, owner_sub = ?, owner_email = ?,
           bound_at = ?, revocations_after = 0, binding_id = NULL, poll_token = NULL, user_code = NULL,
           verification_uri = NULL, expires_at = NULL, interval_ms = NULL
         WHERE id = 1 AND state = 'pending' AND binding_id = ?`,
        [b.issuer, b.tunnelUrl, b.owner.sub, b.owner.email, b.boundAt, bindingId],
      );
      if (changes !== 1) return false;
      await replaceMembers(tx, [{ ...b.owner, name: b.owner.email, role: 'super_admin' }]);
      return true;
    }),
  /** The owner did not approve, or the code ran out. */
  async refuse(bindingId: string, reason: string): Promise<boolean> {
    const { changes } = await db.run(
      `UPDATE cloud_binding SET ${cleared}, last_refusal = ? WHERE id = 1 AND state = 'pending' AND binding_id = ?`,
      [reason, bindingId],
    );
    return changes === 1;
  },
  /** True for the one caller who ended a binding that stood or was pending. Members and revocations go with it. */
  unbind: () =>
    db.transaction(async (tx) => {
      const { changes } = await tx.run(
        `UPDATE cloud_binding SET ${cleared}, last_refusal = NULL WHERE id = 1 AND state <> 'unbound'`,
      );
      if (changes !== 1) return false;
      await tx.run('DELETE FROM cloud_members');
      await tx.run('DELETE FROM cloud_revocations');
      return true;
    }),

  members: () => db.all<MemberRow>('SELECT * FROM cloud_members ORDER BY email'),
  member: (sub: string) => db.get<MemberRow>('SELECT * FROM cloud_members WHERE sub = ?', [sub]),
  /**
   * Set who is let in, while bound. Sessions of those who are no longer, or as something else, end in the same step: a
   * smaller role must not live on in an open feed, and one who has come back as what they are now is not met. Returns
   * the sessions that ended.
   */
  replaceMembers: (members: MemberRow[]) =>
    db.transaction(async (tx) => {
      if (!(await tx.get(`SELECT 1 FROM cloud_binding WHERE state = 'bound'`))) return [];
      const before = await tx.all<MemberRow>('SELECT * FROM cloud_members');
      await replaceMembers(tx, members);
      const now = new Map(members.map(({ sub, role }) => [sub, role]));
      const changed = before.filter(({ sub, role }) => now.get(sub) !== role).map(({ sub }) => sub);
      const ended = await tx.all<{ id: string }>(
        'DELETE FROM sessions WHERE sub IN (SELECT value FROM json_each(?)) RETURNING id',
        [JSON.stringify(changed)],
      );
      return ended.map(({ id }) => id);
    }),

  setPasswordPairing: (allowed: boolean) =>
    db.run(`UPDATE cloud_binding SET password_pairing = ? WHERE id = 1 AND state = 'bound'`, [allowed ? 1 : 0]),

  /** True for the one caller who presents a token first. */
  async spendToken(jti: string, expiresAt: number): Promise<boolean> {
    return spendToken(db, jti, expiresAt);
  },
  pruneTokens: (now: number) => db.run('DELETE FROM used_tokens WHERE expires_at < ?', [now]),

  /** Everything of a TP-Link ID that was proved before `at` is void. */
  revoke: (sub: string, at: number) =>
    db.run('INSERT INTO cloud_revocations (sub, at) VALUES (?1, ?2) ON CONFLICT (sub) DO UPDATE SET at = MAX(at, ?2)', [
      sub,
      at,
    ]),
  caughtUpTo: (seq: number) =>
    db.run('UPDATE cloud_binding SET revocations_after = MAX(revocations_after, ?) WHERE id = 1', [seq]),
});

const cleared = `state = 'unbound', cloud_url = NULL, issuer = NULL, tunnel_url = NULL, owner_sub = NULL,
  owner_email = NULL, binding_id = NULL, poll_token = NULL, user_code = NULL, verification_uri = NULL,
  expires_at = NULL, interval_ms = NULL, bound_at = NULL, revocations_after = 0, password_pairing = 0`;

async function replaceMembers(tx: Queries, members: MemberRow[]): Promise<void> {
  await tx.run('DELETE FROM cloud_members');
  for (const { sub, email, name, role } of members) {
    await tx.run('INSERT OR REPLACE INTO cloud_members (sub, email, name, role) VALUES (?, ?, ?, ?)', [
      sub,
      email,
      name,
      role,
    ]);
  }
}

/** Also inside a transaction that makes the session the token pays for. */
export async function spendToken(db: Queries, jti: string, expiresAt: number): Promise<boolean> {
  const { changes } = await db.run('INSERT OR IGNORE INTO used_tokens (jti, expires_at) VALUES (?, ?)', [
    jti,
    expiresAt,
  ]);
  return changes === 1;
}
