import type { Migration } from './migration.ts';

export const cloudAccess: Migration = {
  name: '0002-cloud-access',
  statements: [
    `CREATE TABLE cloud_binding (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      state TEXT NOT NULL CHECK (state IN ('unbound', 'pending', 'bound')),
      cloud_url TEXT,
      issuer TEXT,
      tunnel_url TEXT,
      owner_sub TEXT,
      owner_email TEXT,
      binding_id TEXT,
      poll_token TEXT,
      user_code TEXT,
      verification_uri TEXT,
      expires_at INTEGER,
      interval_ms INTEGER,
      bound_at INTEGER,
      revocations_after INTEGER NOT NULL DEFAULT 0,
      password_pairing INTEGER NOT NULL DEFAULT 0,
      last_refusal TEXT
    )`,
    `INSERT INTO cloud_binding (id, state) VALUES (1, 'unbound')`,
    // Whom the cloud says may come in with a TP-Link ID, the owner included.
    `CREATE TABLE cloud_members (
      sub TEXT PRIMARY KEY,
      email TEXT NOT NULL,
      name TEXT NOT NULL,
      role TEXT NOT NULL
    )`,
    // Assertions and logout tokens that were used; kept until they would have expired anyway.
    'CREATE TABLE used_tokens (jti TEXT PRIMARY KEY, expires_at INTEGER NOT NULL)',
    // The last time everything of a TP-Link ID was revoked: an assertion made before is refused.
    'CREATE TABLE cloud_revocations (sub TEXT PRIMARY KEY, at INTEGER NOT NULL)',
  ],
};
