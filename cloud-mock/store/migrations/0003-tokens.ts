/** What oidc-provider keeps (ids hashed, payloads sealed: an id there is the token itself), and the issuer's keys. */
export const tokensMigration = `
CREATE TABLE oidc_records (
  model TEXT NOT NULL,
  id_hash TEXT NOT NULL,
  sealed_payload TEXT NOT NULL,
  grant_id TEXT,
  uid TEXT,
  user_code_hash TEXT,
  account_id TEXT,
  session_id TEXT,
  client_id TEXT,
  consumed_at INTEGER,
  claimed_at INTEGER,
  expires_at INTEGER,
  PRIMARY KEY (model, id_hash)
) STRICT;
CREATE INDEX oidc_records_by_grant ON oidc_records(grant_id);
CREATE INDEX oidc_records_by_uid ON oidc_records(model, uid);
CREATE INDEX oidc_records_by_user_code ON oidc_records(user_code_hash);
CREATE INDEX oidc_records_by_account ON oidc_records(account_id);
CREATE INDEX oidc_records_by_session ON oidc_records(session_id);

CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  sealed_jwk TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  sealed_value TEXT NOT NULL
) STRICT;

CREATE TABLE elevations (
  id TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  gateway_id TEXT NOT NULL,
  amr TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  redeemed_at INTEGER
) STRICT;
`;
