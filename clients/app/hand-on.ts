import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Duplex, pipeline } from 'node:stream';
import { lookup } from '../terminal/request.ts';
import { AppError } from './answers.ts';

/** Headers that go along, both ways; everything else is between two neighbours, or is ours to say. */
const there = ['accept', 'content-type', 'content-length', 'authorization', 'user-agent', 'range'];
const back = [
  'content-type',
  'content-length',
  'cache-control',
  'x-content-type-options',
  'retry-after',
  'content-range',
];

const pick = (headers: IncomingMessage['headers'], names: readonly string[]) =>
  Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]!]])));
const make = (url: string) => (url.startsWith('https:') ? httpsRequest : httpRequest);

/**
 * Hand a request on to `url`, and the answer back as it comes: a live picture has no end. With `tellClient` the other side is
 * told the phone's address, ours to say and never the phone's; it believes us where it was told to.
 */
export function handOn(
  request: IncomingMessage,
  response: ServerResponse,
  url: string,
  { cookie, tellClient = false }: { cookie?: string; tellClient?: boolean } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = make(url)(url, {
      method: request.method ?? 'GET',
      lookup,
      agent: false,
      headers: {
        ...pick(request.headers, there),
        ...(tellClient ? { 'x-forwarded-for': request.socket.remoteAddress ?? '' } : {}),
        ...(cookie === undefined ? {} : { cookie }),
      },
    });
    outgoing.on('error', () => {
      if (response.headersSent) response.destroy();
      reject(new AppError('cloud_unreachable', 'the other side does not answer'));
    });
    outgoing.on('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, pick(incoming.headers, back));
      response.flushHeaders();
      pipeline(incoming, response, () => resolve());
    });
    response.on('close', () => {
      outgoing.destroy();
      resolve();
    });
    request.pipe(outgoing);
  });
}

/** Hand a WebSocket on. The sub-protocols carry its ticket. */
export function handOnSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  url: string,
  cookie: string,
): void {
  const refuse = () => socket.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  const outgoing = make(url)(url, {
    lookup,
    agent: false,
    headers: {
      ...pick(request.headers, ['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol', 'user-agent']),
      connection: 'Upgrade',
      upgrade: 'websocket',
      cookie,
    },
  });
  outgoing.on('error', refuse);
  outgoing.on('response', (incoming) => {
    incoming.resume();
    socket.end(
      `HTTP/1.1 ${incoming.statusCode} ${incoming.statusMessage}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    );
  });
  outgoing.on('upgrade', (incoming, upstream, early) => {
    const lines = ['sec-websocket-accept', 'sec-websocket-protocol'].flatMap((name) =>
      incoming.headers[name] === undefined ? [] : [`${name}: ${String(incoming.headers[name])}`],
    );
    socket.write(
      ['HTTP/1.1 101 Switching Protocols', 'connection: Upgrade', 'upgrade: websocket', ...lines, '', ''].join('\r\n'),
    );
    if (early.length > 0) socket.write(early);
    if (head.length > 0) upstream.write(head);
    upstream.on('error', () => socket.destroy());
    pipeline(socket, upstream, () => upstream.destroy());
    pipeline(upstream, socket, () => socket.destroy());
  });
  socket.on('error', () => outgoing.destroy());
  socket.on('close', () => outgoing.destroy());
  outgoing.end();
}
