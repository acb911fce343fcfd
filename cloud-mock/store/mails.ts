import type { Db } from './database.ts';

export type SmtpState = 'none' | 'waiting' | 'sent' | 'given_up';

export interface MailRow {
  id: string;
  seq: number;
  toAddress: string;
  subject: string;
  sealedBody: string;
  sentAt: number;
  smtpState: SmtpState;
  smtpAttempts: number;
}

const columns = `id, seq, to_address AS toAddress, subject, sealed_body AS sealedBody, sent_at AS sentAt,
  smtp_state AS smtpState, smtp_attempts AS smtpAttempts FROM mails`;

export const mailsTable = (db: Db) => ({
  insert: (row: Omit<MailRow, 'seq' | 'smtpAttempts'>) =>
    db.run(
      `INSERT INTO mails (id, seq, to_address, subject, sealed_body, sent_at, smtp_state, smtp_next_at)
       VALUES (?1, (SELECT coalesce(max(seq), 0) + 1 FROM mails), ?2, ?3, ?4, ?5, ?6, ?5)`,
      row.id,
      row.toAddress,
      row.subject,
      row.sealedBody,
      row.sentAt,
      row.smtpState,
    ),
  byId: (id: string) => db.get<MailRow>(`SELECT ${columns} WHERE id = ?`, id),
  newest: (limit: number, toAddress?: string) =>
    toAddress === undefined
      ? db.all<MailRow>(`SELECT ${columns} ORDER BY seq DESC LIMIT ?`, limit)
      : db.all<MailRow>(`SELECT ${columns} WHERE to_address = ? ORDER BY seq DESC LIMIT ?`, toAddress, limit),
  due: (at: number, limit: number) =>
    db.all<MailRow>(
      `SELECT ${columns} WHERE smtp_state = 'waiting' AND smtp_next_at <= ? ORDER BY seq LIMIT ?`,
      at,
      limit,
    ),
  async nextDue(): Promise<number | undefined> {
    const row = await db.get<{ at: number | null }>(
      "SELECT min(smtp_next_at) AS at FROM mails WHERE smtp_state = 'waiting'",
    );
    return row?.at ?? undefined;
  },
  delivered: (id: string, state: 'sent' | 'given_up') =>
    db.run('UPDATE mails SET smtp_state = ? WHERE id = ?', state, id),
  retryAt: (id: string, at: number) =>
    db.run('UPDATE mails SET smtp_attempts = smtp_attempts + 1, smtp_next_at = ? WHERE id = ?', at, id),
  clear: (toAddress?: string) =>
    toAddress === undefined ? db.run('DELETE FROM mails') : db.run('DELETE FROM mails WHERE to_address = ?', toAddress),
  /** Keep the newest `keep` only. */
  trim: (keep: number) => db.run('DELETE FROM mails WHERE seq <= (SELECT max(seq) FROM mails) - ?', keep),
});

export interface MailLinkRow {
  accountId: string;
}

/** Links that switch the second factor off. Only the newest of an account counts. */
export const mailLinksTable = (db: Db) => ({
  async issue(row: {
    tokenHash: string;
    accountId: string;
    challengeHash: string;
    generation: number;
    tries: number;
    createdAt: number;
    expiresAt: number;
  }): Promise<void> {
    await db.run(
      'UPDATE mail_links SET voided_at = ? WHERE account_id = ? AND used_at IS NULL AND voided_at IS NULL',
      row.createdAt,
      row.accountId,
    );
    await db.run(
      `INSERT INTO mail_links (token_hash, account_id, challenge_hash, generation, tries_left, created_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      row.tokenHash,
      row.accountId,
      row.challengeHash,
      row.generation,
      row.tries,
      row.createdAt,
      row.expiresAt,
    );
  },
  /** When the links of the last day were asked for, oldest first. */
  async askedSince(accountId: string, since: number): Promise<number[]> {
    const rows = await db.all<{ at: number }>(
      'SELECT created_at AS at FROM mail_links WHERE account_id = ? AND created_at > ? ORDER BY created_at',
      accountId,
      since,
    );
    return rows.map((row) => row.at);
  },
  /** Take one try of a link that can still be used; undefined when it cannot. */
  async takeTry(tokenHash: string, at: number): Promise<MailLinkRow | undefined> {
    const { changes } = await db.run(
      `UPDATE mail_links SET tries_left = tries_left - 1
       WHERE token_hash = ?1 AND used_at IS NULL AND voided_at IS NULL AND tries_left > 0 AND expires_at > ?2
         AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = mail_links.account_id AND a.generation = mail_links.generation)`,
      tokenHash,
      at,
    );
    if (changes !== 1) return undefined;
    return db.get<MailLinkRow>('SELECT account_id AS accountId FROM mail_links WHERE token_hash = ?', tokenHash);
  },
  /** True for one caller only. */
  async spend(tokenHash: string, at: number): Promise<boolean> {
    const { changes } = await db.run(
      `UPDATE mail_links SET used_at = ?1
       WHERE token_hash = ?2 AND used_at IS NULL AND voided_at IS NULL AND expires_at > ?1`,
      at,
      tokenHash,
    );
    return changes === 1;
  },
});
