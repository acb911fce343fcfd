import { setTimeout as delay } from 'node:timers/promises';
import { generateSync } from 'otplib';
import { addCameras } from '../../clients/config-tool/add.ts';
import { type ApiClient, apiClient } from '../../clients/terminal/http.ts';
import type { Cloud } from '../../cloud-mock/index.ts';
import { formatLabelSecret } from '../../core/pairing/label-secret.ts';
import type { Fleet } from '../../device-sim/index.ts';
import type { Gateway } from '../../gateway/index.ts';
import type { LabClock } from './clock.ts';

const stepMs = 30_000;

/** What a person of the lab can do without a screen: each verb speaks the public interfaces, as their programs would. */
export interface LabVerbs {
  /** The cloud's API, signed in as the owner (with a fresh code when 2FA is on). */
  owner(): Promise<ApiClient>;
  /** Switch the owner's second factor on; from now on `code()` shows its codes. */
  enableTwoFactor(): Promise<{ secret: string; recoveryCodes: string[] }>;
  /** The next code that was not used yet: moves the lab's clock on where the present one is spent. */
  code(): Promise<string>;
  /** Bind the gateway to the owner's TP-Link ID by Cloud Access. */
  bind(): Promise<void>;
  /** Activate and pair cameras, all of them without names, and wait until they are Online. */
  adopt(...names: string[]): Promise<void>;
  /** A stream of what the gateway's live feed says. */
  adminApi: AdminApi;
}

/** The gateway's API with the admin's session. */
export interface AdminApi {
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes; a test says what it expects
  call(method: string, path: string, body?: object): Promise<{ status: number; body: any }>;
}

export interface LabParts {
  cloud: Cloud;
  gateway: Gateway;
  fleet: Fleet;
  clock: LabClock;
  people: {
    owner: { email: string; password: string };
    admin: { username: string; password: string };
    camera: { username: string; password: string };
  };
}

export function createVerbs({ cloud, gateway, fleet, clock, people }: LabParts): LabVerbs {
  let secret: string | undefined;
  let lastCode: string | undefined;
  let cookie: string | undefined;
  const cloudApi = apiClient(cloud.url, 'the TP-Link ID cloud');
  const gatewayApi = apiClient(gateway.url, 'VMS Local');

  const adminApi: AdminApi = {
    async call(method, path, body) {
      const send = () =>
        fetch(`${gateway.url}/api/v1${path}`, {
          method,
          headers: {
            ...(body ? { 'content-type': 'application/json' } : {}),
            ...(cookie ? { cookie } : {}),
            origin: gateway.url,
          },
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
      if (!cookie) {
        const signedIn = await fetch(`${gateway.url}/api/v1/auth/sign-in`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin: gateway.url },
          body: JSON.stringify(people.admin),
        });
        if (!signedIn.ok) throw new Error(`the admin's sign-in answered ${signedIn.status} ${await signedIn.text()}`);
        cookie = signedIn.headers
          .getSetCookie()
          .map((line) => line.split(';')[0])
          .join('; ');
      }
      const answer = await send();
      const text = await answer.text();
      return {
        status: answer.status,
        body: text && answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text,
      };
    },
  };

  const currentCode = () => generateSync({ secret: secret!, epoch: Math.floor(clock.now() / 1000) });
  const until = async (what: string, ready: () => Promise<boolean>) => {
    for (let tries = 0; tries < 200; tries++) {
      if (await ready()) return;
      await delay(50);
    }
    throw new Error(`${what} did not come about within 10 s`);
  };

  const verbs: LabVerbs = {
    adminApi,
    async code() {
      if (!secret) throw new Error('two-factor authentication is off: call enableTwoFactor first');
      if (currentCode() === lastCode) await clock.advance(stepMs);
      lastCode = currentCode();
      return lastCode;
    },
    async owner() {
      const { email, password } = people.owner;
      interface Answer {
        token?: string;
        challengeId?: string;
      }
      let answer = await cloudApi.post<Answer>('/sign-in', { email, password, delivery: 'bearer' });
      if (answer.challengeId) {
        answer = await cloudApi.post<Answer>('/sign-in/code', {
          challengeId: answer.challengeId,
          code: await verbs.code(),
        });
      }
      return cloudApi.with(answer.token!);
    },
    async enableTwoFactor() {
      const owner = await verbs.owner();
      const begun = await owner.post<{ enrolmentId: string; secret: string }>('/two-factor/enrolment', {
        password: people.owner.password,
      });
      secret = begun.secret;
      const { recoveryCodes } = await owner.post<{ recoveryCodes: string[] }>('/two-factor/enrolment/confirm', {
        enrolmentId: begun.enrolmentId,
        code: await verbs.code(),
      });
      return { secret: begun.secret, recoveryCodes };
    },
    async bind() {
      const { body } = await adminApi.call('POST', '/cloud-access/bind', {});
      await (await verbs.owner()).post('/bindings/approve', { userCode: body.userCode });
      // The gateway asks every few seconds on the lab's clock; a manual one is helped along.
      await until('the binding', async () => {
        const { body: now } = await adminApi.call('GET', '/cloud-access');
        if (now.state === 'bound' && now.online) return true;
        await clock.advance(1000);
        return false;
      });
    },
    async adopt(...names) {
      const chosen = names.length > 0 ? names.map((name) => fleet.camera(name)) : [...fleet.cameras];
      for (const { camera } of chosen) if (!camera.state.initialized) camera.activate(people.camera.password);
      const owner = await verbs.owner();
      const { elevation } = await owner.post<{ elevation: string }>('/elevations', {
        gatewayId: gateway.gatewayId,
        code: await verbs.code(),
      });
      const refused: string[] = [];
      await addCameras(
        gatewayApi,
        {
          elevation,
          candidates: chosen.map(({ camera: { identity, address } }) => ({
            serial: identity.serial,
            labelSecret: formatLabelSecret(identity.labelSecret),
            device: {
              model: '',
              name: '',
              host: address.host,
              onvifUrl: '',
              httpsPort: address.ports.https,
              mac: identity.mac,
              serial: identity.serial,
              status: 'Online',
            },
          })),
          cameraPassword: async () => people.camera.password,
        },
        { now: () => performance.now(), sleep: (ms) => delay(ms) },
        ({ serial, outcome }) => {
          if (outcome && outcome !== 'added') refused.push(`${serial}: ${outcome.refused}`);
        },
      );
      if (refused.length > 0) throw new Error(`not adopted: ${refused.join('; ')}`);
    },
  };
  return verbs;
}
