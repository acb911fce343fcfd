import type { Queries, SqlValue } from './database.ts';

/** An event on its way into the store. */
export interface NewEvent {
  cameraId: string;
  cameraName: string;
  kind: string;
  active: boolean | null;
  topic: string;
  route: 'mqtt' | 'pull-point';
  property: string;
  occurredAt: number;
  receivedAt: number;
  data: Record<string, unknown>;
  fingerprint: string;
}

export interface StoredEvent extends NewEvent {
  id: number;
}

/**
 * Store many events by one statement, which is one transaction and one commit; returns the ids of those that were new,
 * by fingerprint. One parameter carries all rows, so the statement's text is always the same.
 */
export async function insertEvents(db: Queries, events: readonly NewEvent[]): Promise<Map<string, number>> {
  const rows = events.map((event) => [
    event.cameraId,
    event.cameraName,
    event.kind,
    event.active === null ? null : event.active ? 1 : 0,
    event.topic,
    event.route,
    event.property,
    event.occurredAt,
    event.receivedAt,
    JSON.stringify(event.data),
    event.fingerprint,
  ]);
  const stored = await db.all<{ id: number; fingerprint: string }>(
    `INSERT INTO events (camera_id, camera_name, kind, active, topic, route, property, occurred_at, received_at, data, fingerprint)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
       value ->> 8, value ->> 9, value ->> 10
     FROM json_each(?) WHERE true ORDER BY key
     ON CONFLICT (fingerprint) DO NOTHING RETURNING id, fingerprint`,
    [JSON.stringify(rows)],
  );
  return new Map(stored.map(({ id, fingerprint }) => [fingerprint, id]));
}

export interface EventSearch {
  cameraId?: string;
  kind?: string;
  active?: boolean;
  /** By when it occurred, both ends included. */
  since?: number;
  until?: number;
  /** In camera name, kind, topic or data; case does not matter for ASCII. */
  text?: string;
  /** Only older ones than this id. */
  before?: number;
  /** Only newer ones than this id, oldest first: what a feed that was away asks for. */
  after?: number;
  limit: number;
}

interface EventRow {
  id: number;
  camera_id: string;
  camera_name: string;
  kind: string;
  active: number | null;
  topic: string;
  route: 'mqtt' | 'pull-point';
  property: string;
  occurred_at: number;
  received_at: number;
  data: string;
  fingerprint: string;
}

const fromRow = (row: EventRow): StoredEvent => ({
  id: row.id,
  cameraId: row.camera_id,
  cameraName: row.camera_name,
  kind: row.kind,
  active: row.active === null ? null : row.active === 1,
  topic: row.topic,
  route: row.route,
  property: row.property,
  occurredAt: row.occurred_at,
  receivedAt: row.received_at,
  data: JSON.parse(row.data) as Record<string, unknown>,
  fingerprint: row.fingerprint,
});

/** Newest first, or oldest first when asked for those after an id. */
export async function searchEvents(db: Queries, search: EventSearch): Promise<StoredEvent[]> {
  const where: string[] = [];
  const params: SqlValue[] = [];
  const add = (condition: string, ...values: SqlValue[]) => {
    where.push(condition);
    params.push(...values);
  };
  if (search.cameraId !== undefined) add('camera_id = ?', search.cameraId);
  if (search.kind !== undefined) add('kind = ?', search.kind);
  if (search.active !== undefined) add('active = ?', search.active ? 1 : 0);
  if (search.since !== undefined) add('occurred_at >= ?', search.since);
  if (search.until !== undefined) add('occurred_at <= ?', search.until);
  if (search.before !== undefined) add('id < ?', search.before);
  if (search.after !== undefined) add('id > ?', search.after);
  if (search.text) {
    const like = `%${search.text.replace(/[\\%_]/g, '\\$&')}%`;
    add(
      "(camera_name LIKE ? ESCAPE '\\' OR kind LIKE ? ESCAPE '\\' OR topic LIKE ? ESCAPE '\\' OR data LIKE ? ESCAPE '\\')",
      like,
      like,
      like,
      like,
    );
  }
  const rows = await db.all<EventRow>(
    `SELECT * FROM events ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
     ORDER BY id ${search.after === undefined ? 'DESC' : 'ASC'} LIMIT ?`,
    [...params, search.limit],
  );
  return rows.map(fromRow);
}

export const lastEventId = async (db: Queries) =>
  (await db.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'events'"))?.seq ?? 0;

export interface PropertyState {
  cameraId: string;
  property: string;
  active: boolean;
  changedAt: number;
  last: StoredEvent | undefined;
}

/** How each known property stands, with the event that said so. */
export async function propertyStates(db: Queries): Promise<PropertyState[]> {
  const rows = await db.all<
    EventRow & { state_camera: string; state_property: string; state_active: number; changed_at: number }
  >(
    `SELECT s.camera_id AS state_camera, s.property AS state_property, s.active AS state_active, s.changed_at, e.*
     FROM property_states s LEFT JOIN events e ON e.id = s.event_id`,
  );
  return rows.map((row) => ({
    cameraId: row.state_camera,
    property: row.state_property,
    active: row.state_active === 1,
    changedAt: row.changed_at,
    last: row.id === null ? undefined : fromRow(row),
  }));
}

/** How many of the newest events are asked for kinds; older ones only matter to search. */
const kindsAmong = 100_000;

/** Kinds of event each camera has told of lately, and whether they have an end. */
export const kindsSeen = async (db: Queries) =>
  (
    await db.all<{ cameraId: string; kind: string; lasting: number }>(
      `SELECT camera_id AS cameraId, kind, MAX(active IS NOT NULL) AS lasting FROM events
       WHERE id > (SELECT COALESCE(MAX(id), 0) FROM events) - ${kindsAmong} GROUP BY camera_id, kind`,
    )
  ).map((row) => ({ ...row, lasting: row.lasting === 1 }));

export const forgetPropertyStates = (db: Queries, cameraId: string) =>
  db.run('DELETE FROM property_states WHERE camera_id = ?', [cameraId]);

/** Drop what is older than `receivedBefore`, at most `limit` rows at a time so that nobody waits long. */
export async function trimEvents(db: Queries, receivedBefore: number, limit: number): Promise<number> {
  const { changes } = await db.run(
    'DELETE FROM events WHERE id IN (SELECT id FROM events WHERE received_at < ? ORDER BY id LIMIT ?)',
    [receivedBefore, limit],
  );
  return changes;
}
