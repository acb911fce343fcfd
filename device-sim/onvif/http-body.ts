import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

/** Longest request body read: enough for a certificate chain, little enough for a thousand cameras. */
export const maxBodyBytes = 512 * 1024;

export type Body = { text: string; bytes: Buffer } | { refused: 400 | 413 | 415; reason: string; empty?: true };

/** What nearly every client sends, told at a glance. */
const usualType =
  /^(?:application\/soap\+xml|text\/xml|application\/xml)(?:; ?charset=utf-8)?(?:; ?action="[^";]*")?$/i;

/** What an HTTP head alone says against a request, before a byte of its body is read. */
export function refusalOf(request: IncomingMessage): { status: number; reason: string } | undefined {
  const { method, headers } = request;
  if (method === 'GET') return { status: 400, reason: 'send a SOAP request by POST' };
  if (method !== 'POST') return { status: 405, reason: 'only POST is understood here' };
  const type = headers['content-type'];
  if (type !== undefined && !usualType.test(type)) {
    const [media = '', ...parameters] = type.toLowerCase().split(';');
    if (!['application/soap+xml', 'text/xml', 'application/xml'].includes(media.trim()))
      return { status: 415, reason: 'send application/soap+xml' };
    const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(one)?.[1]).find(Boolean);
    if (charset && !['utf-8', 'utf8', 'us-ascii'].includes(charset)) return { status: 415, reason: 'send UTF-8' };
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    return { status: 415, reason: 'send the body as it is, not compressed' };
  if (Number(headers['content-length'] ?? 0) > maxBodyBytes)
    return { status: 413, reason: `a request has at most ${maxBodyBytes} bytes` };
  return undefined;
}

/** Read a body to its end. Calls back once; never when the client goes away. */
export function readBody(request: IncomingMessage, done: (body: Body) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  const onData = (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBodyBytes) {
      chunks.push(chunk);
      return;
    }
    chunks = [];
    request.off('data', onData).off('end', onEnd);
    done({ refused: 413, reason: `a request has at most ${maxBodyBytes} bytes` });
  };
  const onEnd = () => {
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    if (size === 0) done({ refused: 400, reason: 'the request has no body', empty: true });
    else if (!isUtf8(bytes)) done({ refused: 400, reason: 'the body is not UTF-8' });
    else done({ text: bytes.toString('utf8', hasMark(bytes) ? 3 : 0), bytes });
  };
  request.on('data', onData).on('end', onEnd);
}

/** Does it begin with the byte order mark? */
const hasMark = (bytes: Buffer) => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
