import type { Migration } from './migration.ts';

export const people: Migration = {
  name: '0001-people',
  statements: [
    `CREATE TABLE users (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL COLLATE NOCASE UNIQUE,
      role TEXT NOT NULL,
      password_hash TEXT NOT NULL,
      created_at INTEGER NOT NULL
    )`,
    // One row a name (and source) that was tried, whether such a user exists or not.
    `CREATE TABLE sign_in_budgets (
      key TEXT PRIMARY KEY,
      failures INTEGER NOT NULL,
      locked_until INTEGER NOT NULL,
      touched_at INTEGER NOT NULL
    )`,
    // No foreign keys: a session whose owner is gone is dead at once, and its row stays to tell which sockets to end.
    // user_id: a local user. sub: a TP-Link ID; its name, mail and role are in cloud_members.
    `CREATE TABLE sessions (
      id TEXT PRIMARY KEY,
      token_hash BLOB NOT NULL UNIQUE,
      user_id TEXT,
      sub TEXT,
      cloud_sid TEXT,
      remote INTEGER NOT NULL,
      amr TEXT NOT NULL,
      user_agent TEXT NOT NULL,
      address TEXT NOT NULL,
      authenticated_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      last_seen_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      CHECK ((user_id IS NULL) <> (sub IS NULL))
    )`,
    'CREATE INDEX sessions_by_user ON sessions (user_id)',
    'CREATE INDEX sessions_by_sub ON sessions (sub)',
    `CREATE TABLE audit (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      action TEXT NOT NULL,
      actor TEXT NOT NULL,
      address TEXT NOT NULL,
      details TEXT NOT NULL
    )`,
  ],
};
