import { lookup as systemLookup } from 'node:dns';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { UsageError } from '../../core/runtime/settings.ts';
import { ProblemError } from './http.ts';

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: object;
  /** Sent as a form, encoded already. */
  form?: string;
  /** How long the head of the answer may take. */
  withinMs?: number;
  signal?: AbortSignal;
  /** Who is asked, for errors: `VMS Local "Yard"`. */
  what: string;
}

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  /** Not read yet. */
  body: IncomingMessage;
}

const answerWithinMs = 30_000;
const longestJsonBytes = 4 << 20;

/** Names below `localhost` are this machine (RFC 6761 §6.3), also where the system's resolver does not know it. */
export const lookup: LookupFunction = (hostname, options, done) => {
  if (!/(^|\.)localhost\.?$/i.test(hostname)) return void systemLookup(hostname, options, done);
  if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
};

/** Why an address does not answer, as one sentence with the remedy. */
export function notReached(what: string, url: string, error: unknown): UsageError {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const remedy = /CERT|SIGNED|ALTNAME/.test(code)
    ? 'its certificate is not trusted: name the file of its CA in NODE_EXTRA_CA_CERTS'
    : 'is it running, and is the address right?';
  return new UsageError(`${what} at ${new URL(url).origin} does not answer (${code || message}); ${remedy}`);
}

/** One request; no redirect is followed. Resolves with the head of the answer, whatever its status. */
export function send(url: string, ask: Ask): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const payload = ask.form ?? (ask.json === undefined ? undefined : JSON.stringify(ask.json));
    const type = ask.form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
    const make = new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = make(url, {
      method: ask.method ?? 'GET',
      lookup,
      agent: false,
      timeout: ask.withinMs ?? answerWithinMs,
      ...(ask.signal ? { signal: ask.signal } : {}),
      headers: {
        accept: 'application/json',
        ...(payload === undefined
          ? {}
          : { 'content-type': type, 'content-length': String(Buffer.byteLength(payload)) }),
        ...ask.headers,
      },
    });
    outgoing.on('timeout', () => outgoing.destroy(Object.assign(new Error('no answer in time'), { code: '' })));
    outgoing.on('error', (error) => reject(ask.signal?.aborted ? error : notReached(ask.what, url, error)));
    outgoing.on('response', (body) => {
      outgoing.setTimeout(0);
      resolve({ status: body.statusCode ?? 0, headers: body.headers, body });
    });
    outgoing.end(payload);
  });
}

/** All bytes of an answer, up to a limit. */
export async function readBytes({ body }: Answered, mostBytes: number, what: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += (part as Buffer).length;
    if (size > mostBytes) throw new UsageError(`${what} answers more than is sensible`);
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

/** The JSON of a good answer. Throws ProblemError for a refusal, UsageError for what is no answer of ours. */
export async function readJson(answered: Answered, what: string): Promise<unknown> {
  const text = (await readBytes(answered, longestJsonBytes, what)).toString('utf8');
  let parsed: unknown;
  try {
    parsed = text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new UsageError(`this does not answer like ${what}: check the address`);
  }
  if (answered.status < 300) return parsed;
  const problem = (parsed ?? {}) as Record<string, unknown>;
  throw new ProblemError(
    answered.status,
    String(problem['code'] ?? `http_${answered.status}`),
    String(problem['detail'] ?? `${what} answered ${answered.status}`),
    problem,
  );
}
