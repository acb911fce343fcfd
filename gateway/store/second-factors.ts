import type { Queries } from './database.ts';

/** The second factor of local accounts. Each change is one conditional statement; `true` names the winner. */
export const secondFactorStore = (db: Queries) => {
  const won = async (sql: string, params: (string | number | null | Buffer)[]) =>
    (await db.run(sql, params)).changes === 1;
  return {
    /** A secret that waits for its first code; an older one that waited is forgotten. False once the factor is on. */
    setPending: (userId: string, sealed: string, now: number) =>
      won('UPDATE users SET totp_pending = ?, totp_pending_at = ? WHERE id = ? AND totp_sealed IS NULL', [
        sealed,
        now,
        userId,
      ]),
    pending: (userId: string, since: number) =>
      db.get<{ sealed: string }>(
        'SELECT totp_pending AS sealed FROM users WHERE id = ? AND totp_pending IS NOT NULL AND totp_pending_at >= ?',
        [userId, since],
      ),
    /** On, by a code of the secret that waited; the code's step is spent by it. */
    confirm: (userId: string, sealed: string, step: number) =>
      won(
        `UPDATE users SET totp_sealed = totp_pending, totp_pending = NULL, totp_pending_at = NULL, totp_step = ?
         WHERE id = ? AND totp_pending = ? AND totp_sealed IS NULL`,
        [step, userId, sealed],
      ),
    /** The code of this step passes: once, and none of an earlier step after it. */
    spend: (userId: string, sealed: string, step: number) =>
      won(
        'UPDATE users SET totp_step = ?1 WHERE id = ?2 AND totp_sealed = ?3 AND (totp_step IS NULL OR totp_step < ?1)',
        [step, userId, sealed],
      ),
    remove: (userId: string) =>
      won(
        `UPDATE users SET totp_sealed = NULL, totp_step = NULL, totp_pending = NULL, totp_pending_at = NULL
         WHERE id = ? AND totp_sealed IS NOT NULL`,
        [userId],
      ),
    insertElevation: (elevation: { hash: Buffer; id: string; userId: string; expiresAt: number }) =>
      db.run('INSERT INTO local_elevations (hash, id, user_id, expires_at) VALUES (?, ?, ?, ?)', [
        elevation.hash,
        elevation.id,
        elevation.userId,
        elevation.expiresAt,
      ]),
    /** Spent by being taken out; undefined when it was spent, is too old, or its user is gone. */
    spendElevation: (hash: Buffer, now: number) =>
      db.get<{ id: string; userId: string; name: string }>(
        `DELETE FROM local_elevations WHERE hash = ?1 AND expires_at > ?2
           AND EXISTS (SELECT 1 FROM users WHERE users.id = user_id)
         RETURNING id, user_id AS userId, (SELECT name FROM users WHERE users.id = user_id) AS name`,
        [hash, now],
      ),
    dropOldElevations: (now: number) => db.run('DELETE FROM local_elevations WHERE expires_at <= ?', [now]),
    dropElevationsOf: (userId: string) => db.run('DELETE FROM local_elevations WHERE user_id = ?', [userId]),
  };
};
export type SecondFactorStore = ReturnType<typeof secondFactorStore>;
