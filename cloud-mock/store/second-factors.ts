import type { Db } from './database.ts';

export interface SecondFactorRow {
  accountId: string;
  sealedSecret: string;
  enabledAt: number;
  lastStep: number;
  failures: number;
  lockedUntil: number | null;
  recoverySalt: string;
}

/** The account's budget of wrong codes in a row: each tenth locks for 15, 30, then 60 minutes; at a hundred it stays shut. */
export const failuresPerLock = 10;
export const hardStopAt = 100;
const minuteMs = 60_000;

export const secondFactorsTable = (db: Db) => ({
  get: (accountId: string) =>
    db.get<SecondFactorRow>(
      `SELECT account_id AS accountId, sealed_secret AS sealedSecret, enabled_at AS enabledAt, last_step AS lastStep,
        failures, locked_until AS lockedUntil, recovery_salt AS recoverySalt FROM second_factors WHERE account_id = ?`,
      accountId,
    ),
  async put(row: Omit<SecondFactorRow, 'failures' | 'lockedUntil'>): Promise<void> {
    await db.run(
      `INSERT INTO second_factors (account_id, sealed_secret, enabled_at, last_step, recovery_salt) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (account_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, enabled_at = excluded.enabled_at,
         last_step = excluded.last_step, recovery_salt = excluded.recovery_salt, failures = 0, locked_until = NULL`,
      row.accountId,
      row.sealedSecret,
      row.enabledAt,
      row.lastStep,
      row.recoverySalt,
    );
  },
  async remove(accountId: string): Promise<boolean> {
    const { changes } = await db.run('DELETE FROM second_factors WHERE account_id = ?', accountId);
    return changes === 1;
  },
  /**
   * Spend a time step: true for one caller only, whoever asks and however many at once. Steps move forward only, so an
   * older code is as dead as a used one.
   */
  async spendStep(accountId: string, step: number, at: number): Promise<boolean> {
    const { changes } = await db.run(
      `UPDATE second_factors SET last_step = ?1, failures = 0, locked_until = NULL
       WHERE account_id = ?2 AND last_step < ?1 AND failures < ?3 AND (locked_until IS NULL OR locked_until <= ?4)`,
      step,
      accountId,
      hardStopAt,
      at,
    );
    return changes === 1;
  },
  /** Count one wrong code. */
  async countFailure(accountId: string, at: number): Promise<void> {
    await db.run(
      `UPDATE second_factors SET failures = failures + 1,
         locked_until = CASE
           WHEN (failures + 1) % ?1 <> 0 THEN locked_until
           WHEN failures + 1 = ?1 THEN ?2 + 15 * ?3
           WHEN failures + 1 = 2 * ?1 THEN ?2 + 30 * ?3
           ELSE ?2 + 60 * ?3 END
       WHERE account_id = ?4`,
      failuresPerLock,
      at,
      minuteMs,
      accountId,
    );
  },
  forgiveFailures: (accountId: string) =>
    db.run('UPDATE second_factors SET failures = 0, locked_until = NULL WHERE account_id = ?', accountId),
});

export const recoveryCodesTable = (db: Db) => ({
  async replace(accountId: string, hashes: readonly string[]): Promise<void> {
    await db.run('DELETE FROM recovery_codes WHERE account_id = ?', accountId);
    for (const hash of hashes) {
      await db.run('INSERT INTO recovery_codes (account_id, code_hash) VALUES (?, ?)', accountId, hash);
    }
  },
  /** Spend one: true for one caller only. */
  async spend(accountId: string, hash: string, at: number): Promise<boolean> {
    const { changes } = await db.run(
      'UPDATE recovery_codes SET used_at = ? WHERE account_id = ? AND code_hash = ? AND used_at IS NULL',
      at,
      accountId,
      hash,
    );
    return changes === 1;
  },
  async left(accountId: string): Promise<number> {
    const row = await db.get<{ n: number }>(
      'SELECT count(*) AS n FROM recovery_codes WHERE account_id = ? AND used_at IS NULL',
      accountId,
    );
    return row!.n;
  },
});

export interface EnrolmentRow {
  accountId: string;
  sealedSecret: string;
  triesLeft: number;
}

export const enrolmentsTable = (db: Db) => ({
  /** A new enrolment takes the place of an older one that was not finished. */
  async open(row: {
    idHash: string;
    accountId: string;
    sessionId: string;
    sealedSecret: string;
    tries: number;
    expiresAt: number;
  }): Promise<void> {
    await db.run('DELETE FROM enrolments WHERE account_id = ?', row.accountId);
    await db.run(
      `INSERT INTO enrolments (id_hash, account_id, session_id, sealed_secret, tries_left, expires_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
      row.idHash,
      row.accountId,
      row.sessionId,
      row.sealedSecret,
      row.tries,
      row.expiresAt,
    );
  },
  peek: (idHash: string, sessionId: string, at: number) =>
    db.get<EnrolmentRow>(
      `SELECT account_id AS accountId, sealed_secret AS sealedSecret, tries_left AS triesLeft FROM enrolments
       WHERE id_hash = ? AND session_id = ? AND state = 'open' AND tries_left > 0 AND expires_at > ?`,
      idHash,
      sessionId,
      at,
    ),
  /** Take one try of an open enrolment of this session; undefined when there is none to take. */
  async takeTry(idHash: string, sessionId: string, at: number): Promise<EnrolmentRow | undefined> {
    const { changes } = await db.run(
      `UPDATE enrolments SET tries_left = tries_left - 1
       WHERE id_hash = ? AND session_id = ? AND state = 'open' AND tries_left > 0 AND expires_at > ?`,
      idHash,
      sessionId,
      at,
    );
    if (changes !== 1) return undefined;
    return db.get<EnrolmentRow>(
      'SELECT account_id AS accountId, sealed_secret AS sealedSecret, tries_left AS triesLeft FROM enrolments WHERE id_hash = ?',
      idHash,
    );
  },
  async finish(idHash: string): Promise<boolean> {
    const { changes } = await db.run(
      "UPDATE enrolments SET state = 'done', sealed_secret = '' WHERE id_hash = ? AND state = 'open'",
      idHash,
    );
    return changes === 1;
  },
});
