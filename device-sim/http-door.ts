import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isTunnelSocket } from './rtsp/http-tunnel.ts';

/** What one camera does with the requests of its HTTP port. */
export interface HttpAnswers {
  handle(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** One HTTP server for all cameras of a fleet; it listens nowhere, connections are handed in with their camera. */
export interface HttpDoor extends Disposable {
  accept(socket: Socket, answers: HttpAnswers): void;
}

const answersOf = Symbol('the camera behind a connection');
type Owned = Socket & { [answersOf]?: HttpAnswers };

const statusOfError: Record<string, string> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

export function createHttpDoor(options: ServerOptions): HttpDoor {
  const server = createServer(options, (request, response) => {
    (request.socket as Owned)[answersOf]?.handle(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    (socket as Owned)[answersOf]?.upgrade(request, socket, head);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // A tunnel's POST never becomes complete; that is how it is meant.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isTunnelSocket(socket)) return;
    const status = statusOfError[error.code ?? ''] ?? '400 Bad Request';
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    else socket.destroy();
  });
  // What begins its watch over slow requests (headersTimeout, requestTimeout).
  server.emit('listening');
  return {
    accept(socket, answers) {
      (socket as Owned)[answersOf] = answers;
      server.emit('connection', socket);
    },
    [Symbol.dispose]: () => void server.close(() => undefined),
  };
}
