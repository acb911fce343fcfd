import type { Migration } from './migration.ts';

export const secondFactor: Migration = {
  name: '0003-second-factor',
  statements: [
    // The TOTP secret of a local account, sealed; absent: no second factor.
    'ALTER TABLE users ADD COLUMN totp_sealed TEXT',
    // The highest step whose code was used: only a greater one passes.
    'ALTER TABLE users ADD COLUMN totp_step INTEGER',
    // Shown and not confirmed by a code yet.
    'ALTER TABLE users ADD COLUMN totp_pending TEXT',
    'ALTER TABLE users ADD COLUMN totp_pending_at INTEGER',
    // What a local administrator gets for a fresh code, to add cameras: as the cloud's elevations, good once.
    `CREATE TABLE local_elevations (
      hash BLOB PRIMARY KEY,
      id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    )`,
  ],
};
