import { constants, createHash, createPublicKey, publicEncrypt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { request } from 'node:https';
import { type Announcement, discoveryGroup, discoveryPort, parseDiscovery } from '../../core/onvif/discovery.ts';
import { type ManualClock, manualClock } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { seededRandom } from '../../core/runtime/random.ts';
import { type CameraWish, type FleetConfig, startFleet } from '../../device-sim/index.ts';

/** Parts of a fleet test: everything on any free port, no discovery, a clock that stands still. */
export function fleetDeps(clock: ManualClock = manualClock()): RuntimeDeps & { clock: ManualClock } {
  return { clock, random: seededRandom('fleet test'), log: silentLog };
}

export const fleetConfig = (more: Partial<FleetConfig> = {}): FleetConfig => ({
  host: '127.0.0.1',
  basePort: 0,
  count: 1,
  profiles: [],
  initialized: false,
  strict: false,
  discovery: false,
  seed: 'fleet test',
  control: false,
  traffic: 'off',
  bootMs: 0,
  ...more,
});

export async function startCameras(cameras: CameraWish[], more: Partial<FleetConfig> = {}, deps = fleetDeps()) {
  return startFleet(fleetConfig({ cameras, ...more }), deps);
}

// biome-ignore lint/suspicious/noExplicitAny: answers of other people, looked into at will
export type Json = Record<string, any>;

/** POST JSON over TLS to a camera that vouches for itself. */
export function post(port: number, path: string, body: unknown): Promise<{ status: number; json: Json }> {
  return new Promise((resolve, reject) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const sent = request(
      { host: '127.0.0.1', port, path, method: 'POST', rejectUnauthorized: false, agent: false },
      (response) => {
        let reply = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          reply += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, json: JSON.parse(reply) }));
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

/** RSA-PKCS1 v1.5 under the key of a challenge, by Node's own code rather than by the camera's. */
export const wrap = (challenge: Json, text: string) => {
  const der = Buffer.from(decodeURIComponent(challenge['key']), 'base64');
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text)).toString('base64');
};
export const vendorHash = (password: string) =>
  createHash('md5').update(`TPCQ75NF2Y:${password}`).digest('hex').toUpperCase();

export const challengeOf = async (port: number): Promise<Json> =>
  (await post(port, '/', { method: 'do', user_management: { get_encrypt_info: null } })).json['data'];

export async function activate(port: number, password: string, more: Json = {}): Promise<Json> {
  const challenge = await challengeOf(port);
  const ciphertext = wrap(challenge, `${password}:${challenge['nonce']}`);
  return (await post(port, '/', { method: 'do', user_management: { init_admin: { ciphertext, ...more } } })).json;
}

export async function signIn(port: number, password: string, username = 'admin'): Promise<Json> {
  const challenge = await challengeOf(port);
  const login = {
    username,
    password: encodeURIComponent(wrap(challenge, `${vendorHash(password)}:${challenge['nonce']}`)),
    passwdType: 'md5',
    encrypt_type: '2',
  };
  return (await post(port, '/', { method: 'do', login })).json;
}

/** Sign in and return a way to call `/ds`. */
export async function session(port: number, password: string) {
  const { stok } = await signIn(port, password);
  return async (body: Json) => (await post(port, `/stok=${stok}/ds`, body)).json;
}

/** What is announced on the loopback interface. */
export async function listenToDiscovery() {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  const messages: Announcement[] = [];
  socket.on('message', (datagram) => {
    const message = parseDiscovery(datagram.toString());
    if (message?.kind === 'Hello' || message?.kind === 'Bye') messages.push(message);
  });
  await new Promise<void>((resolve) => socket.bind(discoveryPort, resolve));
  socket.addMembership(discoveryGroup, '127.0.0.1');
  return {
    heard: (uuid: string) => messages.filter(({ target }) => target.address.endsWith(uuid)).map(({ kind }) => kind),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}
