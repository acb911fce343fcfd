/** Cloud Access: how a VMS Local is bound, who it is, and what was told to it. */
export const accessMigration = `
CREATE TABLE bindings (
  id TEXT PRIMARY KEY,
  poll_hash TEXT NOT NULL,
  user_code_hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  jwk TEXT NOT NULL,
  gateway_id TEXT NOT NULL,
  redirect_uris TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',
  account_id TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE gateways (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  site TEXT,
  jwk TEXT NOT NULL,
  redirect_uris TEXT NOT NULL,
  password_pairing INTEGER NOT NULL DEFAULT 0,
  bound_at INTEGER NOT NULL,
  last_seen_at INTEGER
) STRICT;
CREATE INDEX gateways_by_account ON gateways(account_id);

CREATE TABLE machine_assertions (
  gateway_id TEXT NOT NULL,
  jti_hash TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (gateway_id, jti_hash)
) STRICT;

CREATE TABLE revocations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id TEXT NOT NULL,
  session_id TEXT,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX revocations_by_account ON revocations(account_id, seq);

CREATE TABLE relay_tickets (
  token_hash TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  gateway_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;

CREATE TABLE relay_sessions (
  token_hash TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  gateway_id TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX relay_sessions_by_session ON relay_sessions(session_id);
`;
