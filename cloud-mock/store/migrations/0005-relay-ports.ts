/** The relay's port of each VMS Local; kept when it is unbound, so that no other ever answers there. */
export const relayPortsMigration = `
CREATE TABLE relay_ports (
  gateway_id TEXT PRIMARY KEY,
  port INTEGER NOT NULL UNIQUE
) STRICT;
`;
