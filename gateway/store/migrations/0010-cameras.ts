import type { Migration } from './migration.ts';

export const cameras: Migration = {
  name: '0010-cameras',
  statements: [
    `CREATE TABLE cameras (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      manufacturer TEXT,
      model TEXT,
      serial TEXT,
      mac TEXT,
      firmware TEXT,
      host TEXT NOT NULL,
      port INTEGER NOT NULL,
      path TEXT NOT NULL,
      username TEXT NOT NULL,
      password_sealed TEXT NOT NULL,
      adopted_by TEXT NOT NULL CHECK (adopted_by IN ('onvif', 'pairing')),
      snapshot_path TEXT,
      rtsp_port INTEGER,
      https_port INTEGER,
      added_by TEXT NOT NULL,
      added_at INTEGER NOT NULL,
      last_seen_at INTEGER,
      -- Set when the camera refused this password: it is not asked again until the credentials change.
      refused_at INTEGER,
      UNIQUE (host, port)
    )`,
    // Cheap cameras share serial numbers; only a paired one is known by it.
    `CREATE UNIQUE INDEX cameras_paired ON cameras (serial) WHERE adopted_by = 'pairing'`,
  ],
};
