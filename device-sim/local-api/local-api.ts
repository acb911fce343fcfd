import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { escapeHtml } from '../escape-html.ts';
import { underFaultAsync } from '../faults/http-faults.ts';
import { readBody } from '../read-body.ts';
import { httpMessageOf } from '../wire/http-message.ts';
import { createDs, type Ds, type DsOptions, dsCode } from './ds.ts';
import { createSecureDoor, type SecureHandler, sendJson } from './secure-door.ts';

/** What the HTTP port answers, for the same by TLS. */
export interface WebServices {
  /** False when the request is none of theirs; nothing was done then. */
  take(request: IncomingMessage, response: ServerResponse): boolean;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface LocalApiOptions extends DsOptions {
  /** ONVIF, still picture and streams; absent while the camera has no power. */
  web?(): WebServices | undefined;
}

/** The HTTPS side of one camera: its web page's JSON API, and what its HTTP port has. */
export interface LocalApi {
  accept(socket: Socket): void;
  clearSessions(): void;
}

export function createLocalApi(options: LocalApiOptions, deps: RuntimeDeps): LocalApi {
  const ds = createDs(options, deps);
  const door = createSecureDoor(options.camera, answer(options, ds, deps), deps, (request, socket, head) => {
    const web = options.web?.();
    if (web) web.upgrade(request, socket, head);
    else socket.destroy();
  });
  return { accept: door.accept, clearSessions: ds.clearSessions };
}

const callPath = /^\/stok=([0-9a-f]{32})\/ds$/;

const answer =
  ({ camera, faults, web }: LocalApiOptions, ds: Ds, deps: RuntimeDeps): SecureHandler =>
  async (request, response) => {
    if (web?.()?.take(request, response)) {
      // A parked PullMessages and a tunnel are silent for longer than a web page.
      request.socket.setTimeout(0);
      return;
    }
    const path = request.url ?? '/';
    if (request.method === 'GET' && path === '/') {
      const name = escapeHtml(camera.profile.marketName);
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "default-src 'none'",
      });
      response.end(`<!doctype html><title>${name}</title><p>${name}, ${camera.identity.serial}: a simulated camera.`);
      return;
    }
    const stok = callPath.exec(path)?.[1];
    if (request.method !== 'POST' || (path !== '/' && !stok))
      return sendJson(response, 404, { error_code: dsCode.getUnknown });
    const text = await readBody(request);
    if (text === undefined) return sendJson(response, 413, { error_code: dsCode.setUnknown });
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return sendJson(response, 400, { error_code: dsCode.methodUnknown });
    }
    const name = ds.nameOf(body);
    const go = async () => {
      const beganAt = deps.clock.now();
      const reply = stok ? await ds.call(stok, body) : await ds.open(body);
      const peer = request.socket.remoteAddress ?? '';
      camera.received(
        {
          protocol: 'ds',
          what: `POST /ds ${name}`,
          peer,
          outcome: String(reply.error_code),
          ms: deps.clock.now() - beganAt,
        },
        () => ({
          request: httpMessageOf(request, text),
          answer: { start: 'HTTP/1.1 200', body: JSON.stringify(reply) },
        }),
      );
      sendJson(response, 200, reply);
    };
    await underFaultAsync({ camera, book: faults, door: 'ds' }, name, request, response, go, deps);
  };
