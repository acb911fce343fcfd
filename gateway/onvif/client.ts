import { Cam } from 'onvif';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { formatUsernameToken } from '../../core/soap/ws-security.ts';
import { childOf, textAt, type XmlElement } from '../../core/soap/xml.ts';
import { type DeviceAddress, onOwnHost } from './address.ts';
import { answerLimits, readAnswer, shapeForPackage } from './answer.ts';
import { isOnvifError, OnvifError } from './errors.ts';
import { createDeviceHttp, type DeviceHttp } from './http.ts';

export interface Credentials {
  username: string;
  password: string;
}

export interface DeviceInformation {
  manufacturer: string;
  model: string;
  firmware: string;
  serial: string;
}

export interface StreamProfile {
  token: string;
  name: string;
  encoding?: string;
  width?: number;
  height?: number;
}

/** One camera's ONVIF services, asked on its own host only and bounded in bytes, depth and time. */
export interface OnvifClient {
  readonly address: DeviceAddress;
  readonly http: DeviceHttp;
  /** The camera's clock minus ours, as measured last; 0 within what a clock of whole seconds can tell. */
  readonly clockOffsetMs: number | undefined;
  /** Measure the clock (unsigned) and learn services and kind of sign-in. Asks for no password. */
  open(signal?: AbortSignal): Promise<void>;
  readClock(signal?: AbortSignal): Promise<number>;
  deviceInformation(signal?: AbortSignal): Promise<DeviceInformation>;
  /** MAC of the first interface, upper case with colons. */
  macAddress(signal?: AbortSignal): Promise<string | undefined>;
  profiles(signal?: AbortSignal): Promise<StreamProfile[]>;
  /** Where the still picture of a profile is, on the camera's own host. */
  snapshotPlace(profileToken: string, signal?: AbortSignal): Promise<{ port: number; path: string }>;
  /** Path of a service by the word of its namespace: `events`, `media`. */
  servicePath(name: string): { port: number; path: string } | undefined;
  /** A signed call of our own, for what the package cannot do safely. `header` and `body` are ready markup. */
  call(call: OwnCall): Promise<XmlElement>;
}

export interface OwnCall {
  port: number;
  path: string;
  header?: string;
  body: string;
  action?: string;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** What the `onvif` package offers and we use, its two inner seams included. */
interface PackageCam {
  uri?: Record<string, { path?: string | null }>;
  media2Support?: boolean;
  _envelopeHeader(openHeader?: boolean): string;
  _requestPart2(options: PackageRequest, callback: PackageCallback): void;
  getServices(includeCapability: boolean, callback: PackageCallback): void;
  getCapabilities(callback: PackageCallback): void;
  getDeviceInformation(callback: PackageCallback): void;
  getNetworkInterfaces(callback: PackageCallback): void;
  getProfiles(callback: PackageCallback): void;
  getSnapshotUri(options: { profileToken: string }, callback: PackageCallback): void;
}
interface PackageRequest {
  service?: string;
  action?: string;
  body: string;
}
type PackageCallback = (error: Error | null, result?: unknown, xml?: string, status?: number) => void;

const askTimeoutMs = 8_000;
const soapEnvelope = 'http://www.w3.org/2003/05/soap-envelope';

export function createOnvifClient(
  address: DeviceAddress,
  credentials: Credentials,
  deps: { clock: Clock; random: Random },
): OnvifClient {
  const { clock, random } = deps;
  const http = createDeviceHttp(address.host, deps);
  let clockOffsetMs: number | undefined;
  /** How this camera wants to be signed in; unknown until `open`. */
  let scheme: 'token' | 'digest' | undefined;

  const token = () =>
    formatUsernameToken({
      ...credentials,
      nonce: random.bytes(16),
      created: new Date(clock.now() + (clockOffsetMs ?? 0)).toISOString(),
    }).markup;

  async function post(
    place: { port: number; path: string },
    text: string,
    options: { action?: string; timeoutMs?: number; signal?: AbortSignal; signed: boolean },
  ): Promise<XmlElement> {
    const ask = {
      method: 'POST' as const,
      ...place,
      headers: {
        'content-type': `application/soap+xml; charset=utf-8${options.action ? `; action="${options.action}"` : ''}`,
      },
      body: text,
      timeoutMs: options.timeoutMs ?? askTimeoutMs,
      maxBytes: answerLimits.maxBytes,
      ...(options.signal ? { signal: options.signal } : {}),
    };
    const answer =
      options.signed && scheme === 'digest' ? await http.askWithDigest(ask, credentials) : await http.ask(ask);
    return readAnswer(answer.status, answer.body.toString('utf8'));
  }

  /**
   * Send a signed message; `write` makes it anew for a second try. A refusal counts against the password only when the
   * camera's clock has not moved since it was measured: a camera that rebooted into another time refuses a right one.
   */
  async function signed(write: () => Promise<XmlElement>, signal?: AbortSignal): Promise<XmlElement> {
    try {
      return await write();
    } catch (error) {
      if (!isOnvifError(error, 'refused') || scheme !== 'token') throw error;
      const before = clockOffsetMs ?? 0;
      const after = await readClock(signal).catch(() => before);
      if (Math.abs(after - before) < 2_500) throw error;
      return await write();
    }
  }

  async function readClock(signal?: AbortSignal): Promise<number> {
    const sentAt = clock.now();
    const body = await post(
      address,
      `<s:Envelope xmlns:s="${soapEnvelope}"><s:Body><GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>`,
      { signed: false, ...(signal ? { signal } : {}) },
    );
    const answer = body.children[0];
    if (answer?.name !== 'GetSystemDateAndTimeResponse')
      throw new OnvifError('answer_invalid', 'no ONVIF device answers at this address');
    const utc = childOf(childOf(answer, 'SystemDateAndTime'), 'UTCDateTime');
    const number = (...path: string[]) => Number(textAt(utc, ...path) ?? Number.NaN);
    const deviceAt = Date.UTC(
      number('Date', 'Year'),
      number('Date', 'Month') - 1,
      number('Date', 'Day'),
      number('Time', 'Hour'),
      number('Time', 'Minute'),
      number('Time', 'Second'),
    );
    // The camera says whole seconds, so its clock stands in the middle of the one it names, give or take half of it.
    const halfTripMs = (clock.now() - sentAt) / 2;
    const offsetMs = deviceAt + 500 - (sentAt + halfTripMs);
    clockOffsetMs = Number.isNaN(deviceAt) || Math.abs(offsetMs) <= 500 + halfTripMs ? 0 : Math.round(offsetMs);
    return clockOffsetMs;
  }

  // --- the package, with its envelope and its transport replaced by ours -------------------------------------------

  const cam = new Cam({
    hostname: address.host,
    port: address.port,
    path: address.path,
    username: credentials.username,
    password: credentials.password,
    autoconnect: false,
    preserveAddress: true,
  }) as unknown as PackageCam;

  /**
   * One call by the package, on an object of its own that inherits what is known of the camera: calls may overlap. The
   * package reads answers without checking their shape, so what it throws is an answer that is not valid.
   */
  function viaPackage<T>(
    call: (camera: PackageCam, done: PackageCallback) => void,
    signal?: AbortSignal,
    sign = true,
  ): Promise<{ result: T; body: XmlElement | undefined }> {
    return new Promise((resolve, reject) => {
      let body: XmlElement | undefined;
      const one = Object.create(cam) as PackageCam;
      one._envelopeHeader = (openHeader) =>
        `<s:Envelope xmlns:s="${soapEnvelope}" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>${
          sign && scheme === 'token' ? tokenMark : ''
        }${openHeader ? '' : '</s:Header><s:Body>'}`;
      one._requestPart2 = (options, callback) => {
        const path = (options.service && cam.uri?.[options.service]?.path) || address.path;
        const send = () =>
          post(
            { port: address.port, path },
            options.body.replace(tokenMark, () => token()),
            {
              signed: sign,
              ...(options.action ? { action: options.action } : {}),
              ...(signal ? { signal } : {}),
            },
          );
        (sign ? signed(send, signal) : send())
          .then(
            (answer) => {
              body = answer;
              callback(null, [shapeForPackage(answer)], '', 200);
            },
            (error: Error) => callback(error, undefined, '', 0),
          )
          .catch((error: unknown) =>
            reject(new OnvifError('answer_invalid', 'the answer has not the expected form', [], { cause: error })),
          );
      };
      call(one, (error, result) => {
        if (error) return reject(error);
        // What it learned of the camera's services is for all later calls.
        if (one.uri) cam.uri = one.uri;
        if (one.media2Support !== undefined) cam.media2Support = one.media2Support;
        resolve({ result: result as T, body });
      });
    });
  }

  const text = (value: unknown, max = 64) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? String(value).trim().slice(0, max)
      : '';

  const client: OnvifClient = {
    address,
    http,
    get clockOffsetMs() {
      return clockOffsetMs;
    },
    readClock,

    async open(signal) {
      try {
        await readClock(signal);
      } catch (error) {
        // Some firmware wants a sign-in even for its time: sign with our own then.
        if (!isOnvifError(error, 'refused')) throw error;
        clockOffsetMs = 0;
      }
      try {
        const { body } = await viaPackage((camera, done) => camera.getServices(true, done), signal, false);
        scheme = announcedScheme(body);
      } catch (error) {
        if (isOnvifError(error, 'unreachable', 'timeout') || signal?.aborted) throw error;
        // Before GetServices there was GetCapabilities, which tells nothing of sign-in.
        if (!isOnvifError(error, 'refused'))
          await viaPackage((camera, done) => camera.getCapabilities(done), signal, false).catch((second: unknown) => {
            if (!isOnvifError(second, 'refused')) throw second;
          });
      }
      scheme ??= await probeScheme(signal);
      if (!cam.uri) await viaPackage((camera, done) => camera.getServices(false, done), signal);
    },

    async deviceInformation(signal) {
      const { result: given } = await viaPackage<Record<string, unknown>>(
        (camera, done) => camera.getDeviceInformation(done),
        signal,
      );
      return {
        manufacturer: text(given?.['manufacturer']),
        model: text(given?.['model']),
        firmware: text(given?.['firmwareVersion']),
        serial: text(given?.['serialNumber']),
      };
    },

    async macAddress(signal) {
      const { result: given } = await viaPackage<{ info?: { hwAddress?: unknown } }[]>(
        (camera, done) => camera.getNetworkInterfaces(done),
        signal,
      );
      const mac = text(given?.[0]?.info?.hwAddress).toUpperCase().replaceAll('-', ':');
      return /^([0-9A-F]{2}:){5}[0-9A-F]{2}$/.test(mac) ? mac : undefined;
    },

    async profiles(signal) {
      const { result: given } = await viaPackage<unknown>((camera, done) => camera.getProfiles(done), signal);
      return (Array.isArray(given) ? given : []).slice(0, 64).flatMap((profile: PackageProfile) => {
        const profileToken = text(profile?.$?.token);
        if (!profileToken) return [];
        const encoder = profile.videoEncoderConfiguration;
        const [width, height] = [Number(encoder?.resolution?.width), Number(encoder?.resolution?.height)];
        return {
          token: profileToken,
          name: text(profile.name),
          ...(encoder?.encoding ? { encoding: text(encoder.encoding) } : {}),
          ...(width > 0 && height > 0 ? { width, height } : {}),
        };
      });
    },

    async snapshotPlace(profileToken, signal) {
      const { result: given } = await viaPackage<{ uri?: unknown }>(
        (camera, done) => camera.getSnapshotUri({ profileToken }, done),
        signal,
      );
      const place = onOwnHost(address, text(given?.uri, 1024));
      if (!place || place.path === '/')
        throw new OnvifError('answer_invalid', 'the camera gives no usable picture address');
      return place;
    },

    servicePath(name) {
      const path = cam.uri?.[name]?.path;
      return path ? { port: address.port, path } : undefined;
    },

    call({ header = '', body, port, path, ...options }) {
      return signed(
        () =>
          post(
            { port, path },
            `<s:Envelope xmlns:s="${soapEnvelope}" xmlns:wsa="http://www.w3.org/2005/08/addressing"><s:Header>${
              scheme === 'digest' ? '' : token()
            }${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`,
            { ...options, signed: true },
          ),
        options.signal,
      );
    },
  };

  /** Nothing was announced: ask without any credentials and see which kind of sign-in is asked back. */
  async function probeScheme(signal?: AbortSignal): Promise<'token' | 'digest'> {
    const answer = await http.ask({
      method: 'POST',
      port: address.port,
      path: address.path,
      headers: { 'content-type': 'application/soap+xml; charset=utf-8' },
      body: `<s:Envelope xmlns:s="${soapEnvelope}"><s:Body><GetScopes xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>`,
      timeoutMs: askTimeoutMs,
      maxBytes: answerLimits.maxBytes,
      ...(signal ? { signal } : {}),
    });
    const challenged = answer.rawHeaders.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'www-authenticate');
    return answer.status === 401 && challenged ? 'digest' : 'token';
  }

  return client;
}

/** Stands in the package's envelope until the message is really sent, so that a second try is signed anew. */
const tokenMark = '<!--sign here-->';

interface PackageProfile {
  $?: { token?: unknown };
  name?: unknown;
  videoEncoderConfiguration?: { encoding?: unknown; resolution?: { width?: unknown; height?: unknown } };
}

/**
 * Which sign-in the device service announces (GetServices with capabilities is open to anyone). The username token goes
 * first: it costs one request and never leaves in doubt whether a 401 was a question or a refusal.
 */
function announcedScheme(body: XmlElement | undefined): 'token' | 'digest' | undefined {
  const security = findSecurity(body, 0);
  if (!security) return undefined;
  const says = (name: string) => /^(true|1)$/i.test(security.attributes[name] ?? '');
  return says('UsernameToken') ? 'token' : says('HttpDigest') ? 'digest' : undefined;
}

function findSecurity(element: XmlElement | undefined, depth: number): XmlElement | undefined {
  if (!element || depth > 8) return undefined;
  if (element.name === 'Security' && ('UsernameToken' in element.attributes || 'HttpDigest' in element.attributes))
    return element;
  for (const child of element.children) {
    const found = findSecurity(child, depth + 1);
    if (found) return found;
  }
  return undefined;
}
