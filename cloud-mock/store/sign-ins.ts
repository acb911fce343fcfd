import type { Db } from './database.ts';

export interface ChallengeRow {
  idHash: string;
  accountId: string;
  generation: number;
  door: string;
  /** What kind of session it leads to. */
  kind: SessionKind;
  state: 'open' | 'passed';
  triesLeft: number;
  expiresAt: number;
  /** JSON; of the doors that know one. */
  terminal: string | null;
}

export const challengesTable = (db: Db) => ({
  async insert(row: Omit<ChallengeRow, 'state'> & { createdAt: number }): Promise<void> {
    await db.run(
      `INSERT INTO challenges (id_hash, account_id, generation, door, kind, tries_left, created_at, expires_at, terminal)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.idHash,
      row.accountId,
      row.generation,
      row.door,
      row.kind,
      row.triesLeft,
      row.createdAt,
      row.expiresAt,
      row.terminal,
    );
  },
  /** An open challenge (of this door) whose account is still of the same generation. */
  open: (idHash: string, at: number, door: string | null = null) =>
    db.get<ChallengeRow>(
      `SELECT c.id_hash AS idHash, c.account_id AS accountId, c.generation, c.door, c.kind, c.state, c.tries_left AS triesLeft,
         c.expires_at AS expiresAt, c.terminal
       FROM challenges c JOIN accounts a ON a.id = c.account_id AND a.generation = c.generation
       WHERE c.id_hash = ?1 AND (?2 IS NULL OR c.door = ?2) AND c.state = 'open' AND c.tries_left > 0 AND c.expires_at > ?3`,
      idHash,
      door,
      at,
    ),
  async takeTry(idHash: string): Promise<boolean> {
    const { changes } = await db.run(
      "UPDATE challenges SET tries_left = tries_left - 1 WHERE id_hash = ? AND state = 'open' AND tries_left > 0",
      idHash,
    );
    return changes === 1;
  },
  /** True for one caller only. */
  async pass(idHash: string): Promise<boolean> {
    const { changes } = await db.run(
      "UPDATE challenges SET state = 'passed' WHERE id_hash = ? AND state = 'open'",
      idHash,
    );
    return changes === 1;
  },
});

export type SessionKind = 'web' | 'bearer' | 'terminal' | 'app';

export interface SessionRow {
  id: string;
  accountId: string;
  generation: number;
  kind: SessionKind;
  door: string;
  /** JSON array. */
  amr: string;
  authenticatedAt: number;
  createdAt: number;
  lastSeenAt: number;
  idleMs: number;
  expiresAt: number;
  address: string;
  userAgent: string;
}

const sessionColumns = `s.id, s.account_id AS accountId, s.generation, s.kind, s.door, s.amr,
  s.authenticated_at AS authenticatedAt, s.created_at AS createdAt, s.last_seen_at AS lastSeenAt, s.idle_ms AS idleMs,
  s.expires_at AS expiresAt, s.address, s.user_agent AS userAgent`;
/** A session counts while it was not ended, is inside both limits, and its account is of the same generation. */
const alive = `FROM sessions s JOIN accounts a ON a.id = s.account_id AND a.generation = s.generation
  WHERE s.ended_at IS NULL AND s.expires_at > ?1 AND s.last_seen_at + s.idle_ms > ?1`;

export const sessionsTable = (db: Db) => ({
  /** False when the account moved on to another generation meanwhile. */
  async insert(row: SessionRow & { tokenHash: string }): Promise<boolean> {
    const { changes } = await db.run(
      `INSERT INTO sessions (id, token_hash, account_id, generation, kind, door, amr, authenticated_at, created_at,
         last_seen_at, idle_ms, expires_at, address, user_agent)
       SELECT ?1, ?2, id, generation, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 FROM accounts
       WHERE id = ?3 AND generation = ?4`,
      row.id,
      row.tokenHash,
      row.accountId,
      row.generation,
      row.kind,
      row.door,
      row.amr,
      row.authenticatedAt,
      row.createdAt,
      row.lastSeenAt,
      row.idleMs,
      row.expiresAt,
      row.address,
      row.userAgent,
    );
    return changes === 1;
  },
  aliveByToken: (tokenHash: string, at: number) =>
    db.get<SessionRow>(`SELECT ${sessionColumns} ${alive} AND s.token_hash = ?2`, at, tokenHash),
  aliveById: (id: string, at: number) => db.get<SessionRow>(`SELECT ${sessionColumns} ${alive} AND s.id = ?2`, at, id),
  aliveOf: (accountId: string, at: number) =>
    db.all<SessionRow>(
      `SELECT ${sessionColumns} ${alive} AND s.account_id = ?2 ORDER BY s.last_seen_at DESC`,
      at,
      accountId,
    ),
  seen: (id: string, at: number) => db.run('UPDATE sessions SET last_seen_at = ? WHERE id = ?', at, id),
  async end(id: string, accountId: string, reason: string, at: number): Promise<boolean> {
    const { changes } = await db.run(
      'UPDATE sessions SET ended_at = ?, end_reason = ? WHERE id = ? AND account_id = ? AND ended_at IS NULL',
      at,
      reason,
      id,
      accountId,
    );
    return changes === 1;
  },
  /** End all of an account but `exceptId`; returns the ids of those that were open. */
  async endAll(accountId: string, reason: string, at: number, exceptId = ''): Promise<string[]> {
    const open = await db.all<{ id: string }>(
      'SELECT id FROM sessions WHERE account_id = ? AND ended_at IS NULL AND id <> ?',
      accountId,
      exceptId,
    );
    await db.run(
      'UPDATE sessions SET ended_at = ?, end_reason = ? WHERE account_id = ? AND ended_at IS NULL AND id <> ?',
      at,
      reason,
      accountId,
      exceptId,
    );
    return open.map((row) => row.id);
  },
  /** Carry one session over to the account's present generation, under a new token and with what was now proved. */
  reissue: (id: string, tokenHash: string, amr: string, authenticatedAt: number) =>
    db.run(
      `UPDATE sessions SET token_hash = ?, amr = ?, authenticated_at = ?,
         generation = (SELECT generation FROM accounts WHERE id = sessions.account_id)
       WHERE id = ? AND ended_at IS NULL`,
      tokenHash,
      amr,
      authenticatedAt,
      id,
    ),
  /** Sign in again within a session: new token, what was proved now. False when it is no longer of that generation. */
  async renew(id: string, generation: number, tokenHash: string, amr: string, at: number): Promise<boolean> {
    const { changes } = await db.run(
      `UPDATE sessions SET token_hash = ?, amr = ?, authenticated_at = ?, last_seen_at = ?
       WHERE id = ? AND generation = ? AND ended_at IS NULL`,
      tokenHash,
      amr,
      at,
      at,
      id,
      generation,
    );
    return changes === 1;
  },
  /** Give a session a new token (refresh). */
  setToken: (id: string, tokenHash: string, at: number) =>
    db.run('UPDATE sessions SET token_hash = ?, last_seen_at = ? WHERE id = ? AND ended_at IS NULL', tokenHash, at, id),
});

export interface RefreshRow {
  sessionId: string;
  usedAt: number | null;
  terminalHash: string;
}

/** Refresh tokens of the TP-Link JSON API; a family is the session they belong to. */
export const refreshTokensTable = (db: Db) => ({
  insert: (row: { tokenHash: string; sessionId: string; terminalHash: string; expiresAt: number }) =>
    db.run(
      'INSERT INTO refresh_tokens (token_hash, session_id, terminal_hash, expires_at) VALUES (?, ?, ?, ?)',
      row.tokenHash,
      row.sessionId,
      row.terminalHash,
      row.expiresAt,
    ),
  find: (tokenHash: string, at: number) =>
    db.get<RefreshRow>(
      `SELECT session_id AS sessionId, used_at AS usedAt, terminal_hash AS terminalHash
       FROM refresh_tokens WHERE token_hash = ? AND expires_at > ?`,
      tokenHash,
      at,
    ),
  /** True for one caller only. */
  async spend(tokenHash: string, at: number): Promise<boolean> {
    const { changes } = await db.run(
      'UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?',
      at,
      tokenHash,
      at,
    );
    return changes === 1;
  },
});

export interface TerminalRow {
  id: string;
  name: string;
  createdAt: number;
  lastUsedAt: number;
  expiresAt: number;
}

export const terminalsTable = (db: Db) => ({
  async trust(row: TerminalRow & { accountId: string; terminalHash: string }): Promise<void> {
    await db.run(
      `INSERT INTO trusted_terminals (id, account_id, terminal_hash, name, created_at, last_used_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (account_id, terminal_hash) DO UPDATE SET name = excluded.name, last_used_at = excluded.last_used_at,
         expires_at = excluded.expires_at`,
      row.id,
      row.accountId,
      row.terminalHash,
      row.name,
      row.createdAt,
      row.lastUsedAt,
      row.expiresAt,
    );
  },
  /** Note a use; false when this terminal is not trusted. */
  async use(accountId: string, terminalHash: string, at: number): Promise<boolean> {
    const { changes } = await db.run(
      'UPDATE trusted_terminals SET last_used_at = ? WHERE account_id = ? AND terminal_hash = ? AND expires_at > ?',
      at,
      accountId,
      terminalHash,
      at,
    );
    return changes === 1;
  },
  async isTrusted(accountId: string, terminalHash: string, at: number): Promise<boolean> {
    const row = await db.get(
      'SELECT 1 FROM trusted_terminals WHERE account_id = ? AND terminal_hash = ? AND expires_at > ?',
      accountId,
      terminalHash,
      at,
    );
    return row !== undefined;
  },
  of: (accountId: string, at: number) =>
    db.all<TerminalRow>(
      `SELECT id, name, created_at AS createdAt, last_used_at AS lastUsedAt, expires_at AS expiresAt
       FROM trusted_terminals WHERE account_id = ? AND expires_at > ? ORDER BY last_used_at DESC`,
      accountId,
      at,
    ),
  async forget(accountId: string, id?: string): Promise<boolean> {
    const { changes } = id
      ? await db.run('DELETE FROM trusted_terminals WHERE account_id = ? AND id = ?', accountId, id)
      : await db.run('DELETE FROM trusted_terminals WHERE account_id = ?', accountId);
    return changes > 0;
  },
});
