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
  name: string;
  version: string;
  site: string | null;
  /** Public JWK, JSON. */
  jwk: string;
  /** JSON array. */
  redirectUris: string;
  passwordPairing: number;
  boundAt: number;
  lastSeenAt: number | null;
}

const gatewayColumns = `id, account_id AS accountId, name, version, site, jwk, redirect_uris AS redirectUris,
  password_pairing AS passwordPairing, bound_at AS boundAt, last_seen_at AS lastSeenAt FROM gateways`;

export const gatewaysTable = (db: Db) => ({
  byId: (id: string) => db.get<GatewayRow>(`SELECT ${gatewayColumns} WHERE id = ?`, id),
  all: () => db.all<GatewayRow>(`SELECT ${gatewayColumns} ORDER BY id`),
  of: (accountId: string) =>
    db.all<GatewayRow>(`SELECT ${gatewayColumns} WHERE account_id = ? ORDER BY name, id`, accountId),
  /**
   * Bind. False when another account holds it; a binding under which the gateway never spoke to us holds nothing, so
   * nobody can take a gateway away by knowing its public key.
   */
  async bind(row: Omit<GatewayRow, 'passwordPairing' | 'lastSeenAt'>): Promise<boolean> {
    const { changes } = await db.run(
      `INSERT INTO gateways (id, account_id, name, version, site, jwk, redirect_uris, bound_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET account_id = excluded.account_id, name = excluded.name, version = excluded.version,
         site = excluded.site, redirect_uris = excluded.redirect_uris, bound_at = excluded.bound_at, password_pairing = 0,
         last_seen_at = NULL
       WHERE gateways.account_id = excluded.account_id OR gateways.last_seen_at IS NULL`,
      row.id,
      row.accountId,
      row.name,
      row.version,
      row.site,
      row.jwk,
      row.redirectUris,
      row.boundAt,
    );
    return changes === 1;
  },
  async unbind(id: string, accountId: string): Promise<boolean> {
    const { changes } = await db.run('DELETE FROM gateways WHERE id = ? AND account_id = ?', id, accountId);
    return changes === 1;
  },
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
  append: (accountId: string, sessionId: string | null, at: number) =>
    db.run('INSERT INTO revocations (account_id, session_id, at) VALUES (?, ?, ?)', accountId, sessionId, at),
  after: (accountId: string, seq: number, limit: number) =>
    db.all<{ seq: number; sub: string; sid: string | null; at: number }>(
      `SELECT seq, account_id AS sub, session_id AS sid, at FROM revocations WHERE account_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
      accountId,
      seq,
      limit,
    ),
  async last(): Promise<number> {
    return (await db.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM revocations'))?.seq ?? 0;
  },
});

export const relayTable = (db: Db) => ({
  insertTicket: (row: { tokenHash: string; sessionId: string; gatewayId: string; expiresAt: number }) =>
    db.run(
      'INSERT INTO relay_tickets (token_hash, session_id, gateway_id, expires_at) VALUES (?, ?, ?, ?)',
      row.tokenHash,
      row.sessionId,
      row.gatewayId,
      row.expiresAt,
    ),
  /** Redeem a ticket, once; returns the session it was made in. */
  async spendTicket(tokenHash: string, gatewayId: string, at: number): Promise<string | undefined> {
    const { changes } = await db.run(
      `UPDATE relay_tickets SET used_at = ?1 WHERE token_hash = ?2 AND gateway_id = ?3 AND used_at IS NULL AND expires_at > ?1`,
      at,
      tokenHash,
      gatewayId,
    );
    if (changes !== 1) return undefined;
    return (await db.get<{ id: string }>('SELECT session_id AS id FROM relay_tickets WHERE token_hash = ?', tokenHash))
      ?.id;
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
  endByGateway: (gatewayId: string) => db.run('DELETE FROM relay_sessions WHERE gateway_id = ?', gatewayId),
});
