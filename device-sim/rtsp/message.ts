import type { WireMessage } from '../wire/wire-text.ts';

/** RTSP/1.0 messages (RFC 2326) as plain values, and the parser of one connection's bytes. */
export interface RtspRequest {
  method: string;
  /** As it stands in the request line. */
  url: string;
  version: string;
  /** Names in lower case; repeated ones joined by a comma. */
  headers: Record<string, string>;
  body: Buffer;
}

export type Incoming =
  | { kind: 'request'; request: RtspRequest }
  /** `$`-framed packet from the client (RTCP, back channel). */
  | { kind: 'packet'; channel: number; payload: Buffer }
  /** Not RTSP: what follows cannot be told apart, so the connection ends after the answer. */
  | { kind: 'broken'; status: number };

export const statusText: Record<number, string> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Time-out',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  451: 'Parameter Not Understood',
  453: 'Not Enough Bandwidth',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  457: 'Invalid Range',
  459: 'Aggregate Operation Not Allowed',
  460: 'Only Aggregate Operation Allowed',
  461: 'Unsupported Transport',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'RTSP Version Not Supported',
  551: 'Option not supported',
};

/** A refusal with its status; anything else thrown is a bug and answers 500. */
export class RtspError extends Error {
  override name = 'RtspError';
  constructor(
    readonly status: number,
    readonly headers: Record<string, string | string[]> = {},
  ) {
    super(statusText[status] ?? String(status));
  }
}

/** As the wire timeline keeps it. */
export const wireMessageOf = ({ method, url, version, headers, body }: RtspRequest): WireMessage => ({
  start: `${method} ${url} ${version}`,
  headers: Object.entries(headers).flat(),
  body: body.toString('latin1'),
});

export interface RtspResponse {
  status: number;
  headers?: Record<string, string | string[] | undefined>;
  body?: string;
}

export function formatResponse(cseq: string | undefined, { status, headers = {}, body }: RtspResponse): string {
  const lines = [`RTSP/1.0 ${status} ${statusText[status] ?? 'Unknown'}`];
  if (cseq !== undefined) lines.push(`CSeq: ${cseq}`);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) lines.push(`${name}: ${one}`);
  }
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

export const limits = {
  headerBytes: 8192,
  headerLines: 64,
  bodyBytes: 8192,
  packetBytes: 8192,
  urlLength: 2048,
} as const;

/** Takes bytes as they come and gives whole messages; keeps no more than one message's limits. */
export class RtspParser {
  private pending: Buffer = Buffer.alloc(0);
  private broken = false;

  /** Is a message half here? */
  get waiting(): boolean {
    return this.pending.length > 0;
  }

  *feed(chunk: Buffer): Generator<Incoming> {
    if (this.broken) return;
    this.pending = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    for (;;) {
      const next = this.take();
      if (!next) return;
      if (next.kind === 'broken') {
        this.broken = true;
        this.pending = Buffer.alloc(0);
      }
      yield next;
      if (this.broken) return;
    }
  }

  private take(): Incoming | undefined {
    let { pending } = this;
    if (pending[0] === 0x24) {
      if (pending.length < 4) return undefined;
      const end = 4 + pending.readUInt16BE(2);
      if (end > limits.packetBytes) return { kind: 'broken', status: 413 };
      if (pending.length < end) return undefined;
      this.pending = pending.subarray(end);
      return { kind: 'packet', channel: pending[1]!, payload: pending.subarray(4, end) };
    }
    // Empty lines between messages are harmless (RFC 2326 leaves it to HTTP, which says so).
    let skip = 0;
    while (pending[skip] === 0x0d || pending[skip] === 0x0a) skip++;
    if (skip > 0) this.pending = pending = pending.subarray(skip);
    if (pending.length === 0) return undefined;

    const end = headerEnd(pending);
    if (!end) return pending.length > limits.headerBytes ? { kind: 'broken', status: 413 } : undefined;
    if (end.head > limits.headerBytes) return { kind: 'broken', status: 413 };
    const head = parseHead(pending.toString('latin1', 0, end.head));
    if (typeof head === 'number') return { kind: 'broken', status: head };
    const length = head.headers['content-length'] ?? '0';
    if (!/^\d{1,9}$/.test(length)) return { kind: 'broken', status: 400 };
    if (Number(length) > limits.bodyBytes) return { kind: 'broken', status: 413 };
    const bodyEnd = end.body + Number(length);
    if (pending.length < bodyEnd) return undefined;
    this.pending = pending.subarray(bodyEnd);
    return { kind: 'request', request: { ...head, body: pending.subarray(end.body, bodyEnd) } };
  }
}

/** Where the header ends and the body begins: lines may end in CR LF or, from sloppy clients, in LF. */
function headerEnd(bytes: Buffer): { head: number; body: number } | undefined {
  const strict = bytes.indexOf('\r\n\r\n', 0, 'latin1');
  const sloppy = bytes.indexOf('\n\n', 0, 'latin1');
  if (strict >= 0 && (sloppy < 0 || strict < sloppy)) return { head: strict, body: strict + 4 };
  return sloppy >= 0 ? { head: sloppy, body: sloppy + 2 } : undefined;
}

/** The parsed header, or the status of what is wrong with it. */
function parseHead(text: string): Omit<RtspRequest, 'body'> | number {
  const [first = '', ...lines] = text.split(/\r?\n/);
  const start = /^([A-Za-z_]{1,32}) (\S+) ([A-Z]{1,8}\/\d+\.\d+)$/.exec(first);
  if (!start) return 400;
  const [, method = '', url = '', version = ''] = start;
  if (url.length > limits.urlLength) return 414;
  if (lines.length > limits.headerLines) return 413;
  const headers: Record<string, string> = Object.create(null);
  let last: string | undefined;
  for (const line of lines) {
    if (/^[ \t]/.test(line) && last !== undefined) {
      headers[last] += ` ${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (colon < 1 || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return 400;
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
    last = name;
  }
  return { method, url, version, headers };
}
