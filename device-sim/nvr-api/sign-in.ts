import { createHash, timingSafeEqual } from 'node:crypto';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { parseDigestHeader } from '../auth/digest.ts';
import { type Lock, maxTries } from '../local-api/lock.ts';
import { adminName, type SimCamera } from '../sim-camera.ts';
import { nvrCode } from './codes.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
export const tokenPath = '/openapi/token';
const tokenLivesSeconds = 3600;
const refreshLivesMs = 24 * 3_600_000;
const mostTokens = 32;
const mostNonces = 32;

/** What the token resource answers. */
export interface TokenAnswer {
  status: number;
  challenge?: string;
  body: object;
}

/** Sign-in of a recorder's OpenAPI: Digest without cnonce for a bearer token (VIGI FAQ 4797). */
export interface NvrSignIn {
  token(authorization: string | undefined, query: URLSearchParams): TokenAnswer;
  /** Is this a good `Bearer …` header? */
  holds(authorization: string | undefined): boolean;
  clear(): void;
}

export function createNvrSignIn(camera: SimCamera, lock: Lock, { clock, random }: RuntimeDeps): NvrSignIn {
  const { realm } = camera.profile;
  const nonces = new Set<string>();
  const access = new Map<string, number>();
  const refresh = new Map<string, number>();

  const keep = (tokens: Map<string, number>, token: string) => {
    tokens.set(token, clock.now());
    for (const oldest of tokens.keys()) if (tokens.size > mostTokens) tokens.delete(oldest);
  };
  const alive = (tokens: Map<string, number>, token: string, livesMs: number) => {
    const madeAt = tokens.get(token);
    if (madeAt === undefined) return false;
    if (clock.now() - madeAt <= livesMs) return true;
    tokens.delete(token);
    return false;
  };
  const challenge = (): TokenAnswer => {
    const nonce = random.bytes(16).toString('hex');
    nonces.add(nonce);
    for (const oldest of nonces) if (nonces.size > mostNonces) nonces.delete(oldest);
    const { used } = lock;
    return {
      status: 401,
      challenge: `Digest realm="${realm}", nonce="${nonce}", algorithm="SHA-256", url="${tokenPath}"`,
      body: { error_code: nvrCode.signInNeeded, ...(used > 0 ? { time: used, max_time: maxTries } : {}) },
    };
  };
  const locked = (): TokenAnswer => ({ status: 401, body: { error_code: nvrCode.locked, sec_left: lock.secondsLeft } });
  const grant = (): TokenAnswer => {
    const [accessToken, refreshToken] = [random.bytes(16).toString('hex'), random.bytes(16).toString('hex')];
    keep(access, accessToken);
    keep(refresh, refreshToken);
    return {
      status: 200,
      body: {
        access_token: accessToken,
        refresh_token: refreshToken,
        token_type: 'bearer',
        expires_in: tokenLivesSeconds,
        error_code: nvrCode.ok,
      },
    };
  };

  return {
    token(authorization, query) {
      const admin = camera.state.users.find(({ username }) => username === adminName);
      if (!camera.state.initialized || !admin) return { status: 403, body: { error_code: nvrCode.notActivated } };
      if (query.get('grant_type') === 'refresh_token') {
        const old = query.get('refresh_token') ?? '';
        if (camera.quirk('no-token-refresh') || !alive(refresh, old, refreshLivesMs))
          return { status: 401, body: { error_code: nvrCode.tokenWrong } };
        refresh.delete(old);
        return grant();
      }
      if (lock.secondsLeft > 0) return locked();
      const given = authorization === undefined ? undefined : parseDigestHeader(authorization);
      if (!given) return challenge();
      // A nonce that is not ours (any more) is no wrong password.
      if (!nonces.delete(given['nonce'] ?? '')) return challenge();
      const a1 = sha256(`${adminName}:${realm}:${admin.password}`);
      const expected = sha256(`${a1}:${given['nonce']}:${sha256(`GET:${tokenPath}`)}`);
      if (given['username'] !== adminName || !same(expected, (given['response'] ?? '').toLowerCase())) {
        lock.wrong();
        return lock.secondsLeft > 0 ? locked() : challenge();
      }
      lock.right();
      return grant();
    },
    holds(authorization) {
      const token = /^\s*Bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1];
      return token !== undefined && alive(access, token, tokenLivesSeconds * 1000);
    },
    clear() {
      nonces.clear();
      access.clear();
      refresh.clear();
    },
  };
}

function same(a: string, b: string) {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
