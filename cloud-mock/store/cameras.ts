import type { Db } from './database.ts';

export const cameraStates = [
  'uninitialized',
  'connecting',
  'online',
  'degraded',
  'offline',
  'wrong_password',
  'locked',
] as const;

/** A camera as its VMS Local reported it. What it does not know is an empty text. */
export interface CameraRow {
  id: string;
  name: string;
  model: string;
  serial: string;
  mac: string;
  firmware: string;
  state: (typeof cameraStates)[number];
  lastSeenAt: number | null;
}

/** The same with where it is. */
export interface DeviceRow extends CameraRow {
  gatewayId: string;
  gatewayName: string;
  siteId: string;
  siteName: string;
  organisationId: string;
  reportedAt: number;
}

/** Many at once: one statement a hundred rows. */
const rowsAtOnce = 100;

export const camerasTable = (db: Db) => ({
  /** What a gateway reports takes the place of what it reported before. */
  async replace(gatewayId: string, cameras: readonly CameraRow[], at: number | null): Promise<void> {
    await db.run('DELETE FROM cameras WHERE gateway_id = ?', gatewayId);
    for (let from = 0; from < cameras.length; from += rowsAtOnce) {
      const rows = cameras.slice(from, from + rowsAtOnce);
      await db.run(
        `INSERT OR REPLACE INTO cameras (gateway_id, id, name, model, serial, mac, firmware, state, last_seen_at)
         VALUES ${rows.map(() => '(?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
        ...rows.flatMap((c) => [gatewayId, c.id, c.name, c.model, c.serial, c.mac, c.firmware, c.state, c.lastSeenAt]),
      );
    }
    await db.run('UPDATE gateways SET cameras_at = ? WHERE id = ?', at, gatewayId);
  },
  /** Those of all VMS Locals that an account has a role at, by site, VMS Local and name. */
  visibleTo: (accountId: string, { q, siteId, gatewayId }: { q?: string; siteId?: string; gatewayId?: string }) => {
    const words = q === undefined ? null : `%${q.replace(/[\\%_]/g, '\\$&')}%`;
    return db.all<DeviceRow>(
      `SELECT c.id, c.name, c.model, c.serial, c.mac, c.firmware, c.state, c.last_seen_at AS lastSeenAt,
         g.id AS gatewayId, coalesce(g.label, g.name) AS gatewayName, s.id AS siteId, s.name AS siteName,
         g.organisation_id AS organisationId, g.cameras_at AS reportedAt
       FROM cameras c JOIN gateways g ON g.id = c.gateway_id JOIN sites s ON s.id = g.site_id
       JOIN site_access a ON a.site_id = g.site_id AND a.account_id = ?1
       WHERE (?2 IS NULL OR c.name || ' ' || c.model || ' ' || c.serial || ' ' || c.mac || ' ' || s.name || ' ' ||
           coalesce(g.label, g.name) LIKE ?2 ESCAPE '\\')
         AND (?3 IS NULL OR s.id = ?3) AND (?4 IS NULL OR g.id = ?4)
       ORDER BY s.name, s.id, coalesce(g.label, g.name), g.id, c.name, c.id`,
      accountId,
      words,
      siteId ?? null,
      gatewayId ?? null,
    );
  },
  exists: async (gatewayId: string, id: string): Promise<boolean> =>
    (await db.get('SELECT 1 FROM cameras WHERE gateway_id = ? AND id = ?', gatewayId, id)) !== undefined,
});
