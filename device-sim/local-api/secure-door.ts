import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { SimCamera } from '../sim-camera.ts';
import { serverCertificate } from './certificate.ts';

/** An HTTPS server of one camera that listens nowhere: connections are handed in. */
export interface SecureDoor {
  accept(socket: Socket): void;
}

export type SecureHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A connection that says nothing is cut after this; the calls of the web page come seconds apart. */
const idleMs = 30_000;

/** Certificate and TLS context come into being with the first connection: a door nobody knocks at costs nothing. */
export function createSecureDoor(camera: SimCamera, handle: SecureHandler, deps: RuntimeDeps): SecureDoor {
  let server: Promise<Server> | undefined;
  const start = async () => {
    const { key, cert } = await serverCertificate(camera, deps);
    const made = createServer({ key, cert, minVersion: 'TLSv1.2' }, (request, response) => {
      handle(request, response).catch((error: unknown) => {
        camera.log.error({ reason: (error as Error).stack }, 'a call failed');
        if (response.headersSent) response.destroy();
        else sendJson(response, 500, { error_code: -1 });
      });
    });
    made.timeout = idleMs;
    return made;
  };
  return {
    accept(socket) {
      // Kept from throwing until the server below takes the socket over.
      socket.on('error', () => undefined);
      server ??= start();
      server.then(
        (ready) => void ready.emit('connection', socket),
        (error: unknown) => {
          server = undefined;
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
