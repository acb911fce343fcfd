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
  /**
   * What an organisation's Super Admins may read: what was done in it, and what its members did with their own accounts
   * since they are members. `kinds`: names, or beginnings of names ending in `*`.
   */
  ofOrganisation: (
    organisationId: string,
    {
      q,
      kinds = [],
      from = 0,
      to = Number.MAX_SAFE_INTEGER,
      before = Number.MAX_SAFE_INTEGER,
      limit,
    }: {
      q?: string | undefined;
      kinds?: readonly string[];
      from?: number | undefined;
      to?: number | undefined;
      before?: number | undefined;
      limit: number;
    },
  ) => {
    const pattern = (text: string) => text.replace(/[\\%_]/g, '\\$&');
    return db.all<AuditRow & { email: string | null; name: string | null }>(
      `SELECT e.seq, e.at, e.account_id AS accountId, e.kind, e.door, e.address, e.user_agent AS userAgent,
         e.session_id AS sessionId, e.organisation_id AS organisationId, e.detail, a.email, a.name
       FROM audit e LEFT JOIN accounts a ON a.id = e.account_id
       WHERE e.seq < ? AND e.at >= ? AND e.at <= ?
         AND (e.organisation_id = ? OR (e.organisation_id IS NULL AND EXISTS (SELECT 1 FROM members m
           WHERE m.organisation_id = ? AND m.account_id = e.account_id AND m.joined_at <= e.at)))
         ${kinds.length > 0 ? `AND (${kinds.map(() => "e.kind LIKE ? ESCAPE '\\'").join(' OR ')})` : ''}
         ${
           q === undefined
             ? ''
             : `AND (e.kind || ' ' || e.door || ' ' || e.address || ' ' || e.user_agent || ' ' || e.detail || ' ' ||
                  coalesce(a.email, '') || ' ' || coalesce(a.name, '')) LIKE ? ESCAPE '\\'`
         }
       ORDER BY e.seq DESC LIMIT ?`,
      before,
      from,
      to,
      organisationId,
      organisationId,
      ...kinds.map((kind) => (kind.endsWith('*') ? `${pattern(kind.slice(0, -1))}%` : pattern(kind))),
      ...(q === undefined ? [] : [`%${pattern(q)}%`]),
      limit,
    );
  },
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
