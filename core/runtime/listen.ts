import type { Server as NetServer, Socket } from 'node:net';

export interface Listening extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** Why a listener could not start, in one sentence a person can act on. */
export class ListenError extends Error {
  override name = 'ListenError';
}

const reasons: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (host, port) => `port ${port} on ${host} is taken: stop the program that uses it or choose another port`,
  EACCES: (host, port) => `port ${port} on ${host} may not be opened by this user: choose one above 1023`,
  EADDRNOTAVAIL: (host) => `${host} is not an address of this machine`,
};

/**
 * Listen with any TCP server (net, tls, http, https); port 0 means any free port and the real one is reported.
 * Disposing stops listening and cuts open connections at once, so an end never waits for a keep-alive.
 */
export function listen(server: NetServer, port: number, host = '127.0.0.1'): Promise<Listening> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  server.on('connection', track);
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const reason = error.code ? reasons[error.code] : undefined;
      reject(reason ? new ListenError(reason(host, port), { cause: error }) : error);
    };
    server.once('error', onError);
    server.listen({ port, host }, () => {
      server.off('error', onError);
      const address = server.address();
      resolve({
        host,
        port: typeof address === 'object' && address ? address.port : port,
        [Symbol.asyncDispose]: () =>
          new Promise<void>((done) => {
            server.close(() => done());
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}

/** An address as it stands in a URL: IPv6 in brackets. */
export const urlHost = (host: string) => (host.includes(':') ? `[${host}]` : host);
