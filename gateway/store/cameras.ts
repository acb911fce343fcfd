import type { Queries, SqlValue } from './database.ts';

/** A camera as it is kept. */
export interface CameraRow {
  id: string;
  name: string;
  manufacturer: string | null;
  model: string | null;
  serial: string | null;
  mac: string | null;
  firmware: string | null;
  host: string;
  port: number;
  path: string;
  username: string;
  passwordSealed: string;
  adoptedBy: 'onvif' | 'pairing';
  snapshotPath: string | null;
  rtspPort: number | null;
  httpsPort: number | null;
  addedBy: string;
  addedAt: number;
  lastSeenAt: number | null;
  refusedAt: number | null;
}

const columns = {
  id: 'id',
  name: 'name',
  manufacturer: 'manufacturer',
  model: 'model',
  serial: 'serial',
  mac: 'mac',
  firmware: 'firmware',
  host: 'host',
  port: 'port',
  path: 'path',
  username: 'username',
  passwordSealed: 'password_sealed',
  adoptedBy: 'adopted_by',
  snapshotPath: 'snapshot_path',
  rtspPort: 'rtsp_port',
  httpsPort: 'https_port',
  addedBy: 'added_by',
  addedAt: 'added_at',
  lastSeenAt: 'last_seen_at',
  refusedAt: 'refused_at',
} as const satisfies Record<keyof CameraRow, string>;
const keys = Object.keys(columns) as (keyof CameraRow)[];
const selected = keys.map((key) => `${columns[key]} AS ${key}`).join(', ');

/** False when a camera of that address (or a paired one of that serial) is there already. */
export async function insertCamera(db: Queries, camera: CameraRow): Promise<boolean> {
  const { changes } = await db.run(
    `INSERT INTO cameras (${keys.map((key) => columns[key]).join(', ')})
     VALUES (${keys.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`,
    keys.map((key) => camera[key]),
  );
  return changes === 1;
}

export async function updateCamera(db: Queries, id: string, patch: Partial<Omit<CameraRow, 'id'>>): Promise<boolean> {
  const changed = keys.filter((key) => key !== 'id' && (patch as Record<string, unknown>)[key] !== undefined);
  if (changed.length === 0) return true;
  const { changes } = await db.run(
    `UPDATE cameras SET ${changed.map((key) => `${columns[key]} = ?`).join(', ')} WHERE id = ?`,
    [...changed.map((key) => (patch as Record<string, SqlValue>)[key] as SqlValue), id],
  );
  return changes === 1;
}

export const listCameras = (db: Queries) => db.all<CameraRow>(`SELECT ${selected} FROM cameras ORDER BY added_at, id`);

export const findCamera = (db: Queries, id: string) =>
  db.get<CameraRow>(`SELECT ${selected} FROM cameras WHERE id = ?`, [id]);

export const findCameraByAddress = (db: Queries, host: string, port: number) =>
  db.get<CameraRow>(`SELECT ${selected} FROM cameras WHERE host = ? AND port = ?`, [host, port]);

export const findPairedCamera = (db: Queries, serial: string) =>
  db.get<CameraRow>(`SELECT ${selected} FROM cameras WHERE serial = ? AND adopted_by = 'pairing'`, [serial]);

export const deleteCamera = async (db: Queries, id: string) =>
  (await db.run('DELETE FROM cameras WHERE id = ?', [id])).changes === 1;
