import type { Role } from '../organisation/rights.ts';
import type { Db } from './database.ts';

export interface BindingRow {
  id: string;
  name: string;
  version: string;
  jwk: string;
  gatewayId: string;
  redirectUris: string;
  state: 'pending' | 'approved' | 'denied';
  accountId: string | null;
  createdAt: number;
  expiresAt: number;
}

const bindingColumns = `id, name, version, jwk, gateway_id AS gatewayId, redirect_uris AS redirectUris, state,
  account_id AS accountId, created_at AS createdAt, expires_at AS expiresAt FROM bindings`;

export const bindingsTable = (db: Db) => ({
  insert: (row: Omit<BindingRow, 'state' | 'accountId'> & { pollHash: string; userCodeHash: string }) =>
    db.run(
      `INSERT INTO bindings (id, poll_hash, user_code_hash, name, version, jwk, gateway_id, redirect_uris, created_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      row.pollHash,
      row.userCodeHash,
      row.name,
      row.version,
      row.jwk,
      row.gatewayId,
      row.redirectUris,
      row.createdAt,
      row.expiresAt,
    ),
  byPoll: (id: string, pollHash: string) =>
    db.get<BindingRow>(`SELECT ${bindingColumns} WHERE id = ? AND poll_hash = ?`, id, pollHash),
  pendingByCode: (userCodeHash: string, at: number) =>
    db.get<BindingRow>(
      `SELECT ${bindingColumns} WHERE user_code_hash = ? AND state = 'pending' AND expires_at > ?`,
      userCodeHash,
      at,
    ),
  /** Approve or deny: one caller only. */
  async decide(id: string, state: 'approved' | 'denied', accountId: string, at: number): Promise<boolean> {
    const { changes } = await db.run(
      "UPDATE bindings SET state = ?, account_id = ? WHERE id = ? AND state = 'pending' AND expires_at > ?",
      state,
      accountId,
      id,
      at,
    );
    return changes === 1;
  },
});

export interface GatewayRow {
  id: string;
  accountId: string;
  organisationId: string;
  siteId: string;
  siteName: string;
  /** As people call it: what was given in the portal, else its own name. */
  name: string;
  ownName: string;
  version: string;
  /** Public JWK, JSON. */
  jwk: string;
  /** JSON array. */
  redirectUris: string;
  passwordPairing: number;
  boundAt: number;
  lastSeenAt: number | null;
}

const gatewayColumns = `g.id, g.account_id AS accountId, g.organisation_id AS organisationId, g.site_id AS siteId,
  s.name AS siteName, coalesce(g.label, g.name) AS name, g.name AS ownName, g.version, g.jwk, g.redirect_uris AS redirectUris,
  g.password_pairing AS passwordPairing, g.bound_at AS boundAt, g.last_seen_at AS lastSeenAt
  FROM gateways g JOIN sites s ON s.id = g.site_id`;

export const gatewaysTable = (db: Db) => ({
  byId: (id: string) => db.get<GatewayRow>(`SELECT ${gatewayColumns} WHERE g.id = ?`, id),
  all: () => db.all<GatewayRow>(`SELECT ${gatewayColumns} ORDER BY g.id`),
  /** Those an account has a role at, with that role. */
  of: (accountId: string) =>
    db.all<GatewayRow & { role: Role }>(
      `SELECT a.role, ${gatewayColumns} JOIN site_access a ON a.site_id = g.site_id
       WHERE a.account_id = ? ORDER BY s.name, coalesce(g.label, g.name), g.id`,
      accountId,
    ),
  /**
   * Bind. False when another organisation holds it. A binding under which the gateway never spoke to us holds for
   * `untouchedForMs` only, so nobody can keep a gateway away from its owner by knowing its public key; within that time the
   * first of two that bind at once has it.
   */
  async bind(
    row: Omit<GatewayRow, 'passwordPairing' | 'lastSeenAt' | 'siteName' | 'ownName'>,
    untouchedForMs: number,
  ): Promise<boolean> {
    const { changes } = await db.run(
      `INSERT INTO gateways (id, account_id, organisation_id, site_id, name, version, jwk, redirect_uris, bound_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
       ON CONFLICT (id) DO UPDATE SET account_id = excluded.account_id, organisation_id = excluded.organisation_id,
         site_id = excluded.site_id, name = excluded.name, label = NULL, version = excluded.version,
         redirect_uris = excluded.redirect_uris, password_pairing = 0, last_seen_at = NULL,
         -- Bound anew by the same without a word from the gateway: the time for others to come runs on.
         bound_at = CASE WHEN gateways.organisation_id = excluded.organisation_id AND gateways.last_seen_at IS NULL
           THEN gateways.bound_at ELSE excluded.bound_at END
       WHERE gateways.organisation_id = excluded.organisation_id
         OR (gateways.last_seen_at IS NULL AND gateways.bound_at <= ?10)`,
      row.id,
      row.accountId,
      row.organisationId,
      row.siteId,
      row.name,
      row.version,
      row.jwk,
      row.redirectUris,
      row.boundAt,
      row.boundAt - untouchedForMs,
    );
    return changes === 1;
  },
  async unbind(id: string, organisationId: string): Promise<boolean> {
    const { changes } = await db.run('DELETE FROM gateways WHERE id = ? AND organisation_id = ?', id, organisationId);
    return changes === 1;
  },
  /** Give it a name in the portal, or a site of its organisation. */
  settle: (id: string, change: { label?: string | undefined; siteId?: string | undefined }) =>
    db.run(
      'UPDATE gateways SET label = coalesce(?, label), site_id = coalesce(?, site_id) WHERE id = ?',
      change.label ?? null,
      change.siteId ?? null,
      id,
    ),
  seen: (id: string, at: number) => db.run('UPDATE gateways SET last_seen_at = ? WHERE id = ?', at, id),
  update: (id: string, change: { name?: string; version?: string; redirectUris?: string; passwordPairing?: number }) =>
    db.run(
      `UPDATE gateways SET name = coalesce(?, name), version = coalesce(?, version),
         redirect_uris = coalesce(?, redirect_uris), password_pairing = coalesce(?, password_pairing) WHERE id = ?`,
      change.name ?? null,
      change.version ?? null,
      change.redirectUris ?? null,
      change.passwordPairing ?? null,
      id,
    ),
  /** A gateway's signed assertion is good once. */
  async useAssertion(gatewayId: string, jtiHash: string, expiresAt: number): Promise<boolean> {
    const { changes } = await db.run(
      'INSERT INTO machine_assertions (gateway_id, jti_hash, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      gatewayId,
      jtiHash,
      expiresAt,
    );
    return changes === 1;
  },
});

export const revocationsTable = (db: Db) => ({
  /** Of one session, or of all; at one gateway, or at all. */
  append: (accountId: string, sessionId: string | null, at: number, gatewayId: string | null = null) =>
    db.run(
      'INSERT INTO revocations (account_id, session_id, at, gateway_id) VALUES (?, ?, ?, ?)',
      accountId,
      sessionId,
      at,
      gatewayId,
    ),
  /** What a gateway has to know: of those who may enter it, and what was meant for it alone. */
  after: (gatewayId: string, seq: number, limit: number) =>
    db.all<{ seq: number; sub: string; sid: string | null; at: number }>(
      `SELECT seq, account_id AS sub, session_id AS sid, at FROM revocations
       WHERE seq > ?2 AND (gateway_id = ?1 OR (gateway_id IS NULL AND account_id IN
         (SELECT a.account_id FROM gateways g JOIN site_access a ON a.site_id = g.site_id WHERE g.id = ?1)))
       ORDER BY seq LIMIT ?3`,
      gatewayId,
      seq,
      limit,
    ),
  async last(): Promise<number> {
    return (await db.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM revocations'))?.seq ?? 0;
  },
});

export const relayTable = (db: Db) => ({
  insertTicket: (row: {
    tokenHash: string;
    sessionId: string;
    gatewayId: string;
    cameraId: string | null;
    expiresAt: number;
  }) =>
    db.run(
      'INSERT INTO relay_tickets (token_hash, session_id, gateway_id, camera_id, expires_at) VALUES (?, ?, ?, ?, ?)',
      row.tokenHash,
      row.sessionId,
      row.gatewayId,
      row.cameraId,
      row.expiresAt,
    ),
  /** Redeem a ticket, once; returns the session it was made in, and the camera it leads to. */
  async spendTicket(
    tokenHash: string,
    gatewayId: string,
    at: number,
  ): Promise<{ sessionId: string; cameraId: string | null } | undefined> {
    const { changes } = await db.run(
      `UPDATE relay_tickets SET used_at = ?1 WHERE token_hash = ?2 AND gateway_id = ?3 AND used_at IS NULL AND expires_at > ?1`,
      at,
      tokenHash,
      gatewayId,
    );
    if (changes !== 1) return undefined;
    return db.get(
      'SELECT session_id AS sessionId, camera_id AS cameraId FROM relay_tickets WHERE token_hash = ?',
      tokenHash,
    );
  },
  insertSession: (row: { tokenHash: string; sessionId: string; gatewayId: string; createdAt: number }) =>
    db.run(
      'INSERT INTO relay_sessions (token_hash, session_id, gateway_id, created_at) VALUES (?, ?, ?, ?)',
      row.tokenHash,
      row.sessionId,
      row.gatewayId,
      row.createdAt,
    ),
  sessionOf: (tokenHash: string, gatewayId: string) =>
    db.get<{ sessionId: string }>(
      'SELECT session_id AS sessionId FROM relay_sessions WHERE token_hash = ? AND gateway_id = ?',
      tokenHash,
      gatewayId,
    ),
  endSession: (tokenHash: string) => db.run('DELETE FROM relay_sessions WHERE token_hash = ?', tokenHash),
  endBySession: (sessionId: string) => db.run('DELETE FROM relay_sessions WHERE session_id = ?', sessionId),
  endByAccount: (accountId: string) =>
    db.run('DELETE FROM relay_sessions WHERE session_id IN (SELECT id FROM sessions WHERE account_id = ?)', accountId),
  endByAccountAt: (accountId: string, gatewayId: string) =>
    db.run(
      'DELETE FROM relay_sessions WHERE gateway_id = ? AND session_id IN (SELECT id FROM sessions WHERE account_id = ?)',
      gatewayId,
      accountId,
    ),
  endByGateway: (gatewayId: string) => db.run('DELETE FROM relay_sessions WHERE gateway_id = ?', gatewayId),
});
