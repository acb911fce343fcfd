import { createServer, type Socket } from 'node:net';
import { type Listening, listen } from '../core/runtime/listen.ts';

/** The network plug of one camera: all TCP connections of all its ports go through it. */
export class Plug {
  private readonly sockets = new Set<Socket>();
  private in = true;

  /** Listen on a port; what connects while the plug is in goes to `accept`. */
  listen(port: number, host: string, accept: (socket: Socket) => void): Promise<Listening> {
    const server = createServer({ noDelay: true }, (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      if (this.in) accept(socket);
      // Nobody reads it and nobody answers; it only has to bear its own end.
      else socket.on('error', () => undefined);
    });
    return listen(server, port, host);
  }

  /** How many connections stand. */
  get connections(): number {
    return this.sockets.size;
  }
  get connected(): boolean {
    return this.in;
  }

  /** Out: connections are cut, and who connects meanwhile meets silence. In: who was left waiting is cut. */
  set(connected: boolean) {
    if (connected === this.in) return;
    this.in = connected;
    this.reset();
  }

  /** Reset every connection (the power went); listeners are closed by disposing them first. */
  reset() {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }
}
