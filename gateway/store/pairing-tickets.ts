import { leaving, type TicketArrow, type TicketState } from '../pairing/ticket-life.ts';
import type { Queries } from './database.ts';

export interface NewTicket {
  id: string;
  ticketHash: Buffer;
  gatewayId: string;
  serial: string;
  operatorSub: string;
  operatorEmail: string;
  elevationId: string;
  secretSealed: string;
  cameraHost: string;
  cameraHttpsPort: number;
  createdAt: number;
  expiresAt: number;
}

/** Most claims of one ticket. */
export const maxTries = 5;

/**
 * The operator is still one: a member or a local user, and nothing of theirs was revoked since (a changed second factor does that). Part
 * of each step's condition, so that a ticket dies with its operator even in the middle of a handshake.
 */
const operatorStands = `(EXISTS (SELECT 1 FROM cloud_members WHERE sub = operator_sub)
    OR EXISTS (SELECT 1 FROM users WHERE 'local.' || users.id = operator_sub))
  AND NOT EXISTS (SELECT 1 FROM cloud_revocations WHERE sub = operator_sub AND at >= created_at)`;

// Every change of state below is one conditional UPDATE: whoever sees `changes === 1` has won.

/** False when the serial has a ticket under way, or the elevation was used for one before. */
export async function insertTicket(db: Queries, ticket: NewTicket): Promise<boolean> {
  const { changes } = await db.run(
    `INSERT INTO pairing_tickets (id, ticket_hash, gateway_id, serial, operator_sub, operator_email, elevation_id,
       secret_sealed, camera_host, camera_https_port, state, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?) ON CONFLICT DO NOTHING`,
    [
      ticket.id,
      ticket.ticketHash,
      ticket.gatewayId,
      ticket.serial,
      ticket.operatorSub,
      ticket.operatorEmail,
      ticket.elevationId,
      ticket.secretSealed,
      ticket.cameraHost,
      ticket.cameraHttpsPort,
      ticket.createdAt,
      ticket.expiresAt,
    ],
  );
  return changes === 1;
}

const won = async (db: Queries, sql: string, params: (string | number | Buffer)[]) =>
  (await db.run(sql, params)).changes === 1;

/** open → claimed, one try spent. */
export const claimTicket = (
  db: Queries,
  by: { id: string; ticketHash: Buffer; serial: string; claim: string; now: number },
) =>
  won(
    db,
    `UPDATE pairing_tickets SET state = 'claimed', claim = ?, tries = tries + 1, refusal = NULL
     WHERE id = ? AND ticket_hash = ? AND serial = ? AND state IN ${leaving('claim')} AND tries < ${maxTries} AND expires_at > ?
       AND ${operatorStands}`,
    [by.claim, by.id, by.ticketHash, by.serial, by.now],
  );

/** claimed → proving. */
export const proveTicket = (db: Queries, by: { id: string; claim: string; now: number }) =>
  won(
    db,
    `UPDATE pairing_tickets SET state = 'proving'
     WHERE id = ? AND claim = ? AND state IN ${leaving('prove')} AND expires_at > ? AND ${operatorStands}`,
    [by.id, by.claim, by.now],
  );

/** proving → issued; the label secret goes. */
export const issueTicket = (db: Queries, by: { id: string; claim: string; cameraId: string; now: number }) =>
  won(
    db,
    `UPDATE pairing_tickets SET state = 'issued', camera_id = ?, secret_sealed = NULL, claim = NULL, ended_at = ?
     WHERE id = ? AND claim = ? AND state IN ${leaving('issue')} AND expires_at > ? AND ${operatorStands}`,
    [by.cameraId, by.now, by.id, by.claim, by.now],
  );

/** claimed or proving → open for another try, or burned after the last. */
export const returnTicket = (db: Queries, by: { id: string; claim: string; refusal: string; now: number }) =>
  won(
    db,
    `UPDATE pairing_tickets SET
       state = CASE WHEN tries >= ${maxTries} THEN 'burned' ELSE 'open' END,
       secret_sealed = CASE WHEN tries >= ${maxTries} THEN NULL ELSE secret_sealed END,
       ended_at = CASE WHEN tries >= ${maxTries} THEN ? ELSE NULL END,
       claim = NULL, refusal = ?
     WHERE id = ? AND claim = ? AND state IN ${leaving('giveBack')}`,
    [by.now, by.refusal, by.id, by.claim],
  );

/** open → burned: its operator asked for a new one. */
export const burnOpenTicket = (
  db: Queries,
  by: { serial: string; operatorSub: string; refusal: string; now: number },
) =>
  won(
    db,
    `UPDATE pairing_tickets SET state = 'burned', refusal = ?, secret_sealed = NULL, ended_at = ?
     WHERE serial = ? AND operator_sub = ? AND state IN ${leaving('replace')}`,
    [by.refusal, by.now, by.serial, by.operatorSub],
  );

/** open, claimed or proving → burned by whoever holds the ticket. */
export const burnTicket = (db: Queries, by: { id: string; ticketHash: Buffer; refusal: string; now: number }) =>
  won(
    db,
    `UPDATE pairing_tickets SET state = 'burned', refusal = ?, secret_sealed = NULL, claim = NULL, ended_at = ?
     WHERE id = ? AND ticket_hash = ? AND state IN ${leaving('cancel')}`,
    [by.refusal, by.now, by.id, by.ticketHash],
  );

/** Whatever has outlived its time → expired, or its operator → burned. A handshake under way loses its next step. */
export async function endDeadTickets(db: Queries, now: number): Promise<void> {
  const end = (arrow: TicketArrow, state: TicketState, refusal: string, condition: string, params: number[]) =>
    db.run(
      `UPDATE pairing_tickets SET state = '${state}', secret_sealed = NULL, claim = NULL, ended_at = ?, refusal = '${refusal}'
       WHERE state IN ${leaving(arrow)} AND ${condition}`,
      params,
    );
  await end('expire', 'expired', 'ticket_expired', 'expires_at <= ?', [now, now]);
  await end('disown', 'burned', 'operator_revoked', `NOT (${operatorStands})`, [now]);
}

/** open, claimed or proving → burned: its operator is one no more, or changed the second factor. */
export const disownTickets = (db: Queries, by: { operatorSub: string; now: number }) =>
  db.run(
    `UPDATE pairing_tickets SET state = 'burned', refusal = 'operator_revoked', secret_sealed = NULL, claim = NULL,
       ended_at = ? WHERE operator_sub = ? AND state IN ${leaving('disown')}`,
    [by.now, by.operatorSub],
  );

/** After a crash nobody holds a ticket any more: its try is spent. */
export const releaseTickets = (db: Queries, now: number) =>
  db.run(
    `UPDATE pairing_tickets SET
       state = CASE WHEN tries >= ${maxTries} THEN 'burned' ELSE 'open' END,
       secret_sealed = CASE WHEN tries >= ${maxTries} THEN NULL ELSE secret_sealed END,
       ended_at = CASE WHEN tries >= ${maxTries} THEN ? ELSE NULL END,
       claim = NULL, refusal = 'interrupted'
     WHERE state IN ${leaving('release')}`,
    [now],
  );

export interface TicketRow {
  id: string;
  serial: string;
  operatorSub: string;
  operatorEmail: string;
  secretSealed: string | null;
  state: TicketState;
  tries: number;
  refusal: string | null;
  cameraId: string | null;
  expiresAt: number;
}

export const findTicket = (db: Queries, id: string, ticketHash: Buffer) =>
  db.get<TicketRow>(
    `SELECT id, serial, operator_sub AS operatorSub, operator_email AS operatorEmail, secret_sealed AS secretSealed,
       state, tries, refusal, camera_id AS cameraId, expires_at AS expiresAt
     FROM pairing_tickets WHERE id = ? AND ticket_hash = ?`,
    [id, ticketHash],
  );

/** Tickets that ended long ago say nothing any more; the audit log keeps what happened. */
export const dropOldTickets = (db: Queries, endedBefore: number) =>
  db.run('DELETE FROM pairing_tickets WHERE ended_at < ?', [endedBefore]);
