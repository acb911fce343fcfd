import type { Queries } from './database.ts';

export interface AuditRow {
  id: number;
  at: number;
  action: string;
  actor: string;
  address: string;
  details: string;
}

export type AuditStore = ReturnType<typeof auditStore>;

export const auditStore = (db: Queries) => ({
  insert: (row: Omit<AuditRow, 'id'>) =>
    db.run('INSERT INTO audit (at, action, actor, address, details) VALUES (?, ?, ?, ?, ?)', [
      row.at,
      row.action,
      row.actor,
      row.address,
      row.details,
    ]),
  /** Newest first, those before `before`. */
  page: (before: number, limit: number) =>
    db.all<AuditRow>('SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?', [before, limit]),
  prune: (before: number) => db.run('DELETE FROM audit WHERE at < ?', [before]),
});
