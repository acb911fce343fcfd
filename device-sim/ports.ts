import { createServer, type Socket } from 'node:net';
import { type Listening, listen } from '../core/runtime/listen.ts';

/** The network plug of one camera: all TCP connections of all its ports go through it. */
export interface Plug {
  /** Listen on a port; what connects while the plug is in goes to `accept`. */
  listen(port: number, host: string, accept: (socket: Socket) => void): Promise<Listening>;
  /** How many connections stand. */
  readonly connections: number;
  /** Out: connections are cut, and who connects meanwhile meets silence. In: who was left waiting is cut. */
  set(connected: boolean): void;
  readonly connected: boolean;
  /** Reset every connection (the power went); listeners are closed by disposing them first. */
  reset(): void;
}

export function createPlug(): Plug {
  const sockets = new Set<Socket>();
  let connected = true;
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    listen(port, host, accept) {
      const server = createServer({ noDelay: true }, (socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        if (connected) accept(socket);
        // Nobody reads it and nobody answers; it only has to bear its own end.
        else socket.on('error', () => undefined);
      });
      return listen(server, port, host);
    },
    get connections() {
      return sockets.size;
    },
    get connected() {
      return connected;
    },
    set(on) {
      if (on === connected) return;
      connected = on;
      reset();
    },
    reset,
  };
}
