import type { RequestListener } from 'node:http';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TunnelSocket } from '../core/tunnel/stream-socket.ts';
import type { Door } from './doors.ts';
import { refuseUpgrade } from './feed.ts';
import type { ServerIdentity } from './tls/authority.ts';

/** A WebSocket by its path. */
export interface UpgradeRoute {
  path: string;
  door: Door;
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface HttpServer {
  server: Server;
  /** One connection out of the tunnel: the same app, the same WebSockets. */
  accept(socket: TunnelSocket): void;
  /** A new certificate, without dropping anybody. */
  renew(identity: ServerIdentity): void;
}

export function createHttpServer(app: RequestListener, upgrades: UpgradeRoute[], tls?: ServerIdentity): HttpServer {
  const secure = tls && createTlsServer({ ...tls, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] }, app);
  const server: Server = secure ?? createServer(app);
  server.on('upgrade', (request, socket, head) => {
    const path = request.url?.split('?')[0];
    const route = upgrades.find((one) => one.path === path);
    if (route) route.handle(request, socket, head);
    else refuseUpgrade(socket, 404, 'Not Found');
  });
  return {
    server,
    // The tunnel is encrypted by itself: its connections start where TLS ends.
    accept: (socket) => void server.emit(secure ? 'secureConnection' : 'connection', socket),
    renew: (identity) => secure?.setSecureContext(identity),
  };
}
