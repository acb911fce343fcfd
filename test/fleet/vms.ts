import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import { createServer, type TLSSocket } from 'node:tls';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { Aedes } from 'aedes';
import { channelBinding, proof, sameProof, type Transcript } from '../../core/pairing/transcript.ts';
import { listen } from '../../core/runtime/listen.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const pem = (key: webcrypto.CryptoKey) => KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
const hour = 3_600_000;
const day = 24 * hour;
let serial = 1;

/** A certificate authority of a test. */
export async function createCa(name = 'Test CA') {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    serialNumber: (serial++).toString(16).padStart(4, '0'),
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + 365 * day),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const issue = async (subject: string, publicKey: webcrypto.CryptoKey | X509Certificate['publicKey'], use: string) =>
    X509CertificateGenerator.create({
      subject: `CN=${subject}`,
      issuer: certificate.subject,
      serialNumber: (serial++).toString(16).padStart(4, '0'),
      notBefore: new Date(Date.now() - day),
      notAfter: new Date(Date.now() + 3 * hour),
      signingKey: keys.privateKey,
      publicKey: publicKey as webcrypto.CryptoKey,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new ExtendedKeyUsageExtension([use]),
        new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
      ],
    });
  const serverKeys = await newKeys();
  const server = await issue('gateway', serverKeys.publicKey, '1.3.6.1.5.5.7.3.1');
  return {
    der: Buffer.from(certificate.rawData),
    pem: certificate.toString('pem'),
    server: { key: pem(serverKeys.privateKey), cert: server.toString('pem') },
    client: (subject: string, key: webcrypto.CryptoKey | X509Certificate['publicKey']) =>
      issue(subject, key, '1.3.6.1.5.5.7.3.2'),
  };
}
export type Ca = Awaited<ReturnType<typeof createCa>>;

export interface TestGatewayOptions {
  ca: Ca;
  gatewayId: string;
  labelSecret: Buffer;
  mqttPort?: number;
  /** What to do otherwise than a good gateway. */
  change?(message: Record<string, unknown>): Record<string, unknown>;
  certificateFor?(request: Pkcs10CertificateRequest, subject: string): Promise<X509Certificate>;
}

/** The gateway's half of the handshake, written from core/pairing alone. */
export async function startTestGateway(options: TestGatewayOptions) {
  const { ca, gatewayId, labelSecret, mqttPort = 8883, change = (message) => message } = options;
  const heard: Record<string, unknown>[] = [];
  const news = createNews();
  const issue = options.certificateFor ?? ((request, subject) => ca.client(subject, request.publicKey));
  const issued = async (der: Buffer, subject: string) => {
    const request = new Pkcs10CertificateRequest(new Uint8Array(der));
    const certificate = await issue(request, subject);
    return {
      type: 'issued',
      certificate: Buffer.from(certificate.rawData).toString('base64'),
      mqtt: { port: mqttPort, clientId: subject, topicPrefix: `vigi/${gatewayId}/${subject}/up` },
      notAfter: certificate.notAfter.toISOString(),
    };
  };

  const serve = async (socket: TLSSocket) => {
    const send = (message: Record<string, unknown>) => socket.write(`${JSON.stringify(change(message))}\n`);
    const refuse = (code: string) => {
      send({ type: 'refused', code, message: `refused: ${code}` });
      socket.end();
    };
    let transcript: Transcript | undefined;
    let text = '';
    for await (const chunk of socket) {
      text += chunk;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const message = JSON.parse(text.slice(0, end));
        text = text.slice(end + 1);
        heard.push(message);
        if (message.type === 'hello') {
          const gatewayNonce = Buffer.alloc(32, 7);
          transcript = {
            serial: message.serial,
            gatewayId,
            ticketId: message.ticketId,
            cameraNonce: Buffer.from(message.nonce, 'base64'),
            gatewayNonce,
            caCertificate: ca.der,
            certificateRequest: Buffer.from(message.certificateRequest, 'base64'),
            device: message.device,
            channel: socket.exportKeyingMaterial(channelBinding.length, channelBinding.label, Buffer.alloc(0)),
          };
          send({
            type: 'challenge',
            gatewayId,
            nonce: gatewayNonce.toString('base64'),
            caCertificate: ca.der.toString('base64'),
            proof: proof('gateway', labelSecret, transcript).toString('base64'),
          });
        } else if (message.type === 'proof' && transcript) {
          const expected = proof('camera', labelSecret, transcript);
          if (!sameProof(expected, Buffer.from(message.proof, 'base64'))) return refuse('proof_wrong');
          send(await issued(transcript.certificateRequest, transcript.serial));
        } else if (message.type === 'renew') {
          const name = socket.getPeerCertificate().subject?.CN;
          if (!socket.authorized || !name) return refuse('request_invalid');
          send(await issued(Buffer.from(message.certificateRequest, 'base64'), String(name)));
        }
        news.tell();
      }
    }
  };
  const server = createServer(
    { ...ca.server, ca: ca.pem, minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: false },
    (socket) => {
      socket.on('error', () => undefined);
      serve(socket).catch(() => socket.destroy());
    },
  );
  const listening = await listen(server, 0);
  return {
    port: listening.port,
    heard,
    /** Settles when a message of this type was heard and dealt with. */
    answered: (type: string) => news.until(() => heard.some((message) => message['type'] === type)),
    request: {
      gatewayId,
      gatewayHost: '127.0.0.1',
      gatewayPort: listening.port,
      ticketId: 't1',
      ticket: `${'A'.repeat(43)}=`,
    },
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

/** Lets a test wait for something to become true without looking at the time. */
function createNews() {
  const waiting = new Set<() => void>();
  return {
    tell: () => [...waiting].forEach((look) => void look()),
    until: <T>(look: () => T | undefined | false) =>
      new Promise<T>((resolve) => {
        const again = () => {
          const found = look();
          if (!found) return;
          waiting.delete(again);
          resolve(found);
        };
        waiting.add(again);
        again();
      }),
  };
}

export interface Published {
  topic: string;
  payload: string;
  retain: boolean;
  qos: number;
}

/** An MQTT broker: over mutual TLS when given a CA, plain otherwise. It remembers what cameras publish. */
export async function startTestBroker(ca?: Ca, authenticate?: (username?: string, password?: string) => boolean) {
  const aedes = await Aedes.createBroker();
  const published: Published[] = [];
  const news = createNews();
  let connections = 0;
  if (authenticate)
    aedes.authenticate = (_client, username, password, done) =>
      done(null, authenticate(username, password?.toString()));
  aedes.on('publish', (packet, client) => {
    if (!client) return;
    const { topic, payload, retain, qos } = packet;
    published.push({ topic, payload: payload.toString(), retain, qos });
    news.tell();
  });
  aedes.on('clientReady', () => {
    connections += 1;
    news.tell();
  });
  const server = ca
    ? createServer(
        { ...ca.server, ca: ca.pem, minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: true },
        (socket) => void aedes.handle(socket),
      )
    : (await import('node:net')).createServer((socket) => void aedes.handle(socket));
  const listening = await listen(server, 0);
  return {
    port: listening.port,
    aedes,
    published,
    /** The first message that fits, waiting for it if need be. */
    first: (fits: (one: Published) => boolean) => news.until(() => published.find(fits)),
    /** Settles when `count` messages fit; gives them. */
    some: (count: number, fits: (one: Published) => boolean) =>
      news.until(() => {
        const found = published.filter(fits);
        return found.length >= count && found;
      }),
    connectedTimes: (count: number) => news.until(() => connections >= count),
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await listening[Symbol.asyncDispose]();
    },
  };
}
