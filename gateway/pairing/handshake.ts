import type { TLSSocket } from 'node:tls';
import {
  type DeviceDescription,
  deviceDescription,
  type HelloMessage,
  helloMessage,
  type IssuedMessage,
  proofMessage,
  type RenewMessage,
  refusedMessage,
} from '../../core/pairing/messages.ts';
import {
  channelBinding,
  nonceBytes,
  pairingVersion,
  proof,
  sameProof,
  type Transcript,
} from '../../core/pairing/transcript.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { DeviceIdentity } from '../broker/device-identity.ts';
import type { Database, Queries } from '../store/database.ts';
import { insertPendingCertificate } from '../store/device-certificates.ts';
import { type Authority, CertificateRequestRefused, type DeviceCertificate } from '../tls/authority.ts';
import { ConnectionLost, type JsonLines } from './lines.ts';
import { PairingRefused, type PairingTickets } from './tickets.ts';

/** How long a camera's certificate is good; it is renewed at two thirds. */
export const certificateDays = 60;

export interface PairedDevice {
  serial: string;
  /** Where the connection came from: never what the camera says of itself. */
  host: string;
  description: DeviceDescription;
  operator: { sub: string; email: string };
  ticketId: string;
}

export interface HandshakeParts {
  gatewayId: string;
  db: Database;
  authority: Pick<Authority, 'caDer' | 'signDevice'>;
  tickets: PairingTickets;
  mqttsPort(): number;
  /** Put the camera into the list, in the transaction that issues its certificate; returns its id. */
  adopt(tx: Queries, device: PairedDevice): Promise<string>;
  /** It is in the list and its certificate is good: after the transaction. */
  adopted(cameraId: string, device: PairedDevice): Promise<void>;
}

const decode = (text: string) => Buffer.from(text, 'base64');

/**
 * The gateway's half of the handshake (DESIGN §5 step 4): we prove first that we know the label secret, then the camera
 * does. The TLS exporter is part of what is proved, so with somebody in between neither proof fits.
 */
export async function pairCamera(
  hello: HelloMessage,
  lines: JsonLines,
  socket: TLSSocket,
  signal: AbortSignal,
  parts: HandshakeParts,
  deps: RuntimeDeps,
): Promise<void> {
  const { gatewayId, tickets, authority } = parts;
  if (hello.version !== pairingVersion)
    throw new PairingRefused('version_unsupported', `this gateway speaks ${pairingVersion}`);
  const description = readDescription(hello.device);
  const cameraNonce = decode(hello.nonce);
  if (cameraNonce.length !== nonceBytes) throw new PairingRefused('request_invalid', `a nonce has ${nonceBytes} bytes`);
  const host = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const claim = await tickets.claim({ id: hello.ticketId, ticket: decode(hello.ticket), serial: hello.serial });
  try {
    const transcript: Transcript = {
      serial: claim.serial,
      gatewayId,
      ticketId: claim.ticketId,
      cameraNonce,
      gatewayNonce: deps.random.bytes(nonceBytes),
      caCertificate: authority.caDer,
      certificateRequest: decode(hello.certificateRequest),
      device: hello.device,
      channel: socket.exportKeyingMaterial(channelBinding.length, channelBinding.label, Buffer.alloc(0)),
    };
    await tickets.prove(claim);
    lines.send({
      type: 'challenge',
      gatewayId,
      nonce: transcript.gatewayNonce.toString('base64'),
      caCertificate: authority.caDer.toString('base64'),
      proof: proof('gateway', claim.labelSecret, transcript).toString('base64'),
    });
    await readProof(lines, signal, proof('camera', claim.labelSecret, transcript));
    const certificate = await sign(authority, transcript.certificateRequest, claim.serial);
    const device = { serial: claim.serial, host, description, operator: claim.operator, ticketId: claim.ticketId };
    const cameraId = await tickets.issue(claim, certificate, (tx) => parts.adopt(tx, device));
    // First we know the camera, then it knows its certificate: it may come by MQTT at once.
    await parts.adopted(cameraId, device);
    lines.send(issued(parts, claim.serial, certificate));
  } catch (error) {
    await tickets.giveBack(claim, refusalOf(error));
    throw error;
  }
}

const refusalOf = (error: unknown): string =>
  error instanceof PairingRefused ? error.code : error instanceof ConnectionLost ? 'connection_lost' : 'interrupted';

/** The next certificate of a paired camera, for a fresh key, asked for with the present one. */
export async function renewCertificate(
  message: RenewMessage,
  device: DeviceIdentity,
  lines: JsonLines,
  parts: HandshakeParts,
  deps: RuntimeDeps,
): Promise<void> {
  const certificate = await sign(parts.authority, decode(message.certificateRequest), device.serial);
  const fresh = await parts.db.transaction((tx) =>
    insertPendingCertificate(
      tx,
      {
        serialNumber: certificate.serialNumber,
        keyHash: certificate.keyHash,
        device: device.serial,
        ticketId: null,
        issuedAt: deps.clock.now(),
        notAfter: certificate.notAfter,
      },
      device.serialNumber,
    ),
  );
  if (!fresh)
    throw new PairingRefused('certificate_refused', 'this key was certified before, or the camera was unpaired');
  lines.send(issued(parts, device.serial, certificate));
}

const issued = (parts: HandshakeParts, serial: string, certificate: DeviceCertificate): IssuedMessage => ({
  type: 'issued',
  certificate: certificate.der.toString('base64'),
  mqtt: { port: parts.mqttsPort(), clientId: serial, topicPrefix: `vigi/${parts.gatewayId}/${serial}/up` },
  notAfter: new Date(certificate.notAfter).toISOString(),
});

function readDescription(text: string): DeviceDescription {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = deviceDescription.safeParse(value);
  if (!parsed.success) throw new PairingRefused('request_invalid', 'the device description is not complete');
  return parsed.data;
}

async function readProof(lines: JsonLines, signal: AbortSignal, expected: Buffer): Promise<void> {
  const message = await lines.next(signal);
  const given = proofMessage.safeParse(message);
  if (given.success && sameProof(decode(given.data.proof), expected)) return;
  if (!given.success && !refusedMessage.safeParse(message).success)
    throw new PairingRefused('request_invalid', 'a proof was expected');
  throw new PairingRefused('proof_wrong', 'the secret on the label does not fit, or somebody sits in between');
}

async function sign(authority: HandshakeParts['authority'], csr: Buffer, name: string): Promise<DeviceCertificate> {
  try {
    return await authority.signDevice({ csr, name, days: certificateDays });
  } catch (error) {
    if (error instanceof CertificateRequestRefused) throw new PairingRefused('certificate_refused', error.message);
    throw error;
  }
}

/** The first line of a connection: what it wants. */
export function readFirst(message: unknown): HelloMessage {
  const hello = helloMessage.safeParse(message);
  if (!hello.success) throw new PairingRefused('request_invalid', 'a hello was expected');
  return hello.data;
}
