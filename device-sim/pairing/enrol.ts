import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import {
  challengeMessage,
  type DeviceDescription,
  goodMessage,
  handshakeTimeoutMs,
  issuedMessage,
  refusedMessage,
} from '../../core/pairing/messages.ts';
import { channelBinding, nonceBytes, pairingVersion, proof, sameProof } from '../../core/pairing/transcript.ts';
import { startTimer } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Identity, PairingState } from '../camera.ts';
import { createCertificateRequest, readCa, readIssued } from './certificate-request.ts';
import { createLines, type Lines } from './lines.ts';
import { PairingError } from './pairing-error.ts';

/** What the Config Tool hands a camera. */
export interface PairRequest {
  gatewayId: string;
  gatewayHost: string;
  gatewayPort: number;
  ticketId: string;
  /** Base64. */
  ticket: string;
}

export interface Enrolment {
  identity: Identity;
  request: PairRequest;
  /** Written down once the connection tells from which address the camera speaks. */
  describe(localAddress: string): DeviceDescription;
  /** The address to dial from, where the camera has one of its own. */
  localAddress?: string;
  /** The gateway has proved that it knows the label secret: from now on it is trusted. */
  onProven(): void;
}

/**
 * The camera's half of the handshake (DESIGN §5 step 4). The gateway proves first: until its proof is right nothing of
 * it is believed, its CA is not pinned and our own proof is not sent. A man in the middle sees another TLS exporter
 * on either side, so neither proof fits.
 */
export function enrol(
  { identity, request, describe, localAddress, onProven }: Enrolment,
  deps: RuntimeDeps,
): Promise<PairingState> {
  const { gatewayId, gatewayHost, gatewayPort, ticketId, ticket } = request;
  const dial = { host: gatewayHost, port: gatewayPort, localAddress, rejectUnauthorized: false };
  return converse(dial, deps, async (lines, socket, signal) => {
    const keys = await createCertificateRequest(identity.serial);
    const cameraNonce = deps.random.bytes(nonceBytes);
    const device = describe(socket.localAddress ?? gatewayHost);
    const deviceText = JSON.stringify(device);
    lines.send({
      type: 'hello',
      version: pairingVersion,
      serial: identity.serial,
      ticketId,
      ticket,
      nonce: cameraNonce.toString('base64'),
      device: deviceText,
      certificateRequest: keys.der.toString('base64'),
    });

    const challenge = read(challengeMessage, await lines.next(signal));
    if (challenge.gatewayId !== gatewayId)
      throw new PairingError('gateway_mismatch', `gateway ${challenge.gatewayId} answered, not ${gatewayId}`);
    const caCertificate = Buffer.from(challenge.caCertificate, 'base64');
    const transcript = {
      serial: identity.serial,
      gatewayId,
      ticketId,
      cameraNonce,
      gatewayNonce: Buffer.from(challenge.nonce, 'base64'),
      caCertificate,
      certificateRequest: keys.der,
      device: deviceText,
      channel: socket.exportKeyingMaterial(channelBinding.length, channelBinding.label, Buffer.alloc(0)),
    };
    const expected = proof('gateway', identity.labelSecret, transcript);
    if (transcript.gatewayNonce.length !== nonceBytes || !sameProof(expected, Buffer.from(challenge.proof, 'base64')))
      throw new PairingError('gateway_proof_wrong', 'the gateway does not know the secret on the label');
    const ca = readCa(caCertificate);
    onProven();
    lines.send({ type: 'proof', proof: proof('camera', identity.labelSecret, transcript).toString('base64') });

    const issued = read(issuedMessage, await lines.next(signal));
    if (issued.mqtt.clientId !== identity.serial)
      throw new PairingError('certificate_invalid', `the gateway issued the name ${issued.mqtt.clientId}`);
    return {
      gatewayId,
      gatewayHost,
      pairingPort: gatewayPort,
      mqttPort: issued.mqtt.port,
      clientId: issued.mqtt.clientId,
      topicPrefix: issued.mqtt.topicPrefix,
      privateKey: keys.privateKey,
      certificate: readIssued(Buffer.from(issued.certificate, 'base64'), keys, ca, identity.serial),
      caCertificate: ca,
      issuedAt: deps.clock.now(),
      expiresAt: Date.parse(issued.notAfter),
      username: device.username,
    };
  });
}

/** A fresh certificate for a fresh key, by the pinned CA, asked for with the present one. */
export function renew(
  serial: string,
  pairing: PairingState,
  localAddress: string | undefined,
  deps: RuntimeDeps,
): Promise<PairingState> {
  const dial = { host: pairing.gatewayHost, port: pairing.pairingPort, localAddress, ...mutualTls(pairing) };
  return converse(dial, deps, async (lines, _socket, signal) => {
    const keys = await createCertificateRequest(serial);
    lines.send({ type: 'renew', certificateRequest: keys.der.toString('base64') });
    const issued = read(issuedMessage, await lines.next(signal));
    return {
      ...pairing,
      mqttPort: issued.mqtt.port,
      topicPrefix: issued.mqtt.topicPrefix,
      privateKey: keys.privateKey,
      certificate: readIssued(Buffer.from(issued.certificate, 'base64'), keys, pairing.caCertificate, serial),
      issuedAt: deps.clock.now(),
      expiresAt: Date.parse(issued.notAfter),
    };
  });
}

/**
 * Ask the gateway whether our certificate is still good there. Throws PairingError: `unpaired` when the gateway, proved by
 * the pinned CA, has taken it back; anything else says nothing about that.
 */
export function check(pairing: PairingState, localAddress: string | undefined, deps: RuntimeDeps): Promise<void> {
  const dial = { host: pairing.gatewayHost, port: pairing.pairingPort, localAddress, ...mutualTls(pairing) };
  return converse(dial, deps, async (lines, _socket, signal) => {
    lines.send({ type: 'check' });
    read(goodMessage, await lines.next(signal));
  });
}

/** TLS options of a paired camera: its certificate, and nobody but the pinned CA to vouch for the gateway. */
export const mutualTls = (pairing: PairingState) => ({
  key: pairing.privateKey,
  cert: pairing.certificate,
  ca: pairing.caCertificate,
  rejectUnauthorized: true,
  // The CA is the gateway's own, so its word is enough; gateways move from address to address.
  checkServerIdentity: () => undefined,
});

type Dial = ConnectionOptions & { localAddress?: string };

async function converse<T>(
  dial: Dial,
  deps: RuntimeDeps,
  talk: (lines: Lines, socket: TLSSocket, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  using _late = startTimer(deps.clock, handshakeTimeoutMs, () =>
    ended.abort(new PairingError('timed_out', 'the gateway took too long')),
  );
  const socket = connect({ ...dial, minVersion: 'TLSv1.3', ALPNProtocols: [] });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', (error) =>
        reject(
          new PairingError('gateway_unreachable', `the gateway cannot be reached: ${error.message}`, { cause: error }),
        ),
      );
      ended.signal.addEventListener('abort', () => reject(ended.signal.reason), { once: true });
    });
    return await talk(createLines(socket), socket, ended.signal);
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

/** One message of the kind expected; a refusal becomes its own error. */
function read<T>(schema: { safeParse(value: unknown): { success: boolean; data?: T } }, message: unknown): T {
  const wanted = schema.safeParse(message);
  if (wanted.success) return wanted.data as T;
  const refused = refusedMessage.safeParse(message);
  if (refused.success) throw new PairingError(refused.data.code, refused.data.message);
  throw new PairingError('protocol_error', 'the gateway sent a message out of place');
}
