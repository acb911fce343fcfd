import type { Db } from './database.ts';

export interface OidcRow {
  sealedPayload: string;
  grantId: string | null;
  accountId: string | null;
  sessionId: string | null;
  clientId: string | null;
  consumedAt: number | null;
  claimedAt: number | null;
  expiresAt: number | null;
}

export interface NewOidcRow {
  model: string;
  idHash: string;
  sealedPayload: string;
  grantId: string | null;
  uid: string | null;
  userCodeHash: string | null;
  accountId: string | null;
  clientId: string | null;
  expiresAt: number | null;
}

const insertRecord = `INSERT INTO oidc_records
  (model, id_hash, sealed_payload, grant_id, uid, user_code_hash, account_id, client_id, expires_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const recordValues = (row: NewOidcRow) => [
  row.model,
  row.idHash,
  row.sealedPayload,
  row.grantId,
  row.uid,
  row.userCodeHash,
  row.accountId,
  row.clientId,
  row.expiresAt,
];

const columns = `sealed_payload AS sealedPayload, grant_id AS grantId, account_id AS accountId, session_id AS sessionId,
  client_id AS clientId, consumed_at AS consumedAt, claimed_at AS claimedAt, expires_at AS expiresAt FROM oidc_records`;
const fresh = '(expires_at IS NULL OR expires_at > ?1)';

export const oidcRecordsTable = (db: Db) => ({
  async upsert(row: NewOidcRow): Promise<void> {
    await db.run(
      `${insertRecord} ON CONFLICT (model, id_hash) DO UPDATE SET sealed_payload = excluded.sealed_payload,
         grant_id = excluded.grant_id, uid = excluded.uid, user_code_hash = excluded.user_code_hash,
         account_id = excluded.account_id, client_id = excluded.client_id, expires_at = excluded.expires_at`,
      ...recordValues(row),
    );
  },
  /** True for one caller only. */
  async insertOnce(row: NewOidcRow): Promise<boolean> {
    const { changes } = await db.run(`${insertRecord} ON CONFLICT DO NOTHING`, ...recordValues(row));
    return changes === 1;
  },
  find: (model: string, idHash: string, at: number) =>
    db.get<OidcRow>(`SELECT ${columns} WHERE ${fresh} AND model = ?2 AND id_hash = ?3`, at, model, idHash),
  findByUid: (model: string, uid: string, at: number) =>
    db.get<OidcRow>(`SELECT ${columns} WHERE ${fresh} AND model = ?2 AND uid = ?3`, at, model, uid),
  findByUserCode: (userCodeHash: string, at: number) =>
    db.get<OidcRow>(
      `SELECT ${columns} WHERE ${fresh} AND model = 'DeviceCode' AND user_code_hash = ?2`,
      at,
      userCodeHash,
    ),
  /** True for one caller only: codes and refresh tokens are good once. */
  async consume(model: string, idHash: string, at: number): Promise<boolean> {
    const { changes } = await db.run(
      'UPDATE oidc_records SET consumed_at = ? WHERE model = ? AND id_hash = ? AND consumed_at IS NULL',
      at,
      model,
      idHash,
    );
    return changes === 1;
  },
  /** Decide a device code, once: the payload now says by whom, or that it was refused. */
  async claimUserCode(
    userCodeHash: string,
    sealedPayload: string,
    owner: { accountId: string; grantId: string | null },
    at: number,
  ): Promise<boolean> {
    const { changes } = await db.run(
      `UPDATE oidc_records SET claimed_at = ?1, sealed_payload = ?2, account_id = ?3, grant_id = ?4
       WHERE model = 'DeviceCode' AND user_code_hash = ?5 AND claimed_at IS NULL AND ${fresh}`,
      at,
      sealedPayload,
      owner.accountId,
      owner.grantId,
      userCodeHash,
    );
    return changes === 1;
  },
  /** Note which session of ours a grant came from, so that ending the one ends the other. */
  tieGrant: (idHash: string, sessionId: string) =>
    db.run("UPDATE oidc_records SET session_id = ? WHERE model = 'Grant' AND id_hash = ?", sessionId, idHash),
  destroy: (model: string, idHash: string) =>
    db.run('DELETE FROM oidc_records WHERE model = ? AND id_hash = ?', model, idHash),
  destroyByGrant: (model: string, grantId: string) =>
    db.run('DELETE FROM oidc_records WHERE model = ? AND grant_id = ?', model, grantId),
  destroyByAccount: (accountId: string) => db.run('DELETE FROM oidc_records WHERE account_id = ?', accountId),
  destroyByAccountAt: (accountId: string, clientId: string) =>
    db.run('DELETE FROM oidc_records WHERE account_id = ? AND client_id = ?', accountId, clientId),
  destroyAccessTokens: async (accountId: string) =>
    (await db.run("DELETE FROM oidc_records WHERE model = 'AccessToken' AND account_id = ?", accountId)).changes,
  destroyByClient: (clientId: string) => db.run('DELETE FROM oidc_records WHERE client_id = ?', clientId),
  /** All that hangs on the grants of one session. A Grant's own row names itself in `grant_id`. */
  destroyBySession: (sessionId: string) =>
    db.run(
      `DELETE FROM oidc_records WHERE grant_id IN
         (SELECT grant_id FROM oidc_records WHERE model = 'Grant' AND session_id = ?)`,
      sessionId,
    ),
});

export const keysTable = (db: Db) => ({
  newestFirst: () =>
    db.all<{ kid: string; sealedJwk: string; createdAt: number }>(
      'SELECT kid, sealed_jwk AS sealedJwk, created_at AS createdAt FROM signing_keys ORDER BY created_at DESC',
    ),
  insert: (kid: string, sealedJwk: string, createdAt: number) =>
    db.run('INSERT INTO signing_keys (kid, sealed_jwk, created_at) VALUES (?, ?, ?)', kid, sealedJwk, createdAt),
  remove: (kid: string) => db.run('DELETE FROM signing_keys WHERE kid = ?', kid),
});

export const secretsTable = (db: Db) => ({
  get: (name: string) =>
    db.get<{ sealedValue: string }>('SELECT sealed_value AS sealedValue FROM secrets WHERE name = ?', name),
  insert: (name: string, sealedValue: string) =>
    db.run('INSERT INTO secrets (name, sealed_value) VALUES (?, ?)', name, sealedValue),
});

export interface ElevationRow {
  id: string;
  accountId: string;
  email: string;
  amr: string;
}

export const elevationsTable = (db: Db) => ({
  insert: (row: {
    id: string;
    tokenHash: string;
    accountId: string;
    generation: number;
    sessionId: string;
    gatewayId: string;
    amr: string;
    expiresAt: number;
  }) =>
    db.run(
      `INSERT INTO elevations (id, token_hash, account_id, generation, session_id, gateway_id, amr, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      row.tokenHash,
      row.accountId,
      row.generation,
      row.sessionId,
      row.gatewayId,
      row.amr,
      row.expiresAt,
    ),
  /** Redeem: one caller only, and only while the session it was made in lives. */
  async redeem(tokenHash: string, gatewayId: string, at: number): Promise<ElevationRow | undefined> {
    const { changes } = await db.run(
      `UPDATE elevations SET redeemed_at = ?1
       WHERE token_hash = ?2 AND gateway_id = ?3 AND redeemed_at IS NULL AND expires_at > ?1
         AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = elevations.account_id AND a.generation = elevations.generation)
         AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = elevations.session_id AND s.ended_at IS NULL AND s.expires_at > ?1)`,
      at,
      tokenHash,
      gatewayId,
    );
    if (changes !== 1) return undefined;
    return db.get<ElevationRow>(
      `SELECT e.id, e.account_id AS accountId, a.email, e.amr FROM elevations e JOIN accounts a ON a.id = e.account_id
       WHERE e.token_hash = ?`,
      tokenHash,
    );
  },
});
