import type { IncomingMessage, ServerResponse } from 'node:http';

/** Send a SOAP message, unless the client is gone. */
export function send(response: ServerResponse, status: number, markup: string, headers: string[]) {
  if (response.destroyed || response.headersSent) return;
  const length = Buffer.byteLength(markup);
  // Nearly every answer is ASCII: as such it is handed on with a third of the room UTF-8 would be given.
  const encoding = length === markup.length ? 'latin1' : 'utf8';
  response.writeHead(status, [
    'Content-Type',
    'application/soap+xml; charset=utf-8',
    'Content-Length',
    String(length),
    ...headers,
  ]);
  response.end(markup, encoding);
}

/** What is read of a refused body before the connection is cut: a client that is still sending hears the answer. */
const drainBytes = 16 * 1024 * 1024;

/** An HTTP error without SOAP: no message was received (Core §5.8.2.4). */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  reason: string,
  headers: readonly string[] = [],
) {
  const text = `${reason}\n`;
  let left = drainBytes;
  const answer = () => {
    if (response.headersSent || response.destroyed) return;
    response.writeHead(status, [
      'Content-Type', 'text/plain; charset=utf-8',
      'Content-Length', String(Buffer.byteLength(text)),
      ...headers,
      ...(status === 405 ? ['Allow', 'POST'] : []),
      ...(request.complete ? [] : ['Connection', 'close']),
    ]); // biome-ignore format: pairs
    response.end(text);
  };
  if (request.complete || Number(request.headers['content-length'] ?? 0) > drainBytes) {
    answer();
    return;
  }
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) answer();
  });
  request.once('end', answer);
}
