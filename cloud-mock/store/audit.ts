import type { Db } from './database.ts';

export interface AuditRow {
  seq: number;
  at: number;
  accountId: string | null;
  kind: string;
  door: string;
  address: string;
  userAgent: string;
  sessionId: string | null;
  organisationId: string | null;
  /** JSON object. */
  detail: string;
}

export const auditTable = (db: Db) => ({
  append: (row: Omit<AuditRow, 'seq'>) =>
    db.run(
      `INSERT INTO audit (at, account_id, kind, door, address, user_agent, session_id, organisation_id, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.at,
      row.accountId,
      row.kind,
      row.door,
      row.address,
      row.userAgent,
      row.sessionId,
      row.organisationId,
      row.detail,
    ),
  of: (accountId: string, limit: number, before = Number.MAX_SAFE_INTEGER) =>
    db.all<AuditRow>(
      `SELECT seq, at, account_id AS accountId, kind, door, address, user_agent AS userAgent, session_id AS sessionId,
         organisation_id AS organisationId, detail
       FROM audit WHERE account_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
      accountId,
      before,
      limit,
    ),
});
