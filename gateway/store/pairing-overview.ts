import { leaving } from '../pairing/ticket-life.ts';
import type { Queries } from './database.ts';

export interface TicketOverview {
  id: string;
  serial: string;
  operator: string;
  state: string;
  tries: number;
  refusal: string | null;
  createdAt: number;
  expiresAt: number;
}

/** Tickets of the last day, the newest first; nothing of them that opens anything. */
export const listTickets = (db: Queries, limit: number) =>
  db.all<TicketOverview>(
    `SELECT id, serial, operator_email AS operator, state, tries, refusal, created_at AS createdAt, expires_at AS expiresAt
     FROM pairing_tickets ORDER BY created_at DESC, id LIMIT ?`,
    [limit],
  );

/** open, claimed or proving → burned, by an administrator. False when it had ended already. */
export const cancelTicket = async (db: Queries, id: string, now: number) =>
  (
    await db.run(
      `UPDATE pairing_tickets SET state = 'burned', refusal = 'cancelled', secret_sealed = NULL, claim = NULL, ended_at = ?
       WHERE id = ? AND state IN ${leaving('cancel')}`,
      [now, id],
    )
  ).changes === 1;

export interface CertificateOverview {
  serialNumber: string;
  device: string;
  state: string;
  issuedAt: number;
  notAfter: number;
  usedAt: number | null;
}

/** Certificates that open something: the present one of each camera, and a renewed one that was not used yet. */
export const listCertificates = (db: Queries, now: number) =>
  db.all<CertificateOverview>(
    `SELECT serial_number AS serialNumber, device, state, issued_at AS issuedAt, not_after AS notAfter, used_at AS usedAt
     FROM device_certificates WHERE state IN ('current', 'pending') AND not_after > ? ORDER BY device, issued_at`,
    [now],
  );
