import type { Db } from './database.ts';

/** Which port the relay answers on for a gateway. */
export const relayPortsTable = (db: Db) => ({
  of: async (gatewayId: string) =>
    (await db.get<{ port: number }>('SELECT port FROM relay_ports WHERE gateway_id = ?', gatewayId))?.port,
  /** The lowest port from `first` on that no gateway has or had. */
  async free(first: number): Promise<number> {
    const rows = await db.all<{ port: number }>('SELECT port FROM relay_ports WHERE port >= ? ORDER BY port', first);
    let port = first;
    for (const row of rows) if (row.port === port) port++;
    return port;
  },
  /** False when another gateway has or had it. */
  async take(gatewayId: string, port: number): Promise<boolean> {
    const { changes } = await db.run(
      `INSERT INTO relay_ports (gateway_id, port) SELECT ?1, ?2
         WHERE NOT EXISTS (SELECT 1 FROM relay_ports WHERE port = ?2 AND gateway_id <> ?1)
       ON CONFLICT (gateway_id) DO UPDATE SET port = excluded.port`,
      gatewayId,
      port,
    );
    return changes === 1;
  },
});
