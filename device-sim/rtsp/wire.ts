import type { Socket } from 'node:net';

/** What an RTSP connection writes to, however its bytes travel: plain TCP, an HTTP tunnel, a WebSocket. */
export interface Wire {
  readonly peer: string;
  /** Address the peer's UDP packets are sent to. */
  readonly peerHost: string;
  /** Bytes that wait to be taken. */
  readonly backlog: number;
  write(bytes: Buffer | string): void;
  /** Say what is left, then close. */
  end(): void;
  /** Close at once. */
  destroy(): void;
}

export const hostOf = (address: string | undefined) => (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');

export const socketWire = (socket: Socket): Wire => {
  const peerHost = hostOf(socket.remoteAddress);
  return {
    peer: `${peerHost}:${socket.remotePort}`,
    peerHost,
    get backlog() {
      return socket.writableLength;
    },
    write: (bytes) => void (socket.destroyed || socket.writableEnded || socket.write(bytes)),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
};
