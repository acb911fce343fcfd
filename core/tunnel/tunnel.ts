import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket } from 'ws';
import { pace } from './pace.ts';
import { asSocket, type TunnelSocket } from './stream-socket.ts';

/**
 * The Cloud Access tunnel (DESIGN §4; our own design): a gateway dials out by WebSocket, HTTP/2 runs on that one
 * stream with the cloud as client, and each CONNECT stream carries one HTTP/1.1 connection into the gateway's ordinary
 * server. Multiplexing, flow control and cancellation are HTTP/2's (RFC 9113 §5.2, §8.5).
 */
export const tunnelProtocol = 'vigil.tunnel.v1';

/** WebSocket close codes of the tunnel (RFC 6455 §7.4.2: 4000–4999 are private). */
export const tunnelClose = { replaced: 4000, unbound: 4001, refused: 4003, cut: 4010 } as const;

const windowBytes = 1 << 20;
const maxStreams = 1000;

/** Connections inside one tunnel, gateway's end. Call at once when the WebSocket is made, before it opens: the HTTP/2 preface comes first. */
export function serveTunnel(ws: WebSocket, onConnection: (socket: TunnelSocket) => void): Disposable {
  const wire = createWebSocketStream(ws);
  wire.on('error', () => ws.terminate());
  let session: http2.ServerHttp2Session | undefined;
  const start = () => {
    session = http2.performServerHandshake(wire, {
      settings: { initialWindowSize: windowBytes, maxConcurrentStreams: maxStreams, enableConnectProtocol: false },
    });
    session.on('error', () => ws.terminate());
    session.on('connect', () => session?.setLocalWindowSize(windowBytes * 4));
    session.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      // Opened and reset in the same turn: whoever asked has left already.
      if (stream.destroyed || stream.closed) return;
      if (headers[':method'] !== 'CONNECT') return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
      stream.respond({ ':status': 200 });
      onConnection(Object.assign(asSocket(stream), { remote: true }));
    });
  };
  if (ws.readyState === ws.OPEN) start();
  else ws.once('open', start);
  return {
    [Symbol.dispose]: () => tearDown(ws, wire),
  };
}

/**
 * The wire first: the session then ends by itself. Ending the session first makes it write a farewell, and Node's
 * stream wrapper throws when an earlier write is still on its way to a peer that is gone.
 */
function tearDown(ws: WebSocket, wire: Duplex): void {
  wire.destroy();
  ws.terminate();
}

export interface OpenTunnel extends Disposable {
  /** A new connection to the gateway's HTTP server. */
  connect(): Duplex;
  /** Milliseconds the gateway took to answer a ping; a caller that waits too long takes the tunnel for half-open. */
  ping(): Promise<number>;
  /** Settles when the tunnel is gone. */
  readonly closed: Promise<void>;
}

/** Use the tunnel, cloud's end, at a rate of its own each way. Call at once when the WebSocket connection arrives. */
export function openTunnel(ws: WebSocket, bytesPerSecond = Number.POSITIVE_INFINITY): OpenTunnel {
  const wire = createWebSocketStream(ws);
  if (Number.isFinite(bytesPerSecond)) pace(ws, wire, bytesPerSecond);
  wire.on('error', () => ws.terminate());
  const session = http2.connect('http://gateway', {
    createConnection: () => wire,
    settings: { initialWindowSize: windowBytes, enablePush: false },
  });
  session.on('error', () => ws.terminate());
  session.on('connect', () => session.setLocalWindowSize(windowBytes * 4));
  const closed = new Promise<void>((resolve) => {
    session.once('close', () => resolve());
    ws.once('close', () => resolve());
  });
  return {
    closed,
    connect: () => asSocket(session.request({ ':method': 'CONNECT', ':authority': 'gateway' })),
    ping: () =>
      new Promise((resolve, reject) => {
        const sent =
          !session.destroyed && session.ping((error, durationMs) => (error ? reject(error) : resolve(durationMs)));
        if (!sent) reject(new Error('the tunnel is closed'));
      }),
    [Symbol.dispose]: () => tearDown(ws, wire),
  };
}
