import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RtspConnection } from './connection.ts';
import { hostOf, type Wire } from './wire.ts';

/**
 * RTSP over HTTP (Streaming §5.1.3, the way QuickTime began): a GET whose answer never ends carries what the camera says,
 * a POST whose body never ends carries what the client says, in Base64; `x-sessioncookie` makes them one.
 */
export interface HttpTunnels {
  /** Is this request half of a tunnel? Then it is ours. */
  takes(request: Pick<IncomingMessage, 'headers' | 'method'>): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** A connection to the RTSP port that begins with GET or POST; `head` is what came of it already. */
  accept(socket: Socket, head: Buffer, whole: () => void): void;
}

const contentType = 'application/x-rtsp-tunnelled';
const longestHead = 8192;
const mostTunnels = 256;
/** Ways in of one tunnel at once: some clients open one for each message. */
const mostPosts = 4;

interface Tunnel {
  readonly connection: RtspConnection;
  readonly peerHost: string;
  readonly decoder: Base64Stream;
  /** Ways in that are open; they close with it. */
  readonly posts: Set<Duplex>;
}

export interface HttpTunnelOptions {
  connect(wire: Wire): RtspConnection;
  disconnect(connection: RtspConnection): void;
}

/** Bytes of a Base64 text that comes in pieces; a client may end each message with padding and go on after it. */
class Base64Stream {
  private pending = '';

  take(chunk: Buffer): Buffer {
    const text = this.pending + chunk.toString('latin1').replace(/[^A-Za-z0-9+/=]/g, '');
    const whole = text.length & ~3;
    this.pending = text.slice(whole);
    const groups = text.slice(0, whole).match(/[^=]+={0,2}/g) ?? [];
    return Buffer.concat(groups.map((group) => Buffer.from(group, 'base64')));
  }
}

export function createHttpTunnels({ connect, disconnect }: HttpTunnelOptions): HttpTunnels {
  const tunnels = new Map<string, Tunnel>();

  /** The way out is open: the tunnel stands until it closes. False when it may not. */
  function open(
    cookie: string,
    peerHost: string,
    out: Omit<Wire, 'peer' | 'peerHost'>,
    onClose: (close: () => void) => void,
  ) {
    if (tunnels.has(cookie) || tunnels.size >= mostTunnels) return false;
    // Without a host nothing is sent by UDP: who tunnels does so because it would not arrive.
    const wire: Wire = Object.defineProperties({ ...out, peer: `${peerHost} by HTTP`, peerHost: '' } as Wire, {
      backlog: { get: () => out.backlog },
    });
    const connection = connect(wire);
    const posts = new Set<Duplex>();
    tunnels.set(cookie, { connection, peerHost, decoder: new Base64Stream(), posts });
    onClose(() => {
      tunnels.delete(cookie);
      for (const post of posts) post.destroy();
      disconnect(connection);
    });
    return true;
  }

  /**
   * A POST has come for a tunnel: what its connection brings is what the client says, until it closes.
   *
   * @returns who takes those bytes; undefined where there is no such tunnel, or too many ways into it
   */
  function wayIn(cookie: string, peerHost: string, socket: Duplex): ((chunk: Buffer) => void) | undefined {
    const tunnel = tunnels.get(cookie);
    if (!tunnel || tunnel.peerHost !== peerHost || tunnel.posts.size >= mostPosts) return undefined;
    tunnel.posts.add(socket);
    socket.once('close', () => tunnel.posts.delete(socket));
    return (chunk) => {
      if (tunnels.get(cookie) === tunnel) tunnel.connection.feed(tunnel.decoder.take(chunk));
      else socket.destroy();
    };
  }

  return {
    takes: ({ headers, method }) => headers['x-sessioncookie'] !== undefined && (method === 'GET' || method === 'POST'),

    handle(request, response) {
      const cookie = String(request.headers['x-sessioncookie']).slice(0, 256);
      const peerHost = hostOf(request.socket.remoteAddress);
      if (request.method === 'GET') {
        // The answer has no end, so it has neither a length nor chunks.
        response.useChunkedEncodingByDefault = false;
        const taken = open(
          cookie,
          peerHost,
          {
            get backlog() {
              return response.writableLength;
            },
            write: (bytes) => void (response.writable && response.write(bytes)),
            end: () => void response.end(),
            destroy: () => void response.destroy(),
          },
          (close) => response.on('close', close),
        );
        if (!taken) return void response.writeHead(503, { 'content-length': 0 }).end();
        response.writeHead(200, tunnelHeaders).flushHeaders();
        return;
      }
      const { socket } = request;
      takeFromHttp(socket);
      const take = wayIn(cookie, peerHost, socket);
      if (!take) return void socket.destroy();
      // What came in one piece with the head is with the parser already.
      request.on('data', take);
      socket.on('data', take);
    },

    accept(socket, head, whole) {
      const peerHost = hostOf(socket.remoteAddress);
      let text = '';
      const onHead = (chunk: Buffer) => {
        text += chunk.toString('latin1');
        const end = text.indexOf('\r\n\r\n');
        if (end < 0) {
          if (text.length > longestHead) socket.destroy();
          return;
        }
        socket.off('data', onHead);
        whole();
        const cookie = /^x-sessioncookie:\s*(\S{1,256})\s*$/im.exec(text.slice(0, end + 2))?.[1];
        if (cookie === undefined) return void socket.end('HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
        if (text.startsWith('POST')) {
          const take = wayIn(cookie, peerHost, socket);
          if (!take) return void socket.destroy();
          socket.on('data', take);
          take(Buffer.from(text.slice(end + 4), 'latin1'));
          return;
        }
        const taken = open(
          cookie,
          peerHost,
          {
            get backlog() {
              return socket.writableLength;
            },
            write: (bytes) => void (socket.writable && socket.write(bytes)),
            end: () => void socket.end(),
            destroy: () => void socket.destroy(),
          },
          (close) => socket.on('close', close),
        );
        if (!taken) return void socket.end('HTTP/1.0 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
        const headers = Object.entries(tunnelHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.write(`HTTP/1.0 200 OK\r\n${headers.join('')}\r\n`);
        socket.resume();
      };
      socket.on('data', onHead);
      onHead(head);
    },
  };
}

const tunnelHeaders = {
  'content-type': contentType,
  'cache-control': 'no-store',
  pragma: 'no-cache',
  connection: 'close',
};

const tunnelSockets = new WeakSet<object>();

/**
 * The HTTP parser hears no more of this connection. The length such a POST gives is a manner of speaking (32767 with most
 * clients): what comes beyond it is no further request.
 */
function takeFromHttp(socket: Socket): void {
  tunnelSockets.add(socket);
  const parsers = socket.listeners('data') as ((chunk: Buffer) => void)[];
  // A listener besides the parser makes Node read through the stream, and no longer from the descriptor into the parser.
  const reader = () => undefined;
  socket.on('data', reader);
  for (const parser of parsers) socket.off('data', parser);
  socket.off('data', reader);
}

/** Carries this HTTP connection a tunnel's POST, whose request never becomes complete? */
export const isTunnelSocket = (socket: object): boolean => tunnelSockets.has(socket);
