import type { Migration } from './migration.ts';

export const pairing: Migration = {
  name: '0012-pairing',
  statements: [
    `CREATE TABLE pairing_tickets (
      id TEXT PRIMARY KEY,
      ticket_hash BLOB NOT NULL,
      gateway_id TEXT NOT NULL,
      serial TEXT NOT NULL,
      operator_sub TEXT NOT NULL,
      operator_email TEXT NOT NULL,
      -- One elevation may buy the tickets of a whole order, each camera once.
      elevation_id TEXT NOT NULL,
      -- The camera's label secret, sealed; gone once the ticket has ended.
      secret_sealed TEXT,
      camera_host TEXT NOT NULL,
      camera_https_port INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'proving', 'issued', 'expired', 'burned')),
      tries INTEGER NOT NULL DEFAULT 0,
      -- Which connection holds the ticket.
      claim TEXT,
      refusal TEXT,
      camera_id TEXT,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      ended_at INTEGER,
      UNIQUE (elevation_id, serial)
    )`,
    `CREATE UNIQUE INDEX pairing_tickets_one_open ON pairing_tickets (serial)
      WHERE state IN ('open', 'claimed', 'proving')`,
    `CREATE TABLE device_certificates (
      serial_number TEXT PRIMARY KEY,
      -- A key is certified once, ever.
      key_hash TEXT NOT NULL UNIQUE,
      device TEXT NOT NULL,
      ticket_id TEXT,
      -- pending: made by a renewal and not used yet; the one before stays good until it is.
      state TEXT NOT NULL CHECK (state IN ('pending', 'current', 'retired', 'revoked')),
      issued_at INTEGER NOT NULL,
      not_after INTEGER NOT NULL,
      ended_at INTEGER
    )`,
    `CREATE UNIQUE INDEX device_certificates_current ON device_certificates (device) WHERE state = 'current'`,
    `CREATE UNIQUE INDEX device_certificates_pending ON device_certificates (device) WHERE state = 'pending'`,
  ],
};
