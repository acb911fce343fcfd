/** The cameras of each VMS Local as it last reported them, and which of them a relay ticket leads to. */
export const camerasMigration = `
CREATE TABLE cameras (
  gateway_id TEXT NOT NULL REFERENCES gateways(id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  model TEXT NOT NULL,
  serial TEXT NOT NULL,
  mac TEXT NOT NULL,
  firmware TEXT NOT NULL,
  state TEXT NOT NULL,
  last_seen_at INTEGER,
  PRIMARY KEY (gateway_id, id)
) STRICT;
ALTER TABLE gateways ADD COLUMN cameras_at INTEGER;
ALTER TABLE relay_tickets ADD COLUMN camera_id TEXT;
`;
