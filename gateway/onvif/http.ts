import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Clock } from '../../core/runtime/clock.ts';
import { startTimer } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { chooseChallenge, type DigestChallenge, formatAuthorization } from './digest.ts';
import { OnvifError } from './errors.ts';

export interface HttpAsk {
  method: 'GET' | 'POST';
  /** Where on the device's own host; the host itself cannot be chosen here. */
  port: number;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Whole exchange, first byte to last. */
  timeoutMs: number;
  maxBytes: number;
  signal?: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  contentType: string;
  rawHeaders: readonly string[];
  body: Buffer;
}

/** Requests to one device and to nobody else: no redirect is followed, every answer is bounded in bytes and time. */
export interface DeviceHttp {
  ask(ask: HttpAsk): Promise<HttpAnswer>;
  /** The same with HTTP Digest. `refused` once a fresh challenge was answered in vain. */
  askWithDigest(ask: HttpAsk, credentials: { username: string; password: string }): Promise<HttpAnswer>;
}

export function createDeviceHttp(host: string, deps: { clock: Clock; random: Random }): DeviceHttp {
  // A connection a request: cameras close idle ones without a word, and a lost POST may not be sent twice.
  const agent = new Agent({ keepAlive: false, maxSockets: 8 });
  let known: { challenge: DigestChallenge; count: number } | undefined;

  const ask = (given: HttpAsk) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      if (given.signal?.aborted) return reject(given.signal.reason);
      const outgoing = httpRequest({
        host,
        port: given.port,
        path: given.path,
        method: given.method,
        agent,
        maxHeaderSize: 16 * 1024,
        headers: {
          ...given.headers,
          ...(given.body === undefined ? {} : { 'content-length': Buffer.byteLength(given.body) }),
        },
      });
      const late = startTimer(deps.clock, given.timeoutMs, () =>
        fail(new OnvifError('timeout', `no answer within ${Math.round(given.timeoutMs / 1000)} s`)),
      );
      const onAbort = () => fail(given.signal?.reason);
      given.signal?.addEventListener('abort', onAbort, { once: true });
      const end = () => {
        late[Symbol.dispose]();
        given.signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: unknown) => {
        end();
        reject(error);
        outgoing.destroy();
      };
      const wrap = (error: NodeJS.ErrnoException) =>
        fail(new OnvifError('unreachable', reasonOf(error), [], { cause: error }));
      outgoing.on('error', wrap);
      outgoing.on('response', (incoming: IncomingMessage) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > given.maxBytes)
            fail(new OnvifError('answer_invalid', `the answer is larger than ${given.maxBytes} bytes`));
          else chunks.push(chunk);
        });
        incoming.on('error', wrap);
        incoming.on('aborted', () =>
          fail(new OnvifError('unreachable', 'the connection broke in the middle of an answer')),
        );
        incoming.on('end', () => {
          end();
          resolve({
            status: incoming.statusCode ?? 0,
            contentType: incoming.headers['content-type'] ?? '',
            rawHeaders: incoming.rawHeaders,
            body: Buffer.concat(chunks),
          });
        });
      });
      outgoing.end(given.body);
    });

  const signed = (given: HttpAsk, credentials: { username: string; password: string }) => {
    if (!known) return given;
    known.count += 1;
    const authorization = formatAuthorization(known.challenge, {
      ...credentials,
      method: given.method,
      path: given.path,
      cnonce: deps.random.bytes(8).toString('hex'),
      count: known.count,
    });
    return { ...given, headers: { ...given.headers, authorization } };
  };

  return {
    ask,
    async askWithDigest(given, credentials) {
      // At most: with the nonce we have, without any for a challenge, with the fresh one. Only the last is a refusal.
      const first = await ask(signed(given, credentials));
      if (first.status !== 401) return first;
      const challenge = chooseChallenge(first.rawHeaders);
      if (!challenge) return first;
      known = { challenge, count: 0 };
      const second = await ask(signed(given, credentials));
      if (second.status !== 401) return second;
      known = undefined;
      if (chooseChallenge(second.rawHeaders)?.stale) throw new OnvifError('fault', 'the camera calls each nonce stale');
      throw new OnvifError('refused', 'the camera does not accept this user name and password');
    },
  };
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nothing answers at this address and port',
  ECONNRESET: 'the camera closed the connection',
  EHOSTUNREACH: 'there is no way to this address',
  ENETUNREACH: 'there is no way to this network',
  ETIMEDOUT: 'the camera does not answer',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the host name cannot be looked up now',
};
const reasonOf = (error: NodeJS.ErrnoException) =>
  reasons[error.code ?? ''] ?? `no connection (${error.code ?? error.message})`;
