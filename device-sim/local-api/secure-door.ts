import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { SimCamera } from '../sim-camera.ts';
import { madeCertificate, serverCertificate } from './certificate.ts';
import { certificateBook, enabledCertificate } from './certificates.ts';

/** An HTTPS server of one camera that listens nowhere: connections are handed in. */
export interface SecureDoor {
  accept(socket: Socket): void;
}

export type SecureHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A connection that says nothing is cut after this; the calls of the web page come seconds apart. */
const idleMs = 30_000;

/** As on the HTTP port: a client may come back to its connection. */
const keepAliveMs = 60_000;

/** What TLS is served with, as text: connections after a change meet a server of their own. */
function settingOf(camera: SimCamera): string {
  const { clientMode, authorities } = certificateBook.read(camera);
  const { cert } = enabledCertificate(camera) ?? madeCertificate(camera) ?? { cert: '' };
  return clientMode ? cert + authorities.map((one) => one.cert).join('') : cert;
}

/**
 * Certificate and TLS context come into being with the first connection: a door nobody knocks at costs nothing. Another
 * certificate holds from the next connection on. `upgrade` gets what asks for another protocol.
 */
export function createSecureDoor(
  camera: SimCamera,
  handle: SecureHandler,
  deps: RuntimeDeps,
  upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): SecureDoor {
  let serving: { setting: string; server: Promise<Server> } | undefined;
  const start = async () => {
    const { key, cert } = enabledCertificate(camera) ?? (await serverCertificate(camera, deps));
    const { clientMode, authorities } = certificateBook.read(camera);
    const asking = clientMode && { requestCert: true, ca: authorities.map((one) => one.cert) };
    const made = createServer({ key, cert, minVersion: 'TLSv1.2', ...asking }, (request, response) => {
      handle(request, response).catch((error: unknown) => {
        camera.log.error({ reason: (error as Error).stack }, 'a call failed');
        if (response.headersSent) response.destroy();
        else sendJson(response, 500, { error_code: -1 });
      });
    });
    made.timeout = idleMs;
    made.keepAliveTimeout = keepAliveMs;
    if (upgrade) made.on('upgrade', upgrade);
    return made;
  };
  const current = () => {
    const setting = settingOf(camera);
    if (serving?.setting === setting) return serving;
    const next = { setting, server: start() };
    serving = next;
    // The first connection of all made the certificate that the setting speaks of.
    next.server.then(
      () => {
        if (setting === '') next.setting = settingOf(camera);
      },
      () => {
        if (serving === next) serving = undefined;
      },
    );
    return next;
  };
  return {
    accept(socket) {
      // Kept from throwing until the server below takes the socket over.
      socket.on('error', () => undefined);
      current().server.then(
        (ready) => void ready.emit('connection', socket),
        (error: unknown) => {
          camera.log.error({ reason: (error as Error).message }, 'no HTTPS certificate could be made');
          socket.destroy();
        },
      );
    },
  };
}

export function sendJson(response: ServerResponse, status: number, body: object, { close = status === 413 } = {}) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(close ? { connection: 'close' } : {}),
  });
  response.end(text);
}
