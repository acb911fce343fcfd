import type { Migration } from './migration.ts';

export const brokerAccounts: Migration = {
  name: '0013-broker-accounts',
  statements: [
    // Passwords are 256 bits of chance, so one round of SHA-256 is hash enough.
    `CREATE TABLE broker_accounts (
      name TEXT PRIMARY KEY,
      password_hash BLOB NOT NULL,
      created_by TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      last_seen_at INTEGER
    )`,
  ],
};
