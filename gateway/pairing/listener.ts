import { constants, X509Certificate } from 'node:crypto';
import { createServer, type TLSSocket } from 'node:tls';
import { checkMessage, handshakeTimeoutMs, renewMessage } from '../../core/pairing/messages.ts';
import { startTimer } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { type Listening, listen } from '../../core/runtime/listen.ts';
import { identifyDevice } from '../broker/device-identity.ts';
import type { ServerIdentity } from '../tls/authority.ts';
import { type HandshakeParts, pairCamera, readFirst, renewCertificate } from './handshake.ts';
import { ConnectionLost, createJsonLines } from './lines.ts';
import { PairingRefused } from './tickets.ts';

export interface PairingListenerOptions extends HandshakeParts {
  host: string;
  port: number;
  identity: ServerIdentity;
  caPem: string;
}

/** Connections at a time: each may cost a signature. The one that waits longest makes room. */
const maxConnections = 64;

/**
 * The door for cameras: TLS 1.3 only, since the exporter of older versions does not bind the whole handshake. Nobody has
 * to show a certificate; who shows one may renew it or ask after it, and nothing else.
 */
export function startPairingListener(options: PairingListenerOptions, deps: RuntimeDeps): Promise<Listening> {
  const ca = new X509Certificate(options.caPem);
  const open = new Set<TLSSocket>();
  const server = createServer(
    {
      ...options.identity,
      ca: options.caPem,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      handshakeTimeout: handshakeTimeoutMs,
      secureOptions: constants.SSL_OP_NO_TICKET,
    },
    (socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      if (open.size > maxConnections) [...open][0]?.destroy();
      void converse(socket, ca, options, deps);
    },
  );
  server.maxConnections = maxConnections * 4;
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return listen(server, options.port, options.host);
}

async function converse(socket: TLSSocket, ca: X509Certificate, options: PairingListenerOptions, deps: RuntimeDeps) {
  const { log, clock } = deps;
  socket.on('error', () => undefined);
  const ended = new AbortController();
  using _late = startTimer(clock, handshakeTimeoutMs, () =>
    ended.abort(new PairingRefused('request_invalid', 'the handshake took too long')),
  );
  const lines = createJsonLines(socket);
  try {
    const device = await identifyDevice(socket, { db: options.db, ca, now: clock.now() });
    if (device === 'unpaired') throw new PairingRefused('unpaired', 'this camera was removed here');
    if (device === 'refused') throw new PairingRefused('certificate_refused', 'this certificate is not good here');
    const first = await lines.next(ended.signal);
    if (device && checkMessage.safeParse(first).success) {
      lines.send({ type: 'good' });
    } else if (device) {
      const message = renewMessage.safeParse(first);
      if (!message.success)
        throw new PairingRefused('request_invalid', 'a certificate is for renewal and for asking after it');
      await renewCertificate(message.data, device, lines, options, deps);
      log.info({ camera: device.serial }, 'a certificate was renewed');
    } else {
      await pairCamera(readFirst(first), lines, socket, ended.signal, options, deps);
    }
  } catch (error) {
    if (error instanceof PairingRefused) {
      log.info({ reason: error.code, peer: socket.remoteAddress }, 'a pairing was refused');
      lines.send({ type: 'refused', code: error.code, message: error.message });
    } else if (!(error instanceof ConnectionLost)) {
      log.error({ err: error }, 'a pairing failed by our own fault');
      lines.send({ type: 'refused', code: 'busy', message: 'the gateway could not finish; try again' });
    }
  } finally {
    socket.end();
    // Who does not close after that is closed.
    startTimer(clock, 1_000, () => socket.destroy());
  }
}
