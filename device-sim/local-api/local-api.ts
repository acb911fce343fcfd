import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { escapeHtml } from '../escape-html.ts';
import { readBody } from '../read-body.ts';
import type { SimCamera } from '../sim-camera.ts';
import { serverCertificate } from './certificate.ts';
import { createDs, type Ds, type DsOptions, dsCode } from './ds.ts';

/** The HTTPS side of one camera: its web page's JSON API. It listens nowhere itself; connections are handed in. */
export interface LocalApi {
  accept(socket: Socket): void;
  clearSessions(): void;
}

/** An idle connection is cut after this; the page's own calls come seconds apart. */
const idleMs = 30_000;

/** Certificate, TLS context and sessions come into being with the first connection: an unused one costs nothing. */
export function createLocalApi(options: DsOptions, deps: RuntimeDeps): LocalApi {
  const { camera } = options;
  let server: Promise<Server> | undefined;
  let ds: Ds | undefined;

  const start = async () => {
    const { key, cert } = await serverCertificate(camera, deps);
    ds ??= createDs(options, deps);
    const made = createServer({ key, cert, minVersion: 'TLSv1.2' }, answer(camera, ds));
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
    clearSessions: () => ds?.clearSessions(),
  };
}

const callPath = /^\/stok=([0-9a-f]{32})\/ds$/;

const answer = (camera: SimCamera, ds: Ds): RequestListener => {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/';
    if (request.method === 'GET' && path === '/') {
      const { profile, identity } = camera;
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.setHeader('content-security-policy', "default-src 'none'");
      response.end(
        `<!doctype html><title>${escapeHtml(profile.marketName)}</title><p>${escapeHtml(profile.marketName)}, ${identity.serial}: a simulated camera.`,
      );
      return;
    }
    const stok = callPath.exec(path)?.[1];
    if (request.method !== 'POST' || (path !== '/' && !stok))
      return send(response, 404, { error_code: dsCode.getUnknown });
    const text = await readBody(request);
    if (text === undefined) return send(response, 413, { error_code: dsCode.setUnknown });
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return send(response, 400, { error_code: dsCode.methodUnknown });
    }
    const reply = stok ? await ds.call(stok, body) : await ds.open(body);
    camera.received({
      what: `POST /ds ${ds.nameOf(body)}`,
      peer: request.socket.remoteAddress ?? '',
      outcome: String(reply.error_code),
    });
    send(response, 200, reply);
  };
  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      camera.log.error({ reason: (error as Error).stack }, 'a call to the local API failed');
      if (!response.headersSent) send(response, 500, { error_code: -1 });
      else response.destroy();
    });
  };
};

function send(response: ServerResponse, status: number, body: object) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(text);
}
