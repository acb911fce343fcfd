import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Queries } from '../store/database.ts';
import { findUsableCertificate, isRevoked } from '../store/device-certificates.ts';

export interface DeviceIdentity {
  /** The camera's serial: name in the certificate, MQTT client id, topic level. */
  serial: string;
  /** Of the certificate. */
  serialNumber: string;
  /** Nobody has come with it before. */
  firstUse: boolean;
  notAfter: number;
}

const clientAuth = '1.3.6.1.5.5.7.3.2';

/** CN of a certificate whose subject is nothing else. */
const commonName = (certificate: X509Certificate) => /^CN=([A-Za-z0-9_-]{1,64})$/.exec(certificate.subject)?.[1];

/** What a presented certificate claims, before anything is checked. */
export const claimedSerial = (socket: TLSSocket) => {
  const certificate = socket.getPeerX509Certificate();
  return certificate && commonName(certificate);
};

/**
 * Whose certificate the other side holds: by our CA, for a client, in time, and the present one of that device. Undefined:
 * it presented none. `refused`: it presented one that will not do, which is never the same as none. `unpaired`: ours, and
 * taken back, so that the camera may forget the pairing; what is merely too old or unknown says nothing about that.
 */
export async function identifyDevice(
  socket: TLSSocket,
  given: { db: Queries; ca: X509Certificate; now: number },
): Promise<DeviceIdentity | undefined | 'refused' | 'unpaired'> {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return undefined;
  const { ca, db, now } = given;
  if (certificate.ca || !certificate.checkIssued(ca) || !certificate.verify(ca.publicKey)) return 'refused';
  if (!certificate.keyUsage?.includes(clientAuth)) return 'refused';
  const serial = commonName(certificate);
  if (serial !== undefined && (await isRevoked(db, certificate.serialNumber, serial))) return 'unpaired';
  if (!socket.authorized) return 'refused';
  const known = await findUsableCertificate(db, certificate.serialNumber, now);
  if (!known || known.device !== serial) return 'refused';
  return {
    serial,
    serialNumber: certificate.serialNumber,
    firstUse: known.usedAt === null,
    notAfter: known.notAfter,
  };
}
