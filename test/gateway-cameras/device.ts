import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { formatLabelSecret } from '../../core/pairing/label-secret.ts';
import type { DeviceDescription } from '../../core/pairing/messages.ts';
import { channelBinding, pairingVersion, proof, type Transcript } from '../../core/pairing/transcript.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { gatewayId, type Side } from './side.ts';

/** A camera written by hand for these tests, so that it can do wrong on purpose. */
export interface Device {
  serial: string;
  labelSecret: Buffer;
  description: DeviceDescription;
}

export const newDevice = (serial: string, more: Partial<DeviceDescription> = {}): Device => ({
  serial,
  labelSecret: secureRandom.bytes(16),
  description: {
    name: `Camera ${serial}`,
    model: 'C340',
    manufacturer: 'VIGI',
    firmware: '1.0.0',
    mac: '02:00:00:00:00:01',
    host: '127.0.0.1',
    // Nothing listens there: these cameras speak MQTT only.
    onvifPort: 9,
    onvifPath: '/onvif/device_service',
    rtspPort: 554,
    httpsPort: 443,
    username: 'vms',
    password: 'a password of some length',
    ...more,
  },
});

export interface Keys {
  privateKey: string;
  csr: Buffer;
}

export async function newKeys(subject = 'CN=whatever', namedCurve: 'P-256' | 'P-384' = 'P-256'): Promise<Keys> {
  const algorithm = { name: 'ECDSA', namedCurve, hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create(
    { name: subject, keys, signingAlgorithm: algorithm },
    webcrypto as Crypto,
  );
  return {
    privateKey: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    csr: Buffer.from(request.rawData),
  };
}

export interface Ticket {
  ticketId: string;
  ticket: string;
}

export async function newTicket(house: Side, device: Device, operator?: string): Promise<Ticket> {
  const { tickets } = await house.side.tickets.create({
    elevation: house.elevation(operator),
    devices: [
      {
        serial: device.serial,
        labelSecret: formatLabelSecret(device.labelSecret),
        camera: { host: '127.0.0.1', httpsPort: 443 },
      },
    ],
  });
  return { ticketId: tickets[0]!.id, ticket: tickets[0]!.ticket };
}

export interface Conversation extends Disposable {
  socket: TLSSocket;
  send(message: object | string): void;
  /** The next line, or undefined when the connection ended. */
  next(): Promise<Record<string, string> | undefined>;
}

/** JSON lines over TLS 1.3 to the pairing port. */
export async function converse(port: number, more: ConnectionOptions = {}): Promise<Conversation> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: 'TLSv1.3', ...more });
  const lines: (Record<string, string> | undefined)[] = [];
  let wake = () => {};
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      lines.push(JSON.parse(text.slice(0, end)));
      text = text.slice(end + 1);
    }
    wake();
  });
  socket.on('close', () => {
    lines.push(undefined);
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return {
    socket,
    send: (message) => void socket.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`),
    async next() {
      while (lines.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return lines.length === 1 && lines[0] === undefined ? undefined : lines.shift();
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

export interface Paired {
  device: Device;
  privateKey: string;
  /** PEM. */
  certificate: string;
  caCertificate: string;
  mqttPort: number;
  clientId: string;
  topicPrefix: string;
}

const pem = (der: string) =>
  `-----BEGIN CERTIFICATE-----\n${der.replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;

export interface PairingSteps {
  /** Change what is sent, or end early. */
  hello?(message: Record<string, unknown>): Record<string, unknown>;
  secret?: Buffer;
  keys?: Keys;
  connection?: ConnectionOptions;
  port?: number;
  /** Called after the challenge was read; return false to leave. */
  onChallenge?(challenge: Record<string, string>, transcript: Transcript): boolean | Promise<boolean>;
}

/** Pair as the camera should, or as the steps say. The result is the refusal, or what was issued. */
export async function pair(
  house: { side: { pairingPort: number }; gatewayId?: string },
  device: Device,
  ticket: Ticket,
  steps: PairingSteps = {},
): Promise<{ refused: string | undefined; gatewayProved?: boolean; paired?: Paired }> {
  const keys = steps.keys ?? (await newKeys());
  using talk = await converse(steps.port ?? house.side.pairingPort, steps.connection);
  const cameraNonce = secureRandom.bytes(32);
  const text = JSON.stringify(device.description);
  const hello = {
    type: 'hello',
    version: pairingVersion,
    serial: device.serial,
    ...ticket,
    nonce: cameraNonce.toString('base64'),
    device: text,
    certificateRequest: keys.csr.toString('base64'),
  };
  talk.send(steps.hello?.(hello) ?? hello);
  const challenge = await talk.next();
  if (challenge?.['type'] !== 'challenge') return { refused: challenge?.['code'] ?? 'closed' };
  const transcript: Transcript = {
    serial: device.serial,
    gatewayId: house.gatewayId ?? gatewayId,
    ticketId: ticket.ticketId,
    cameraNonce,
    gatewayNonce: Buffer.from(challenge['nonce']!, 'base64'),
    caCertificate: Buffer.from(challenge['caCertificate']!, 'base64'),
    certificateRequest: keys.csr,
    device: text,
    channel: talk.socket.exportKeyingMaterial(channelBinding.length, channelBinding.label, Buffer.alloc(0)),
  };
  const gatewayProved = proof('gateway', device.labelSecret, transcript).toString('base64') === challenge['proof'];
  if ((await steps.onChallenge?.(challenge, transcript)) === false) return { refused: undefined, gatewayProved };
  talk.send({
    type: 'proof',
    proof: proof('camera', steps.secret ?? device.labelSecret, transcript).toString('base64'),
  });
  const issued = (await talk.next()) as unknown as
    | {
        type: string;
        code?: string;
        certificate: string;
        mqtt: { port: number; clientId: string; topicPrefix: string };
      }
    | undefined;
  if (issued?.type !== 'issued') return { refused: issued?.code ?? 'closed', gatewayProved };
  return {
    refused: undefined,
    gatewayProved,
    paired: {
      device,
      privateKey: keys.privateKey,
      certificate: pem(issued.certificate),
      caCertificate: pem(challenge['caCertificate']!),
      mqttPort: issued.mqtt.port,
      clientId: issued.mqtt.clientId,
      topicPrefix: issued.mqtt.topicPrefix,
    },
  };
}

/** A device that is paired. */
export async function pairedDevice(house: Side, serial: string): Promise<Paired> {
  const device = newDevice(serial, { onvifPort: nextPort() });
  const { paired, refused } = await pair(house, device, await newTicket(house, device));
  if (!paired) throw new Error(`not paired: ${refused}`);
  return paired;
}

let port = 10_000;
/** Addresses of cameras must differ; nothing is ever asked there that matters. */
const nextPort = () => ++port;

/** TLS options of a paired camera. */
export const mutualTls = ({ privateKey, certificate, caCertificate }: Paired): ConnectionOptions => ({
  key: privateKey,
  cert: certificate,
  ca: caCertificate,
  rejectUnauthorized: true,
  checkServerIdentity: () => undefined,
});
