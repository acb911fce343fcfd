import type { Http2Stream } from 'node:http2';
import { Duplex } from 'node:stream';

/** A duplex that carries one HTTP/1.1 connection through the tunnel. */
export interface TunnelSocket extends Duplex {
  /** True on the gateway's side: what comes through the tunnel is remote, whatever its headers say. */
  remote?: boolean;
}

/**
 * One HTTP/2 stream as a socket that `node:http` accepts on either side: its parser wants the socket methods below,
 * which an Http2Stream has not.
 */
export function asSocket(stream: Http2Stream): TunnelSocket {
  const socket: TunnelSocket = new Duplex({
    allowHalfOpen: true,
    read() {
      stream.resume();
    },
    write(chunk, encoding, done) {
      if (stream.destroyed || stream.writableEnded) return done(new Error('the tunnel stream has ended'));
      stream.write(chunk, encoding, (error) => done(error ?? null));
    },
    final(done) {
      if (stream.destroyed || stream.writableEnded) return done();
      stream.end(() => done());
    },
    destroy(error, done) {
      if (!stream.destroyed) stream.destroy();
      done(error);
    },
  });
  stream.on('data', (chunk) => {
    if (!socket.push(chunk)) stream.pause();
  });
  stream.on('end', () => socket.push(null));
  stream.on('error', (error) => socket.destroy(error));
  stream.on('close', () => socket.destroy());
  const same = () => socket;
  return Object.assign(socket, {
    setKeepAlive: same,
    setNoDelay: same,
    setTimeout: same,
    ref: same,
    unref: same,
  });
}
