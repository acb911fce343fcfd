import { createHash } from 'node:crypto';

/** A `WWW-Authenticate: Digest` challenge (RFC 7616 §3.3). */
export interface DigestChallenge {
  realm: string;
  nonce: string;
  opaque?: string;
  /** As the server wrote it; sent back only when it was sent (VIGI firmware refuses a client that adds one). */
  algorithm?: string;
  /** `auth` is the only protection we use; undefined for the RFC 2069 form. */
  qop?: 'auth';
  stale: boolean;
}

const hashNames: Record<string, string> = {
  MD5: 'md5',
  'MD5-SESS': 'md5',
  'SHA-256': 'sha256',
  'SHA-256-SESS': 'sha256',
};
const strength = (challenge: DigestChallenge) => (hashOf(challenge) === 'sha256' ? 1 : 0);
const hashOf = ({ algorithm }: DigestChallenge) => hashNames[(algorithm ?? 'MD5').toUpperCase()];

/** Longest header value read. */
const maxHeaderLength = 2048;

/** One challenge, or undefined when it is none that we can answer. */
export function parseDigestChallenge(header: string): DigestChallenge | undefined {
  if (header.length > maxHeaderLength || !/^digest\s/i.test(header)) return undefined;
  const parameters = new Map<string, string>();
  for (const [, name, quoted, plain] of header
    .slice(7)
    .matchAll(/([a-z0-9-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/gi))
    parameters.set(name!.toLowerCase(), quoted === undefined ? plain! : quoted.replace(/\\(.)/g, '$1'));
  const realm = parameters.get('realm');
  const nonce = parameters.get('nonce');
  if (realm === undefined || !nonce) return undefined;
  const qop = parameters.get('qop');
  if (qop !== undefined && !qop.split(',').some((one) => one.trim().toLowerCase() === 'auth')) return undefined;
  const opaque = parameters.get('opaque');
  const algorithm = parameters.get('algorithm');
  const challenge: DigestChallenge = {
    realm,
    nonce,
    ...(opaque === undefined ? {} : { opaque }),
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(qop === undefined ? {} : { qop: 'auth' as const }),
    stale: parameters.get('stale')?.toLowerCase() === 'true',
  };
  return hashOf(challenge) ? challenge : undefined;
}

/** The strongest challenge among raw HTTP headers (name, value, name, value …). */
export function chooseChallenge(rawHeaders: readonly string[]): DigestChallenge | undefined {
  let best: DigestChallenge | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.toLowerCase() !== 'www-authenticate') continue;
    const challenge = parseDigestChallenge(rawHeaders[i + 1]!);
    if (challenge && (!best || strength(challenge) > strength(best))) best = challenge;
  }
  return best;
}

const quote = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** The `Authorization` header that answers a challenge. */
export function formatAuthorization(
  challenge: DigestChallenge,
  request: { username: string; password: string; method: string; path: string; cnonce: string; count: number },
): string {
  const hash = (text: string) => createHash(hashOf(challenge)!).update(text).digest('hex');
  const { username, password, method, path, cnonce, count } = request;
  const nc = count.toString(16).padStart(8, '0');
  let secret = hash(`${username}:${challenge.realm}:${password}`);
  if (/-sess$/i.test(challenge.algorithm ?? '')) secret = hash(`${secret}:${challenge.nonce}:${cnonce}`);
  const asked = hash(`${method}:${path}`);
  const response = hash(
    challenge.qop
      ? `${secret}:${challenge.nonce}:${nc}:${cnonce}:auth:${asked}`
      : `${secret}:${challenge.nonce}:${asked}`,
  );
  return `Digest ${[
    `username=${quote(username)}`,
    `realm=${quote(challenge.realm)}`,
    `nonce=${quote(challenge.nonce)}`,
    `uri=${quote(path)}`,
    `response="${response}"`,
    ...(challenge.algorithm === undefined ? [] : [`algorithm=${challenge.algorithm}`]),
    ...(challenge.opaque === undefined ? [] : [`opaque=${quote(challenge.opaque)}`]),
    ...(challenge.qop ? ['qop=auth', `nc=${nc}`, `cnonce="${cnonce}"`] : []),
  ].join(', ')}`;
}
