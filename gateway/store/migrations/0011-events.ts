import type { Migration } from './migration.ts';

export const events: Migration = {
  name: '0011-events',
  statements: [
    // No foreign key: events outlive their camera.
    `CREATE TABLE events (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      camera_id TEXT NOT NULL,
      camera_name TEXT NOT NULL,
      kind TEXT NOT NULL,
      active INTEGER,
      topic TEXT NOT NULL,
      route TEXT NOT NULL,
      -- What of the camera it is about: topic and source. Empty for events that only happen.
      property TEXT NOT NULL,
      occurred_at INTEGER NOT NULL,
      received_at INTEGER NOT NULL,
      data TEXT NOT NULL,
      -- Hash of everything the camera said: a message that comes twice is stored once, also over a restart.
      fingerprint TEXT NOT NULL UNIQUE
    )`,
    'CREATE INDEX events_by_camera ON events (camera_id, id)',
    'CREATE INDEX events_by_kind ON events (kind, id)',
    'CREATE INDEX events_by_time ON events (occurred_at)',
    // How each property stands, kept by the same statement that stores the event.
    `CREATE TABLE property_states (
      camera_id TEXT NOT NULL,
      property TEXT NOT NULL,
      active INTEGER NOT NULL,
      event_id INTEGER NOT NULL,
      changed_at INTEGER NOT NULL,
      PRIMARY KEY (camera_id, property)
    ) WITHOUT ROWID`,
    `CREATE TRIGGER events_keep_state AFTER INSERT ON events WHEN NEW.active IS NOT NULL BEGIN
      INSERT INTO property_states (camera_id, property, active, event_id, changed_at)
      VALUES (NEW.camera_id, NEW.property, NEW.active, NEW.id, NEW.received_at)
      ON CONFLICT (camera_id, property)
      DO UPDATE SET active = NEW.active, event_id = NEW.id, changed_at = NEW.received_at;
    END`,
  ],
};
