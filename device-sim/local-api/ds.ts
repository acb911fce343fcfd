import { z } from 'zod';
import { isTopicLevel } from '../../core/mqtt/topics.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import type { PairingAgent } from '../pairing/agent.ts';
import { PairingError } from '../pairing/pairing-error.ts';
import type { SimCamera } from '../sim-camera.ts';
import { posixTimeZone } from '../time-zone.ts';
import { type Lock, maxTries } from './lock.ts';
import { sections } from './sections.ts';
import { createSignIn, type SignInResult } from './sign-in.ts';
import { type SignInKey, vendorPasswordHash } from './sign-in-key.ts';

/** Codes of the real local API, and ours from -60000 on (pairing, password rules). */
export const dsCode = {
  ok: 0,
  setUnknown: -40101,
  methodUnknown: -40105,
  getUnknown: -40106,
  notSignedIn: -40401,
  locked: -40404,
  /** Also the answer to a second activation. */
  factoryState: -40405,
  staleNonce: -40410,
  pairingFailed: -60001,
  alreadyPaired: -60002,
  noRight: -60003,
  passwordRules: -60010,
} as const;

export type DsAnswer = { error_code: number } & Record<string, unknown>;

/** What `/ds` speaks with: both sides plain JSON values. */
export interface Ds {
  /** `POST /` */
  open(body: unknown): Promise<DsAnswer>;
  /** `POST /stok=<stok>/ds` */
  call(stok: string, body: unknown): Promise<DsAnswer>;
  /** What the call was, for the wire timeline. */
  nameOf(body: unknown): string;
  clearSessions(): void;
}

export interface DsOptions {
  camera: SimCamera;
  signInKey(): Promise<SignInKey>;
  lock: Lock;
  faults: FaultBook;
  pairing: PairingAgent;
  /** Settles when what was changed is on disk: a password is only confirmed then. */
  flush(): Promise<void>;
}

const request = z.looseObject({ method: z.enum(['get', 'set', 'do', 'add', 'delete']) });
const passwordRules = z.string().regex(/^[\x20-\x7e]{8,64}$/);
const passwordSentence = 'the password must have 8 to 64 printable ASCII characters';
const loginFields = z.object({
  username: z.string().max(64),
  password: z.string().max(1024),
  encrypt_type: z.string().default('2'),
});
const initFields = z.object({
  ciphertext: z.string().max(1024),
  region: z.string().max(64).optional(),
  time_zone: z.string().max(64).optional(),
  language: z.string().max(64).optional(),
});
const changeFields = z.object({
  username: z.string().max(64),
  old_passwd: z.string().max(1024),
  ciphertext: z.string().max(1024),
});
const pairFields = z.object({
  gateway_id: z.string().refine(isTopicLevel),
  gateway_host: z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/),
  gateway_port: z.coerce.number().int().min(1).max(65535),
  ticket_id: z.string().min(1).max(64),
  ticket: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
});

export function createDs({ camera, signInKey, lock, pairing, flush }: DsOptions, deps: RuntimeDeps): Ds {
  const { state } = camera;
  const signIn = createSignIn(camera, lock, deps);

  const challenge = (key: SignInKey) => {
    const { used, secondsLeft } = lock;
    return {
      encrypt_type: ['1', '2'],
      key: encodeURIComponent(key.publicKey),
      nonce: signIn.nonce(),
      passwdType: 'md5',
      factory_default: !state.initialized,
      ...(used > 0 ? { time: used, max_time: maxTries } : {}),
      ...(secondsLeft > 0 ? { sec_left: secondsLeft } : {}),
    };
  };
  const refusal = (error_code: number, data: object = {}): DsAnswer => ({
    error_code,
    data: { code: error_code, ...data },
  });
  const factory = () =>
    refusal(dsCode.factoryState, { message: 'set the admin password first', factory_default: true });

  const answerSignIn = (result: SignInResult, key: SignInKey): DsAnswer => {
    if ('stok' in result) return { error_code: dsCode.ok, stok: result.stok, user_group: result.group };
    switch (result.refused) {
      case 'factory_default':
        return factory();
      case 'locked':
        return refusal(dsCode.locked, { sec_left: result.secondsLeft });
      case 'stale_nonce':
        return refusal(dsCode.staleNonce, challenge(key));
      case 'wrong':
        return refusal(dsCode.notSignedIn, challenge(key));
    }
  };

  const initialize = async (given: unknown): Promise<DsAnswer> => {
    const fields = initFields.safeParse(given);
    if (!fields.success) return refusal(dsCode.getUnknown);
    const already = () => refusal(dsCode.factoryState, { message: 'already initialised', factory_default: false });
    if (state.initialized) return already();
    const key = await signInKey();
    const password = signIn.open(fields.data.ciphertext, key);
    if (password === undefined) return refusal(dsCode.staleNonce, challenge(key));
    if (!passwordRules.safeParse(password).success)
      return refusal(dsCode.passwordRules, { message: passwordSentence, ...challenge(key) });
    // One step decides between two tools that activate at once.
    if (!camera.activate(password)) return already();
    const { region, time_zone, language } = fields.data;
    const zone = time_zone === undefined ? undefined : posixTimeZone(time_zone);
    if (zone) state.timeZone = zone;
    state.extra['setup'] = { region, language };
    state.metadataVersion += 1;
    camera.save();
    await flush();
    camera.log.info({}, 'activated');
    camera.announce();
    return { error_code: dsCode.ok };
  };

  const changePassword = async (given: unknown): Promise<DsAnswer> => {
    const fields = changeFields.safeParse(given);
    const user = fields.success ? state.users.find(({ username }) => username === fields.data.username) : undefined;
    if (!fields.success || !user) return refusal(dsCode.getUnknown);
    const key = await signInKey();
    // Proof of the old password first, under the same lock as a sign-in.
    const result = signIn.signIn(user.username, fields.data.old_passwd, '2', key);
    if (!('stok' in result)) return answerSignIn(result, key);
    const password = signIn.open(fields.data.ciphertext, key);
    if (password === undefined) return refusal(dsCode.staleNonce, challenge(key));
    if (!passwordRules.safeParse(password).success) return refusal(dsCode.passwordRules, { message: passwordSentence });
    user.password = password;
    signIn.clear();
    camera.save();
    await flush();
    return { error_code: dsCode.ok, passwd: vendorPasswordHash(password) };
  };

  const statusOf = () => {
    const status = pairing.status();
    return status.state === 'paired'
      ? {
          state: status.state,
          gateway_id: status.gatewayId,
          gateway_host: status.gatewayHost,
          expires_at: new Date(status.expiresAt).toISOString(),
        }
      : status;
  };
  const pair = async (given: unknown): Promise<DsAnswer> => {
    const fields = pairFields.safeParse(given);
    if (!fields.success) {
      const field = fields.error.issues[0]?.path.join('.') || 'pair';
      return { ...refusal(dsCode.getUnknown, { message: `${field} is missing or wrong` }) };
    }
    const { gateway_id, gateway_host, gateway_port, ticket_id, ticket } = fields.data;
    try {
      await pairing.pair({
        gatewayId: gateway_id,
        gatewayHost: gateway_host,
        gatewayPort: gateway_port,
        ticketId: ticket_id,
        ticket,
      });
      await flush();
      return { error_code: dsCode.ok, vms_pairing: statusOf() };
    } catch (error) {
      if (!(error instanceof PairingError)) throw error;
      const { code, message } = error;
      const error_code = code === 'already_paired' ? dsCode.alreadyPaired : dsCode.pairingFailed;
      return { error_code, vms_pairing: { state: 'failed', code, message } };
    }
  };

  const get = (module: string, wanted: Record<string, unknown>): DsAnswer => {
    if (module === 'vms_pairing' && 'status' in wanted) return { error_code: dsCode.ok, vms_pairing: statusOf() };
    const known = Object.hasOwn(sections, module) ? sections[module]! : {};
    const asked = wanted['name'] ?? wanted['table'] ?? Object.keys(wanted);
    const names = (Array.isArray(asked) ? asked : [asked]).map(String);
    if (names.length === 0 || names.some((name) => !Object.hasOwn(known, name))) return refusal(dsCode.getUnknown);
    const read = (name: string) => known[name]!.read(camera);
    const entries = names.map((name) => [name, wanted['table'] === undefined ? read(name) : [read(name)]]);
    return { error_code: dsCode.ok, [module]: encoded(Object.fromEntries(entries)) };
  };

  const set = (module: string, given: Record<string, unknown>): DsAnswer => {
    const known = Object.hasOwn(sections, module) ? sections[module]! : {};
    const changes: [write: (values: Record<string, string>) => void, values: Record<string, string>][] = [];
    for (const [name, values] of Object.entries(given)) {
      const section = Object.hasOwn(known, name) ? known[name]! : undefined;
      if (!section?.write || typeof values !== 'object' || values === null) return refusal(dsCode.setUnknown);
      const present = section.read(camera);
      const texts = Object.entries(values).map(([item, value]) => [item, String(value)] as const);
      if (texts.some(([item, value]) => !Object.hasOwn(present, item) || value.length > 64))
        return refusal(dsCode.setUnknown);
      changes.push([(checked) => section.write?.(camera, checked), Object.fromEntries(texts)]);
    }
    if (changes.length === 0) return refusal(dsCode.setUnknown);
    for (const [write, values] of changes) write(values);
    camera.save();
    return { error_code: dsCode.ok };
  };

  const act = async (module: string, given: Record<string, unknown>): Promise<DsAnswer> => {
    if (module === 'vms_pairing' && 'pair' in given) return pair(given['pair']);
    if (module === 'vms_pairing' && 'unpair' in given) {
      if (!pairing.unpair()) return refusal(dsCode.pairingFailed, { message: 'not paired' });
      await flush();
      return { error_code: dsCode.ok, vms_pairing: statusOf() };
    }
    if (module === 'user_management' && 'change_user_info' in given) return changePassword(given['change_user_info']);
    if (module === 'system' && 'reboot' in given) {
      camera.reboot();
      return { error_code: dsCode.ok };
    }
    return refusal(dsCode.getUnknown);
  };

  /** The module a body addresses, and what is in it. */
  const moduleOf = (body: object): [string, Record<string, unknown>] | undefined => {
    const found = Object.entries(body).find(([key]) => key !== 'method');
    if (!found) return undefined;
    const [module, inner] = found;
    return [module, typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {}];
  };

  return {
    async open(body) {
      const parsed = request.safeParse(decoded(body));
      const module = parsed.success ? moduleOf(parsed.data) : undefined;
      if (!parsed.success || !module) return refusal(dsCode.methodUnknown);
      const [name, inner] = module;
      if (parsed.data.method === 'do' && name === 'user_management' && 'get_encrypt_info' in inner)
        return refusal(dsCode.notSignedIn, challenge(await signInKey()));
      if (parsed.data.method === 'do' && name === 'user_management' && 'init_admin' in inner)
        return initialize(inner['init_admin']);
      if (!state.initialized) return factory();
      if (parsed.data.method === 'do' && name === 'login') {
        const fields = loginFields.safeParse(inner);
        if (!fields.success) return refusal(dsCode.getUnknown);
        const { username, password, encrypt_type } = fields.data;
        const key = await signInKey();
        return answerSignIn(signIn.signIn(username, password, encrypt_type, key), key);
      }
      return refusal(dsCode.notSignedIn);
    },
    async call(stok, body) {
      if (!state.initialized) return factory();
      const session = signIn.session(stok);
      if (!session) return refusal(dsCode.notSignedIn);
      const parsed = request.safeParse(decoded(body));
      const module = parsed.success ? moduleOf(parsed.data) : undefined;
      if (!parsed.success || !module) return refusal(dsCode.methodUnknown);
      const [name, inner] = module;
      // A VMS reads and sets; who gets in, and to whom the camera belongs, is for its administrators.
      if (session.group === 'vms' && parsed.data.method === 'do') return refusal(dsCode.noRight);
      switch (parsed.data.method) {
        case 'get':
          return get(name, inner);
        case 'set':
          return set(name, inner);
        case 'do':
          return act(name, inner);
        default:
          return refusal(dsCode.methodUnknown);
      }
    },
    nameOf(body) {
      const module = typeof body === 'object' && body !== null ? moduleOf(body) : undefined;
      return module ? [module[0], Object.keys(module[1])[0]].filter(Boolean).join('.').slice(0, 80) : 'unreadable';
    },
    clearSessions: () => signIn.clear(),
  };
}

/**
 * Strings of the vendor's sections are URL-encoded on the wire, both ways; one that is no such text is taken as it
 * stands. What we added (`vms_pairing`, messages) is plain.
 */
const decoded = (value: unknown): unknown =>
  mapStrings(value, (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  });
const encoded = <T>(value: T): T => mapStrings(value, encodeURIComponent) as T;

function mapStrings(value: unknown, change: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null || depth > 8) return value;
  if (Array.isArray(value)) return value.map((one) => mapStrings(one, change, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapStrings(one, change, depth + 1)]));
}
