import type { Queries } from './database.ts';

export interface NewCertificate {
  serialNumber: string;
  keyHash: string;
  device: string;
  ticketId: string | null;
  issuedAt: number;
  notAfter: number;
}

/** False when the key was certified before, whoever had it. */
async function insert(db: Queries, certificate: NewCertificate, state: 'current' | 'pending'): Promise<boolean> {
  const { changes } = await db.run(
    `INSERT INTO device_certificates (serial_number, key_hash, device, ticket_id, state, issued_at, not_after)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key_hash) DO NOTHING`,
    [
      certificate.serialNumber,
      certificate.keyHash,
      certificate.device,
      certificate.ticketId,
      state,
      certificate.issuedAt,
      certificate.notAfter,
    ],
  );
  return changes === 1;
}

/** The first certificate of a new pairing; whatever the device had before is revoked. Use inside a transaction. */
export async function insertCurrentCertificate(db: Queries, certificate: NewCertificate): Promise<boolean> {
  await revokeCertificates(db, certificate.device, certificate.issuedAt);
  return insert(db, certificate, 'current');
}

/**
 * The next certificate of a renewal: good at once, while the one before stays good until this one is used. Nothing
 * happens when the one it was asked for with is not good any more. Use inside a transaction.
 */
export async function insertPendingCertificate(
  db: Queries,
  certificate: NewCertificate,
  askedWith: string,
): Promise<boolean> {
  const asker = await findUsableCertificate(db, askedWith, certificate.issuedAt);
  if (asker?.device !== certificate.device) return false;
  // Asked with a renewed one that was never used at the broker: that is its first use.
  await noteCertificateUse(db, askedWith, certificate.device, certificate.issuedAt);
  await db.run(
    `UPDATE device_certificates SET state = 'retired', ended_at = ? WHERE device = ? AND state = 'pending'`,
    [certificate.issuedAt, certificate.device],
  );
  return insert(db, certificate, 'pending');
}

/** Is this the certificate of a paired device, and which? Revoked, retired, unknown and expired ones are none. */
export const findUsableCertificate = (db: Queries, serialNumber: string, now: number) =>
  db.get<{ device: string; state: 'current' | 'pending'; notAfter: number; usedAt: number | null }>(
    `SELECT device, state, not_after AS notAfter, used_at AS usedAt FROM device_certificates
     WHERE serial_number = ? AND state IN ('current', 'pending') AND not_after > ?`,
    [serialNumber, now],
  );

/** Was this certificate taken back: the camera removed, or paired anew? Unknown ones were not. */
export const isRevoked = async (db: Queries, serialNumber: string, device: string): Promise<boolean> =>
  (await db.get(`SELECT 1 FROM device_certificates WHERE serial_number = ? AND device = ? AND state = 'revoked'`, [
    serialNumber,
    device,
  ])) !== undefined;

/**
 * The device has come with this certificate: a renewed one takes the place of the one before, and a first one is known to
 * have arrived. Use inside a transaction.
 */
export async function noteCertificateUse(
  db: Queries,
  serialNumber: string,
  device: string,
  now: number,
): Promise<void> {
  await promoteCertificate(db, serialNumber, device, now);
  await db.run('UPDATE device_certificates SET used_at = ? WHERE serial_number = ? AND used_at IS NULL', [
    now,
    serialNumber,
  ]);
}

/** Devices whose pairing was never seen to have arrived: issued by then, and nobody has come with the certificate. */
export const unusedPairings = async (db: Queries, issuedBefore: number): Promise<string[]> =>
  (
    await db.all<{ device: string }>(
      `SELECT device FROM device_certificates
       WHERE state = 'current' AND ticket_id IS NOT NULL AND used_at IS NULL AND issued_at <= ?`,
      [issuedBefore],
    )
  ).map(({ device }) => device);

/** Take back a first certificate that nobody has come with; false when the device was quicker. */
export const revokeUnusedCertificate = async (db: Queries, device: string, now: number): Promise<boolean> =>
  (
    await db.run(
      `UPDATE device_certificates SET state = 'revoked', ended_at = ?
       WHERE device = ? AND state = 'current' AND ticket_id IS NOT NULL AND used_at IS NULL`,
      [now, device],
    )
  ).changes === 1;

/** A renewed certificate takes the place of the one before. */
async function promoteCertificate(db: Queries, serialNumber: string, device: string, now: number): Promise<void> {
  await db.run(
    `UPDATE device_certificates SET state = 'retired', ended_at = ?
     WHERE device = ? AND state = 'current'
       AND EXISTS (SELECT 1 FROM device_certificates WHERE serial_number = ? AND device = ? AND state = 'pending')`,
    [now, device, serialNumber, device],
  );
  await db.run(
    `UPDATE device_certificates SET state = 'current' WHERE serial_number = ? AND device = ? AND state = 'pending'`,
    [serialNumber, device],
  );
}

export const revokeCertificates = (db: Queries, device: string, now: number) =>
  db.run(
    `UPDATE device_certificates SET state = 'revoked', ended_at = ? WHERE device = ? AND state IN ('current', 'pending')`,
    [now, device],
  );
