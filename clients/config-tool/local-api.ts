import { request } from 'node:https';
import { type EncryptInfo as DeviceKey, sealForDevice, signInBody } from '../../core/local-api/ds-sign-in.ts';
import { urlHost } from '../../core/runtime/listen.ts';

/** A camera's own refusal: VIGI error code and what it means. */
export class DeviceRefusal extends Error {
  override name = 'DeviceRefusal';
  constructor(
    readonly errorCode: number,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

export interface DeviceAddress {
  host: string;
  httpsPort: number;
}

interface Answer {
  error_code: number;
  [member: string]: unknown;
}

interface EncryptInfo extends DeviceKey {
  factoryDefault: boolean;
}

export interface BasicInfo {
  dev_name: string;
  device_model: string;
  sw_version: string;
  hw_version: string;
  mac: string;
  serial: string;
}

const maxAnswerBytes = 256 * 1024;
const answerWithinMs = 20_000;

/** One POST of JSON. The camera's certificate is its own: what counts is checked later, by the pairing proof. */
function post(address: DeviceAddress, path: string, body: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const payload = JSON.stringify(body);
    const call = request(
      {
        host: address.host,
        port: address.httpsPort,
        path,
        method: 'POST',
        rejectUnauthorized: false,
        agent: false,
        timeout: answerWithinMs,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
      },
      (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on('data', (part: Buffer) => {
          size += part.length;
          if (size > maxAnswerBytes) call.destroy(new Error('the camera answers without end'));
          else parts.push(part);
        });
        response.on('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(parts).toString()) as Answer);
          } catch {
            reject(
              new Error(`https://${urlHost(address.host)}:${address.httpsPort} does not answer like a VIGI camera`),
            );
          }
        });
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    call.end(payload);
  });
}

async function encryptInfo(address: DeviceAddress): Promise<EncryptInfo> {
  const answer = await post(address, '/', { method: 'do', user_management: { get_encrypt_info: null } });
  const data = (answer['data'] ?? {}) as Record<string, unknown>;
  if (typeof data['nonce'] !== 'string' || typeof data['key'] !== 'string') {
    throw new DeviceRefusal(answer.error_code, meaningOf(answer.error_code, data), data);
  }
  return {
    nonce: data['nonce'],
    key: decodeURIComponent(data['key']),
    factoryDefault: data['factory_default'] === true,
  };
}

function meaningOf(errorCode: number, data: Record<string, unknown>): string {
  const left = typeof data['sec_left'] === 'number' ? `; try again in ${data['sec_left']} s` : '';
  switch (errorCode) {
    case -40401:
      return 'the password is wrong: it is the one the camera was activated with; wrong ones count towards a lock';
    case -40404:
    case -40408:
      return `the camera is locked after wrong passwords${left}`;
    case -40405:
      return data['factory_default'] === true
        ? 'the camera is not activated yet: config-tool activate'
        : 'the camera is activated already';
    case -60010:
      return 'the password does not fit: 8 to 64 printable ASCII characters';
    case -60001:
      return 'the camera belongs to no VMS';
    case -60002:
      return 'the camera is paired already: remove it from its VMS first, or by `remove --at-camera` where that is gone';
    default:
      return `the camera answered error ${errorCode}`;
  }
}

const checked = (answer: Answer): Answer => {
  if (answer.error_code === 0) return answer;
  const data = { ...(answer['data'] as object | undefined), ...answer };
  const pairing = answer['vms_pairing'] as { message?: string; code?: string } | undefined;
  throw new DeviceRefusal(answer.error_code, pairing?.message ?? meaningOf(answer.error_code, data), pairing ?? data);
};

/** Does the camera wait for its first password? Undefined when it does not speak VIGI's local API. */
export async function isFactoryDefault(address: DeviceAddress): Promise<boolean | undefined> {
  try {
    return (await encryptInfo(address)).factoryDefault;
  } catch {
    return undefined;
  }
}

/** Set the admin password of an uninitialised camera (our own call; the real one is not public). */
export async function activate(
  address: DeviceAddress,
  settings: { password: string; region: string; timeZone: string },
): Promise<void> {
  const info = await encryptInfo(address);
  const answer = await post(address, '/', {
    method: 'do',
    user_management: {
      init_admin: {
        ciphertext: sealForDevice(info, `${settings.password}:${info.nonce}`),
        region: settings.region,
        time_zone: settings.timeZone,
        language: 'en',
      },
    },
  });
  checked(answer);
}

/** Change the admin password; the present one is proved once more, under the same lock as a sign-in. */
export async function changePassword(address: DeviceAddress, present: string, next: string): Promise<void> {
  const session = await signInDevice(address, present);
  // A nonce is good once, and two things are sealed.
  const [forPresent, forNext] = [await encryptInfo(address), await encryptInfo(address)];
  await session.changePassword(
    signInBody(forPresent, 'admin', present).login.password,
    sealForDevice(forNext, `${next}:${forNext.nonce}`),
  );
}

/** To which VMS a camera belongs, as it says itself. */
export interface PairingStatus {
  state: string;
  gateway_id?: string;
  gateway_host?: string;
}

/** A signed-in session at one camera's local API. */
export interface DeviceSession {
  basicInfo(): Promise<BasicInfo>;
  /** Where ONVIF answers, from the HTTP port the camera tells. */
  onvifUrl(): Promise<string>;
  reboot(): Promise<void>;
  /** Both sealed with the camera's key. */
  changePassword(sealedPresent: string, sealedNext: string): Promise<void>;
  pairingStatus(): Promise<PairingStatus>;
  /** Leave the VMS it belongs to. */
  unpair(): Promise<void>;
  pair(order: { gatewayId: string; host: string; port: number; ticketId: string; ticket: string }): Promise<void>;
}

export async function signInDevice(address: DeviceAddress, password: string): Promise<DeviceSession> {
  const info = await encryptInfo(address);
  const answer = checked(await post(address, '/', signInBody(info, 'admin', password)));
  const path = `/stok=${String(answer['stok'])}/ds`;
  return {
    async onvifUrl() {
      const got = checked(await post(address, path, { method: 'get', network: { name: ['wan'] } }));
      const port = Number((got['network'] as { wan?: { http_port?: string } } | undefined)?.wan?.http_port ?? 80);
      return `http://${urlHost(address.host)}:${port}/onvif/device_service`;
    },
    async reboot() {
      checked(await post(address, path, { method: 'do', system: { reboot: null } }));
    },
    async changePassword(old_passwd, ciphertext) {
      const change = { username: 'admin', old_passwd, ciphertext };
      checked(await post(address, path, { method: 'do', user_management: { change_user_info: change } }));
    },
    async pairingStatus() {
      const got = checked(await post(address, path, { method: 'get', vms_pairing: { status: null } }));
      return got['vms_pairing'] as PairingStatus;
    },
    async unpair() {
      checked(await post(address, path, { method: 'do', vms_pairing: { unpair: null } }));
    },
    async basicInfo() {
      const got = checked(await post(address, path, { method: 'get', device_info: { name: ['basic_info'] } }));
      const facts = (got['device_info'] as { basic_info: Record<string, string> }).basic_info;
      return Object.fromEntries(
        Object.entries(facts).map(([name, value]) => [name, decodeURIComponent(value)]),
      ) as unknown as BasicInfo;
    },
    async pair(order) {
      checked(
        await post(address, path, {
          method: 'do',
          vms_pairing: {
            pair: {
              gateway_id: order.gatewayId,
              gateway_host: order.host,
              gateway_port: order.port,
              ticket_id: order.ticketId,
              ticket: order.ticket,
            },
          },
        }),
      );
    },
  };
}
