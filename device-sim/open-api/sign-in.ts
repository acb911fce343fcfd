import { createHash, timingSafeEqual } from 'node:crypto';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { type Lock, maxTries } from '../local-api/lock.ts';
import { adminName, type SimCamera } from '../sim-camera.ts';
import { OpenApiError, openApiCode } from './codes.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const stokLivesMs = 30 * 60_000;
const maxStoks = 16;
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const uri = 'doAuth';
const method = 'POST';

/** `doAuth` of one camera: a challenge, then a token that lives half an hour. */
export interface OpenApiSignIn {
  /** Undefined stands for the first step, asked with `params: null`. */
  doAuth(answer: { nonce: string; response: string } | undefined): object;
  /** Is this token good? */
  holds(stok: string): boolean;
  clear(): void;
}

export function createOpenApiSignIn(camera: SimCamera, lock: Lock, { clock, random }: RuntimeDeps): OpenApiSignIn {
  /** One challenge is open at a time, as on the real camera. */
  let pending: string | undefined;
  const stoks = new Map<string, number>();
  const { realm } = camera.profile;

  const challenge = () => {
    pending = random.bytes(16).toString('hex');
    const { used } = lock;
    return {
      method: uri,
      authenticate: { realm, nonce: pending, algorithm: 'SHA-256', uri, method },
      errCode: openApiCode.signInFailed,
      ...(used > 0 ? { time: used, max_time: maxTries } : {}),
    };
  };

  return {
    doAuth(answer) {
      const admin = camera.state.users.find(({ username }) => username === adminName);
      if (!camera.state.initialized || !admin) throw new OpenApiError(openApiCode.notAuthorized);
      if (lock.secondsLeft > 0) return { method: uri, errCode: openApiCode.locked, sec_left: lock.secondsLeft };
      if (!answer) return challenge();
      const nonce = pending;
      pending = undefined;
      // An answer to a challenge that was replaced meanwhile is no wrong password.
      if (nonce === undefined || nonce !== answer.nonce) return challenge();
      const expected = sha256(
        `${sha256(`${adminName}:${realm}:${admin.password}`)}:${nonce}:${sha256(`${method}:${uri}`)}`,
      );
      if (!same(expected, answer.response.toLowerCase())) {
        lock.wrong();
        return lock.secondsLeft > 0
          ? { method: uri, errCode: openApiCode.locked, sec_left: lock.secondsLeft }
          : challenge();
      }
      lock.right();
      const stok = Array.from({ length: 32 }, () => letters[random.int(letters.length)]).join('');
      stoks.set(stok, clock.now());
      for (const oldest of stoks.keys()) if (stoks.size > maxStoks) stoks.delete(oldest);
      return { method: uri, stok, errCode: openApiCode.ok };
    },
    holds(stok) {
      const madeAt = stoks.get(stok);
      if (madeAt === undefined) return false;
      if (clock.now() - madeAt <= stokLivesMs) return true;
      stoks.delete(stok);
      return false;
    },
    clear() {
      stoks.clear();
      pending = undefined;
    },
  };
}

function same(a: string, b: string) {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
