import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { extname, join, normalize } from 'node:path';
import type { Duplex } from 'node:stream';
import { parseCookie, stringifySetCookie } from 'cookie';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { listen, urlHost } from '../../core/runtime/listen.ts';
import { webRoot } from '../../core/runtime/package-root.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import type { Device } from '../config-tool/device.ts';
import { send } from '../terminal/request.ts';
import { AppError, readBody, sendJson, sendProblem } from './answers.ts';
import { isCloudCall } from './cloud-calls.ts';
import type { AppDoor } from './doors.ts';
import { handOn, handOnSocket } from './hand-on.ts';
import { createOpenedVms, type OpenedVms } from './opened.ts';
import { fromOwnPage } from './own-origin.ts';
import { createPairing } from './pair-camera.ts';

export interface AppConfig {
  host: string;
  port: number;
  cloudUrl: string;
  /** How phones reach it when not by host and port. */
  publicUrl?: string;
  /** PEM texts: serve HTTPS. Phones install a page and open their camera for it over HTTPS only, except on this machine. */
  tls?: { cert: string; key: string };
  /** The cameras of this LAN. */
  findDevices(): Promise<Device[]>;
}

const handleCookie = 'vigil_app_vms';
const vmsPath = /^\/vms\/(gw_[A-Za-z0-9_-]{16})(\/.*)$/;
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The App for phones: its page, and what a phone's app does besides. */
export const startApp = (config: AppConfig, deps: RuntimeDeps): Promise<{ url: string } & AsyncDisposable> =>
  startAll(async (own) => {
    const { log } = deps;
    const cloudUrl = config.cloudUrl.replace(/\/+$/, '');
    const opened = createOpenedVms(cloudUrl, deps);
    const pairing = createPairing({ findDevices: config.findDevices, clock: deps.clock });
    const secure = config.tls !== undefined;

    const handleOf = (request: IncomingMessage) => parseCookie(request.headers.cookie ?? '')[handleCookie];
    const vmsOf = (request: IncomingMessage, gatewayId: string): OpenedVms => {
      const handle = handleOf(request);
      const found = handle === undefined ? undefined : opened.find(handle, gatewayId);
      if (!found) throw new AppError('vms_not_open', 'open this VMS Local first');
      return found;
    };
    const setHandle = (response: ServerResponse, gatewayId: string, value: string, maxAge?: number) =>
      response.setHeader(
        'set-cookie',
        stringifySetCookie({
          name: handleCookie,
          value,
          path: `/vms/${gatewayId}/`,
          httpOnly: true,
          sameSite: 'strict',
          secure,
          ...(maxAge === undefined ? {} : { maxAge }),
        }),
      );

    async function vms(request: IncomingMessage, response: ServerResponse, gatewayId: string, path: string) {
      const plain = path.split('?')[0]!;
      const post = request.method === 'POST';
      if (plain === '/open' && post) {
        const { authorization } = request.headers;
        if (!authorization) throw new AppError('sign_in_required', 'sign in first');
        setHandle(response, gatewayId, await opened.open(gatewayId, authorization));
        return sendJson(response, 204, undefined);
      }
      if (plain === '/close' && post) {
        const handle = handleOf(request);
        const found = handle === undefined ? undefined : opened.find(handle, gatewayId);
        if (handle !== undefined) opened.close(handle);
        setHandle(response, gatewayId, '', 0);
        if (found) await leave(found);
        return sendJson(response, 204, undefined);
      }
      const found = vmsOf(request, gatewayId);
      if (plain === '/local/find' && post)
        return sendJson(response, 200, await pairing.find(found, await readBody(request)));
      if (plain === '/local/activate' && post)
        return sendJson(response, 200, await pairing.activate(found, await readBody(request)));
      if (plain === '/local/pair' && post)
        return sendJson(response, 200, await pairing.pair(found, await readBody(request)));
      if (!plain.startsWith('/api/v1/')) throw new AppError('not_found', 'there is nothing at this address');
      return handOn(request, response, `${found.base}${path}`, { cookie: found.cookie });
    }

    const leave = ({ base, cookie }: OpenedVms) =>
      send(`${base}/api/v1/auth/sign-out`, {
        what: 'VMS Local',
        method: 'POST',
        json: {},
        headers: { cookie },
        withinMs: 3_000,
      }).then(
        ({ body }) => void body.resume(),
        (error: Error) => log.debug({ reason: error.message }, 'a VMS Local was left without a word'),
      );

    /** Which door a request comes in by. */
    function doorOf(path: string): AppDoor {
      if (path.startsWith('/cloud/')) return 'cloud';
      const inner = vmsPath.exec(path)?.[2];
      if (inner !== undefined) return inner.startsWith('/local/') ? 'local' : 'vms';
      return 'pages';
    }

    async function answer(request: IncomingMessage, response: ServerResponse) {
      const path = request.url ?? '/';
      const method = request.method ?? 'GET';
      response.setHeader('x-content-type-options', 'nosniff');
      response.setHeader('referrer-policy', 'same-origin');
      response.setHeader('content-security-policy', contentPolicy);
      if (method !== 'GET' && method !== 'HEAD' && !fromOwnPage(request))
        throw new AppError('origin_refused', 'this request does not come from the App');
      const door = doorOf(path);
      if (door === 'pages') return page(method, path, response);
      if (door === 'cloud') {
        const rest = path.slice('/cloud'.length);
        if (!isCloudCall(method, rest)) throw new AppError('not_found', 'the App does not make this call');
        return handOn(request, response, `${cloudUrl}${rest}`, { tellClient: true });
      }
      const [, gatewayId = '', inner = ''] = vmsPath.exec(path) ?? [];
      return vms(request, response, gatewayId, inner);
    }

    const server = config.tls ? createTlsServer({ ...config.tls, minVersion: 'TLSv1.2' }) : createServer();
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      answer(request, response).catch((error: unknown) => {
        if (error instanceof AppError) return sendProblem(response, error);
        log.error({ err: error, method: request.method }, 'a request failed by our own fault');
        if (response.headersSent) response.destroy();
        else response.writeHead(500, { 'cache-control': 'no-store' }).end();
      });
    });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const [, gatewayId = '', inner = ''] = vmsPath.exec(request.url ?? '') ?? [];
      const handle = handleOf(request);
      const found = handle === undefined ? undefined : opened.find(handle, gatewayId);
      if (!found || inner !== '/api/v1/feed' || !fromOwnPage(request)) {
        socket.on('error', () => undefined);
        return void socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      }
      handOnSocket(request, socket, head, `${found.base}${inner}`, found.cookie);
    });

    const listening = own(await listen(server, config.port, config.host));
    const scheme = secure ? 'https' : 'http';
    return { url: config.publicUrl ?? `${scheme}://${urlHost(config.host)}:${listening.port}` };
  });

/** A file of the built page. Names below assets/ carry a hash and never change; all else is asked for anew. */
async function page(method: string, given: string, response: ServerResponse): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD')
    throw new AppError('method_not_allowed', 'the App is read, not written to');
  let path: string;
  try {
    path = normalize(decodeURIComponent(given.split('?')[0]!));
  } catch {
    throw new AppError('not_found', 'there is nothing at this address');
  }
  const type = types[extname(path)];
  const name = path === '/' ? '/index.html' : path;
  if ((path !== '/' && !type) || name.includes('..') || name.includes('\0'))
    throw new AppError('not_found', 'there is nothing at this address');
  let bytes: Buffer;
  try {
    bytes = await readFile(join(webRoot('app'), name));
  } catch {
    throw new AppError(
      'not_found',
      path === '/' ? 'the App is not built yet: npm run build' : 'there is nothing at this address',
    );
  }
  response.writeHead(200, {
    'content-type': types[extname(name)]!,
    'content-length': bytes.length,
    'cache-control': name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  response.end(method === 'HEAD' ? undefined : bytes);
}
