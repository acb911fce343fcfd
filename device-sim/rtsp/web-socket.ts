import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { RtspConnection } from './connection.ts';
import type { Wire } from './wire.ts';

/** RTSP over WebSocket (Streaming §5.1.4): messages and interleaved packets as binary frames. */
export const rtspProtocol = 'rtsp.onvif.org';
const longestMessage = 65_536;

export interface WebSocketDoor extends Disposable {
  takes(request: IncomingMessage): boolean;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const asBuffer = (data: Buffer | ArrayBuffer | Buffer[]): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);

export function createWebSocketDoor(
  connect: (wire: Wire) => RtspConnection,
  disconnect: (connection: RtspConnection) => void,
): WebSocketDoor {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: longestMessage,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(rtspProtocol) ? rtspProtocol : false),
  });

  function carry(socket: WebSocket, peer: string): void {
    const connection = connect({
      peer: `${peer} by WebSocket`,
      peerHost: '',
      get backlog() {
        return socket.bufferedAmount;
      },
      write: (bytes) => {
        if (socket.readyState === socket.OPEN) socket.send(bytes, { binary: true });
      },
      end: () => socket.close(1000),
      destroy: () => socket.terminate(),
    });
    socket.on('message', (data) => connection.feed(asBuffer(data)));
    socket.on('close', () => disconnect(connection));
    socket.on('error', () => socket.terminate());
  }

  return {
    takes: ({ headers }) =>
      (headers['sec-websocket-protocol'] ?? '').split(',').some((one) => one.trim() === rtspProtocol),
    upgrade(request, socket, head) {
      const peer = request.socket.remoteAddress ?? '';
      server.handleUpgrade(request, socket, head, (webSocket) => carry(webSocket, peer));
    },
    [Symbol.dispose]: () => server.close(),
  };
}
