import { timingSafeEqual } from 'node:crypto';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { adminName, type SimCamera } from '../sim-camera.ts';
import type { Lock } from './lock.ts';
import { type SignInKey, vendorPasswordHash } from './sign-in-key.ts';

const nonceLivesMs = 60_000;
const stokLivesMs = 30 * 60_000;
const maxNonces = 16;
const maxStoks = 16;
const nonceLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `root` is the admin, `admin` another administrator, `vms` the account that a VMS was given at pairing (our own). */
export type SignInGroup = 'root' | 'admin' | 'vms';

export type SignInResult =
  | { stok: string; group: SignInGroup }
  | { refused: 'wrong' | 'stale_nonce' | 'factory_default' }
  | { refused: 'locked'; secondsLeft: number };

/** Nonces, tries and sessions (`stok`) of one camera's local API. */
export interface SignIn {
  nonce(): string;
  /** The plain text under a ciphertext that ends in `:<nonce>`, without the nonce, which is spent. */
  open(ciphertext: string, key: SignInKey): string | undefined;
  /** `hash`: proof of the password; undefined when the ciphertext held none or its nonce was spent. */
  signIn(username: string, password: string, encryptType: string, key: SignInKey): SignInResult;
  session(stok: string): { username: string; group: SignInGroup } | undefined;
  /** Ends all sessions: the password changed, or power went. */
  clear(): void;
}

export function createSignIn(camera: SimCamera, lock: Lock, { clock, random }: RuntimeDeps): SignIn {
  const nonces = new Map<string, number>();
  const stoks = new Map<string, { username: string; group: SignInGroup; usedAt: number }>();
  const bounded = (map: Map<string, unknown>, most: number) => {
    for (const oldest of map.keys()) if (map.size > most) map.delete(oldest);
  };
  const spend = (nonce: string) => {
    const madeAt = nonces.get(nonce);
    nonces.delete(nonce);
    return madeAt !== undefined && clock.now() - madeAt <= nonceLivesMs;
  };
  const fail = (): SignInResult => {
    lock.wrong();
    return { refused: 'wrong' };
  };

  return {
    nonce() {
      const nonce = Array.from({ length: 8 }, () => nonceLetters[random.int(nonceLetters.length)]).join('');
      nonces.set(nonce, clock.now());
      bounded(nonces, maxNonces);
      return nonce;
    },
    open(ciphertext, key) {
      const text = key.decrypt(ciphertext);
      const at = text?.lastIndexOf(':') ?? -1;
      return text !== undefined && at >= 0 && spend(text.slice(at + 1)) ? text.slice(0, at) : undefined;
    },
    signIn(username, password, encryptType, key) {
      if (!camera.state.initialized) return { refused: 'factory_default' };
      if (lock.secondsLeft > 0) return { refused: 'locked', secondsLeft: lock.secondsLeft };
      // Type 1 sends the bare hash; real cameras offer it beside RSA.
      let hash: string | undefined = password;
      if (encryptType !== '1') {
        const text = key.decrypt(password);
        if (text === undefined) return fail();
        const at = text.lastIndexOf(':');
        // A spent nonce is no wrong password: the client asks for a fresh one and is not counted.
        if (at < 0 || !spend(text.slice(at + 1))) return { refused: 'stale_nonce' };
        hash = text.slice(0, at);
      }
      const isVms = username === camera.state.pairing?.username;
      const user = camera.state.users.find(
        (one) => one.username === username && (one.level === 'Administrator' || isVms),
      );
      // An unknown name costs the same comparison as a known one.
      const right = sameText(hash, vendorPasswordHash(user?.password ?? ''));
      if (!user || !right) return fail();
      lock.right();
      const stok = random.bytes(16).toString('hex');
      const group = user.level !== 'Administrator' ? 'vms' : username === adminName ? 'root' : 'admin';
      stoks.set(stok, { username, group, usedAt: clock.now() });
      bounded(stoks, maxStoks);
      return { stok, group };
    },
    session(stok) {
      const session = stoks.get(stok);
      if (!session) return undefined;
      if (clock.now() - session.usedAt > stokLivesMs) {
        stoks.delete(stok);
        return undefined;
      }
      session.usedAt = clock.now();
      return { username: session.username, group: session.group };
    },
    clear() {
      stoks.clear();
      nonces.clear();
    },
  };
}

function sameText(a: string, b: string) {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
