import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

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

export function createHttpDoor(options: ServerOptions): HttpDoor {
  const server = createServer(options, (request, response) => {
    (request.socket as Owned)[answersOf]?.handle(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    (socket as Owned)[answersOf]?.upgrade(request, socket, head);
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
