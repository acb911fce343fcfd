import type { Db } from './database.ts';

export interface InvitationRow {
  id: string;
  organisationId: string;
  email: string;
  /** JSON: grants. */
  access: string;
  invitedBy: string;
  createdAt: number;
  expiresAt: number;
}

export type InvitationEnd = 'accepted' | 'declined' | 'withdrawn';

const columns = `id, organisation_id AS organisationId, email, access, invited_by AS invitedBy, created_at AS createdAt,
  expires_at AS expiresAt FROM invitations`;

export const invitationsTable = (db: Db) => ({
  /** Write one down. An open one for the same address gives way to it: the newest alone is good. */
  async insert(row: InvitationRow & { tokenHash: string }): Promise<void> {
    await db.run(
      "UPDATE invitations SET state = 'replaced', decided_at = ? WHERE organisation_id = ? AND email = ? AND state = 'open'",
      row.createdAt,
      row.organisationId,
      row.email,
    );
    await db.run(
      `INSERT INTO invitations (id, organisation_id, email, token_hash, access, invited_by, created_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      row.organisationId,
      row.email,
      row.tokenHash,
      row.access,
      row.invitedBy,
      row.createdAt,
      row.expiresAt,
    );
  },
  /** Those not answered yet, lapsed ones included: they can be sent again. */
  openOf: (organisationId: string) =>
    db.all<InvitationRow>(
      `SELECT ${columns} WHERE organisation_id = ? AND state = 'open' ORDER BY created_at DESC`,
      organisationId,
    ),
  openById: (id: string, organisationId: string) =>
    db.get<InvitationRow>(
      `SELECT ${columns} WHERE id = ? AND organisation_id = ? AND state = 'open'`,
      id,
      organisationId,
    ),
  openByToken: (tokenHash: string, at: number) =>
    db.get<InvitationRow>(
      `SELECT ${columns} WHERE token_hash = ? AND state = 'open' AND expires_at > ?`,
      tokenHash,
      at,
    ),
  /** A new link for the same invitation; the old one is dead. */
  async renew(
    id: string,
    more: { tokenHash: string; invitedBy: string; at: number; expiresAt: number },
  ): Promise<boolean> {
    const { changes } = await db.run(
      `UPDATE invitations SET token_hash = ?, invited_by = ?, created_at = ?, expires_at = ? WHERE id = ? AND state = 'open'`,
      more.tokenHash,
      more.invitedBy,
      more.at,
      more.expiresAt,
      id,
    );
    return changes === 1;
  },
  /** Decide: one caller only. `tokenHash`: only while that is its link. */
  async decide(id: string, state: InvitationEnd, at: number, tokenHash?: string): Promise<boolean> {
    const { changes } = await db.run(
      `UPDATE invitations SET state = ?1, decided_at = ?2
       WHERE id = ?3 AND state = 'open' AND (?4 IS NULL OR (token_hash = ?4 AND expires_at > ?2))`,
      state,
      at,
      id,
      tokenHash ?? null,
    );
    return changes === 1;
  },
});
