import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';

export type DigestAlgorithm = 'MD5' | 'SHA-256';

export interface DigestConfig {
  realm: string;
  /** In order of preference: one challenge each. A function where they can change. */
  algorithms: readonly DigestAlgorithm[] | (() => readonly DigestAlgorithm[]);
  /** The fleet's clock: nonces age by real time, not by what somebody set on the camera. */
  clock: Clock;
  random: Random;
  /** How long a nonce lives. */
  nonceLifeMs?: number;
  /** How many nonces in use are remembered; the oldest go stale first. */
  maxNonces?: number;
}

export interface ChallengeOptions {
  stale?: boolean;
  /** Old RTSP clients know no qop: then a nonce may be used again and again while it lives. */
  qop?: boolean;
  /** Leave `algorithm` out of an MD5 challenge (RFC 2069 form). */
  plain?: boolean;
}

export interface DigestRequest {
  /** The Authorization header as it came. */
  header: string | undefined;
  method: string;
  /** The request target; when given, the signed one must name the same thing. */
  uri?: string;
  /** Only needed for qop=auth-int. */
  body?: string | Buffer;
}

export type DigestVerdict = { username: string } | { stale: true } | undefined;

export interface DigestAuth {
  /** Values of WWW-Authenticate, one an algorithm. */
  challenge(options?: ChallengeOptions): string[];
  /** Who signed; `stale` when the password was right and only the nonce too old; undefined when refused. */
  verify(request: DigestRequest, passwordOf: (username: string) => string | undefined): DigestVerdict;
}

interface NonceUse {
  sequence: number;
  /** Highest nonce count seen; bit n of `seen` stands for `highest - n`. */
  highest: number;
  seen: number;
}

/** How far behind the highest count a request of a parallel connection may arrive. */
const countWindow = 31;

/**
 * HTTP Digest (RFC 7616 and its forerunners) for one camera. Nonces are signed, not stored: asking for challenges costs
 * no memory; what is kept is the count of nonces that were used with the right password, and no more than `maxNonces`.
 */
export function createDigestAuth(config: DigestConfig): DigestAuth {
  const { realm, clock, random } = config;
  const offered = () => (typeof config.algorithms === 'function' ? config.algorithms() : config.algorithms);
  const nonceLifeMs = config.nonceLifeMs ?? 300_000;
  const maxNonces = config.maxNonces ?? 256;
  const key = random.bytes(32);
  const nobody = random.bytes(16).toString('hex');
  const uses = new Map<string, NonceUse>();
  let sequence = 0;
  /** Nonces up to this one were forgotten: they are stale, or a replay would look like a first use. */
  let forgotten = 0;

  const sign = (head: Buffer) => createHmac('sha256', key).update(head).digest().subarray(0, 16);

  function makeNonce(qop: boolean): string {
    const head = Buffer.alloc(16);
    head.writeBigUInt64BE(BigInt(Math.trunc(clock.now())), 0);
    head.writeUIntBE(++sequence, 8, 6);
    head[14] = qop ? 1 : 0;
    return Buffer.concat([head, sign(head)]).toString('hex');
  }

  function readNonce(nonce: string): { at: number; sequence: number; qop: boolean } | undefined {
    if (!/^[0-9a-f]{64}$/.test(nonce)) return undefined;
    const bytes = Buffer.from(nonce, 'hex');
    const head = bytes.subarray(0, 16);
    if (!timingSafeEqual(sign(head), bytes.subarray(16))) return undefined;
    return { at: Number(head.readBigUInt64BE(0)), sequence: head.readUIntBE(8, 6), qop: head[14] === 1 };
  }

  /** May this nonce be used with this count (0: without qop)? Remembers that it was. */
  function spend(nonce: string, nonceSequence: number, count: number): boolean {
    let use = uses.get(nonce);
    if (!use) {
      if (nonceSequence <= forgotten) return false;
      use = { sequence: nonceSequence, highest: count, seen: 1 };
      uses.set(nonce, use);
      if (uses.size > maxNonces) {
        const [oldest, { sequence: gone }] = uses.entries().next().value!;
        uses.delete(oldest);
        forgotten = Math.max(forgotten, gone);
      }
      return true;
    }
    const behind = use.highest - count;
    if (behind < 0) {
      use.seen = -behind > countWindow ? 1 : ((use.seen << -behind) | 1) >>> 0;
      use.highest = count;
      return true;
    }
    if (behind > countWindow || (use.seen >>> behind) & 1) return false;
    use.seen = (use.seen | (1 << behind)) >>> 0;
    return true;
  }

  return {
    challenge({ stale = false, qop = true, plain = false } = {}) {
      const nonce = makeNonce(qop);
      return offered().map((algorithm) =>
        [
          `Digest realm="${quoted(realm)}"`,
          ...(qop ? ['qop="auth"'] : []),
          ...(plain && algorithm === 'MD5' ? [] : [`algorithm=${algorithm}`]),
          `nonce="${nonce}"`,
          ...(stale ? ['stale=true'] : []),
        ].join(', '),
      );
    },

    verify({ header, method, uri, body }, passwordOf) {
      const given = header === undefined ? undefined : parseDigestHeader(header);
      if (!given) return undefined;
      const username = usernameOf(given);
      const algorithm = offered().find((one) => one === (given['algorithm'] ?? 'MD5').toUpperCase());
      const { nonce = '', response = '', qop } = given;
      const signedUri = given['uri'];
      if (username === undefined || !algorithm || signedUri === undefined || given['realm'] !== realm) return undefined;
      if (qop !== undefined && qop !== 'auth' && !(qop === 'auth-int' && body !== undefined)) return undefined;
      if (qop !== undefined && (!/^[0-9a-f]{8}$/i.test(given['nc'] ?? '') || !given['cnonce'])) return undefined;
      if (uri !== undefined && !sameTarget(signedUri, uri)) return undefined;

      const hash = (...parts: (string | Buffer)[]) => {
        const hasher = createHash(algorithm === 'MD5' ? 'md5' : 'sha256');
        for (const part of parts) hasher.update(part);
        return hasher.digest('hex');
      };
      const password = passwordOf(username);
      const a1 = hash(`${username}:${realm}:${password ?? nobody}`);
      const a2 =
        qop === 'auth-int' ? hash(`${method}:${signedUri}:${hash(body ?? '')}`) : hash(`${method}:${signedUri}`);
      const middle = qop === undefined ? nonce : `${nonce}:${given['nc']}:${given['cnonce']}:${qop}`;
      const expected = Buffer.from(hash(`${a1}:${middle}:${a2}`));
      const sent = Buffer.from(response.toLowerCase());
      if (sent.length !== expected.length || !timingSafeEqual(sent, expected) || password === undefined)
        return undefined;

      const known = readNonce(nonce);
      if (!known) return { stale: true };
      const ageMs = clock.now() - known.at;
      if (ageMs > nonceLifeMs || ageMs < 0) return { stale: true };
      // A nonce offered without qop carries no count. One offered with it but used without serves once, then is stale.
      if (qop === undefined && !known.qop) return { username };
      const count = qop === undefined ? 0 : Number.parseInt(given['nc']!, 16);
      return spend(nonce, known.sequence, count) ? { username } : { stale: true };
    },
  };
}

const quoted = (text: string) => text.replace(/["\\]/g, '\\$&');

/** Parameters of `Digest name=value, name="value"`, names in lower case; undefined when it is not that, or says a thing twice. */
export function parseDigestHeader(header: string): Record<string, string> | undefined {
  const scheme = /^\s*Digest\s+/i.exec(header);
  if (!scheme || header.length > 4096) return undefined;
  const parameters: Record<string, string> = Object.create(null);
  const pattern = /\s*([A-Za-z0-9*_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))\s*(,|$)/y;
  pattern.lastIndex = scheme[0].length;
  while (pattern.lastIndex < header.length) {
    const match = pattern.exec(header);
    if (!match) return undefined;
    const name = match[1]!.toLowerCase();
    if (name in parameters) return undefined;
    parameters[name] = match[2] === undefined ? match[3]! : match[2].replace(/\\(.)/g, '$1');
  }
  return parameters;
}

function usernameOf(given: Record<string, string>): string | undefined {
  if (given['username'] !== undefined) return given['username'];
  const extended = /^UTF-8'[^']*'(.*)$/i.exec(given['username*'] ?? '');
  if (!extended) return undefined;
  try {
    return decodeURIComponent(extended[1]!);
  } catch {
    return undefined;
  }
}

/** Clients sign the path or the whole URL, and proxies turn one into the other. */
const sameTarget = (signed: string, requested: string) => pathOf(signed) === pathOf(requested);
const pathOf = (target: string) => target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/';
