import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, realClock } from '../../core/runtime/clock.ts';
import { listen } from '../../core/runtime/listen.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { parseXml } from '../../core/soap/parse-xml.ts';
import { formatUsernameToken } from '../../core/soap/ws-security.ts';
import { childOf, textAt, type XmlElement } from '../../core/soap/xml.ts';
import { parseDigestHeader } from '../../device-sim/auth/digest.ts';
import type { CameraState } from '../../device-sim/camera.ts';
import { deriveIdentity } from '../../device-sim/identity.ts';
import { createOnvifHandler, type OnvifOptions } from '../../device-sim/onvif/handler.ts';
import { onvifServerOptions } from '../../device-sim/onvif/http-limits.ts';
import { findProfile, type ProfileName } from '../../device-sim/profiles/index.ts';
import type { Profile } from '../../device-sim/profiles/profile.ts';
import { type CameraHost, createCamera } from '../../device-sim/sim-camera.ts';
import { type Checked, checkMessages } from '../xsd/checked.ts';

export const adminPassword = 'Admin-pass-1';

export interface CameraSetting extends OnvifOptions {
  profile?: ProfileName | Profile;
  /** Absent: activated with `adminPassword`; null: as from the factory. */
  password?: string | null;
  strict?: boolean;
  clock?: Clock;
  host?: CameraHost;
  /** From before. */
  state?: CameraState;
}

export interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  rawHeaders: string[];
  text: string;
  /** The element in the body; undefined when the answer is no SOAP. */
  body: XmlElement | undefined;
  header: XmlElement[];
  /** Subcodes of a fault from the outer to the inner one; the code itself when it has none. */
  fault: string[] | undefined;
  /** Text at a path below the body's element. */
  at(...path: string[]): string | undefined;
}

export interface Asking {
  as?: { username: string; password: string } | null;
  by?: 'token' | 'digest' | 'text' | 'both';
  header?: string;
  path?: string;
  port?: number;
  signal?: AbortSignal;
}

/** What all test files of one run checked. */
export const checked: Checked = checkMessages();

/** One camera with a real HTTP socket; every SOAP answer is checked against the schemas. */
export async function startOneCamera(setting: CameraSetting = {}) {
  const clock = setting.clock ?? realClock;
  const deps = { clock, random: secureRandom, log: silentLog };
  const { profile: given = 'generic', password = adminPassword, strict, host, state } = setting;
  const profile = typeof given === 'string' ? findProfile(given) : given;
  const camera = createCamera(
    {
      name: 'door',
      profile,
      identity: deriveIdentity('test', 1),
      password: password ?? undefined,
      strict,
      host,
      state,
    },
    deps,
  );
  const handler = createOnvifHandler(camera, deps, setting);
  const server = http.createServer(onvifServerOptions, handler.handle);
  const listening = await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  camera.address = { host: '127.0.0.1', ports: { http: port, https: port + 1, rtsp: port + 2, openApi: port + 3 } };

  async function ask(operation: string, args = '', asking: Asking = {}): Promise<Reply> {
    const prefix = operation.split(':')[0] as keyof typeof namespaces;
    const {
      as = { username: 'admin', password: adminPassword },
      by = 'token',
      path = '/onvif/device_service',
    } = asking;
    let header = asking.header ?? '';
    if (as && (by === 'token' || by === 'both')) {
      const created = new Date(camera.clock.now()).toISOString();
      header += formatUsernameToken({ ...as, nonce: secureRandom.bytes(16), created }).markup;
    }
    if (as && by === 'text') header += clearTextToken(as, new Date(camera.clock.now()).toISOString());
    const declared = [...new Set(['s', 'tt', 'wsnt', 'tns1', 'wsa', prefix] as const)]
      .map((one) => ` xmlns:${one}="${namespaces[one]}"`)
      .join('');
    const body = `<s:Envelope${declared}><s:Header>${header}</s:Header><s:Body><${operation}>${args}</${operation}></s:Body></s:Envelope>`;
    const send = (headers: http.OutgoingHttpHeaders) =>
      post(
        asking.port ?? port,
        path,
        body,
        { 'Content-Type': 'application/soap+xml; charset=utf-8', ...headers },
        asking.signal,
      );
    let reply = await send({});
    if (as && (by === 'digest' || by === 'both') && reply.status === 401) {
      const challenge = reply.rawHeaders[reply.rawHeaders.indexOf('WWW-Authenticate') + 1]!;
      reply = await send({ Authorization: digestHeader(challenge, as, path) });
    }
    return reply;
  }

  return {
    camera,
    handler,
    port,
    url: `http://127.0.0.1:${port}`,
    ask,
    /** Ask and expect a good answer. */
    async get(operation: string, args = '', asking: Asking = {}): Promise<Reply> {
      const reply = await ask(operation, args, asking);
      if (reply.status !== 200) throw new Error(`${operation} answered ${reply.status}: ${reply.text}`);
      return reply;
    },
    post: (path: string, body: string | Buffer, headers: http.OutgoingHttpHeaders = {}) =>
      post(port, path, body, headers),
    async [Symbol.asyncDispose]() {
      await listening[Symbol.asyncDispose]();
      await handler[Symbol.asyncDispose]();
    },
  };
}
export type OneCamera = Awaited<ReturnType<typeof startOneCamera>>;

const clearTextToken = (as: { username: string; password: string }, created: string) =>
  `<w:Security xmlns:w="${namespaces.wsse}" xmlns:u="${namespaces.wsu}"><w:UsernameToken><w:Username>${as.username}</w:Username>` +
  `<w:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText">${as.password}</w:Password>` +
  `<w:Nonce>${secureRandom.bytes(16).toString('base64')}</w:Nonce><u:Created>${created}</u:Created></w:UsernameToken></w:Security>`;

export function digestHeader(
  challenge: string,
  as: { username: string; password: string },
  uri: string,
  method = 'POST',
) {
  const { realm, nonce, algorithm = 'MD5' } = parseDigestHeader(challenge)!;
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const response = hash(
    `${hash(`${as.username}:${realm}:${as.password}`)}:${nonce}:00000001:abcdef:auth:${hash(`${method}:${uri}`)}`,
  );
  return `Digest username="${as.username}", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=${algorithm}, qop=auth, nc=00000001, cnonce="abcdef", response="${response}"`;
}

/** Send one request as it is and read the whole answer. */
export function post(
  port: number,
  path: string,
  body: string | Buffer,
  headers: http.OutgoingHttpHeaders = {},
  signal?: AbortSignal,
  method = 'POST',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        agent: false,
        signal,
        headers: { 'Content-Length': Buffer.byteLength(body), ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          try {
            resolve(readReply(response, Buffer.concat(chunks).toString('utf8')));
          } catch (error) {
            reject(error as Error);
          }
        });
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

function readReply({ statusCode, headers, rawHeaders }: http.IncomingMessage, text: string): Reply {
  const soap = headers['content-type']?.startsWith('application/soap+xml') ?? false;
  let root: XmlElement | undefined;
  if (soap) {
    checked.check(text);
    root = parseXml(text);
  }
  const body = childOf(root, 'Body')?.children[0];
  return {
    status: statusCode ?? 0,
    headers,
    rawHeaders,
    text,
    body,
    header: childOf(root, 'Header')?.children ?? [],
    fault: body?.name === 'Fault' ? faultOf(body) : undefined,
    at: (...path) => textAt(body, ...path),
  };
}

function faultOf(fault: XmlElement): string[] {
  const subcodes: string[] = [];
  for (let at = childOf(childOf(fault, 'Code'), 'Subcode'); at; at = childOf(at, 'Subcode')) {
    subcodes.push(textAt(at, 'Value') ?? '');
  }
  const code = textAt(fault, 'Code', 'Value') ?? '';
  return [code.replace(/^.*:/, ''), ...subcodes];
}
