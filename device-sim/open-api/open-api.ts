import type { Socket } from 'node:net';
import { z } from 'zod';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import { underFaultAsync } from '../faults/http-faults.ts';
import type { Lock } from '../local-api/lock.ts';
import { createSecureDoor, type SecureHandler, sendJson } from '../local-api/secure-door.ts';
import type { PtzHead } from '../onvif/ptz-head.ts';
import { readBody } from '../read-body.ts';
import type { SimCamera } from '../sim-camera.ts';
import { httpMessageOf } from '../wire/http-message.ts';
import { OpenApiError, openApiCode } from './codes.ts';
import { streamMessages } from './messages.ts';
import type { Params } from './method.ts';
import { methodOf } from './methods.ts';
import { createOpenApiSignIn, type OpenApiSignIn } from './sign-in.ts';

/** The vendor's OpenAPI of one camera (port 20443). */
export interface OpenApi {
  accept(socket: Socket): void;
  clearSessions(): void;
}

export interface OpenApiOptions {
  camera: SimCamera;
  lock: Lock;
  faults: FaultBook;
  uptimeMs(): number;
  /** The head, while the camera turns and has power. */
  head(): PtzHead | undefined;
}

const request = z.looseObject({ method: z.unknown().optional(), params: z.unknown().optional() });
const authAnswer = z.object({ nonce: z.string().max(64), response: z.string().max(128) });
const multiple = z.object({
  requests: z.array(z.looseObject({ method: z.string().max(64), params: z.record(z.string(), z.unknown()).nullish() })),
});
const mostRequests = 16;
/** What has no place among others. */
const withoutCompany = new Set(['multipleRequest', 'subscribeMsg', 'doAuth']);
const callPath = /^\/stok=([^/]{1,96})$/;

export function createOpenApi({ camera, lock, faults, uptimeMs, head }: OpenApiOptions, deps: RuntimeDeps): OpenApi {
  const signIn = createOpenApiSignIn(camera, lock, deps);

  const run = (name: string, params: unknown): object => {
    const method = methodOf(camera, name);
    if (!method) throw new OpenApiError(openApiCode.methodUnknown);
    return method({ camera, uptimeMs: uptimeMs(), head: head() }, (params ?? {}) as Params);
  };
  /** Each of several requests has an answer of its own; one that fails does not keep the others from theirs. */
  const several = (params: unknown): object[] => {
    const parsed = multiple.safeParse(params ?? {});
    if (!parsed.success) throw new OpenApiError(openApiCode.valueMissing);
    const { requests } = parsed.data;
    if (requests.length > mostRequests) throw new OpenApiError(openApiCode.multipleTooMany);
    if (requests.length === 0 || requests.some(({ method }) => withoutCompany.has(method)))
      throw new OpenApiError(openApiCode.multipleNested);
    return requests.map(({ method, params: own }) => {
      try {
        return { method, errCode: openApiCode.ok, result: run(method, own) };
      } catch (error) {
        if (!(error instanceof OpenApiError)) throw error;
        return { method, errCode: error.code };
      }
    });
  };

  const handle: SecureHandler = async (incoming, response) => {
    const stok = callPath.exec(incoming.url ?? '/')?.[1];
    if (incoming.method !== 'POST' || (incoming.url !== '/' && stok === undefined))
      return sendJson(response, 404, { errCode: openApiCode.methodUnknown }, { close: true });
    const text = await readBody(incoming);
    if (text === undefined) return sendJson(response, 413, { errCode: openApiCode.payload });
    let name = '';
    const note = (errCode: number, answer?: object) =>
      camera.received(
        {
          protocol: 'openapi',
          what: `OpenAPI ${name || 'unreadable'}`,
          peer: incoming.socket.remoteAddress ?? '',
          outcome: String(errCode),
        },
        () => ({
          request: httpMessageOf(incoming, text),
          ...(answer ? { answer: { start: 'HTTP/1.1 200', body: JSON.stringify(answer) } } : {}),
        }),
      );
    // As on the real camera, the connection is closed after each answer.
    const reply = (body: { errCode?: number }) => {
      note(body.errCode ?? 0, body);
      sendJson(response, 200, body, { close: true });
    };
    const go = async () => {
      try {
        const call = readCall(text);
        if (stok === undefined) return reply(open(signIn, call));
        if (!signIn.holds(decode(stok))) throw new OpenApiError(openApiCode.notAuthorized);
        if (name === 'subscribeMsg') {
          streamMessages(camera, call.params, response, deps);
          return note(openApiCode.ok);
        }
        const result = name === 'multipleRequest' ? { responses: several(call.params) } : run(name, call.params);
        reply({ ...{ method: name }, errCode: openApiCode.ok, ...{ result } });
      } catch (error) {
        if (!(error instanceof OpenApiError)) throw error;
        reply({ ...(name ? { method: name } : {}), errCode: error.code });
      }
    };
    name = nameOf(text);
    await underFaultAsync(
      { camera, book: faults, door: 'openapi' },
      name || 'unreadable',
      incoming,
      response,
      go,
      deps,
    );
  };
  const door = createSecureDoor(camera, handle, deps);
  return { accept: door.accept, clearSessions: signIn.clear };
}

/** The method a body names, for the timeline and for faults, before anything of it is judged. */
function nameOf(text: string): string {
  try {
    const { method } = JSON.parse(text) as { method?: unknown };
    return typeof method === 'string' ? method.slice(0, 64) : '';
  } catch {
    return '';
  }
}

interface Call {
  name: string;
  /** Undefined when the request had none; `null` is the first step of `doAuth`. */
  params: unknown;
}

function readCall(text: string): Call {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new OpenApiError(openApiCode.jsonParse);
  }
  const parsed = request.safeParse(body);
  if (!parsed.success) throw new OpenApiError(openApiCode.payload);
  const { method, params } = parsed.data;
  if (typeof method !== 'string' || method === '') throw new OpenApiError(openApiCode.noMethod);
  if (params !== undefined && (typeof params !== 'object' || Array.isArray(params)))
    throw new OpenApiError(openApiCode.payload);
  return { name: method, params };
}

/** Without a token only `doAuth` is heard. */
function open(signIn: OpenApiSignIn, { name, params }: Call): object {
  if (name !== 'doAuth') throw new OpenApiError(openApiCode.notAuthorized);
  if (params === undefined) throw new OpenApiError(openApiCode.noParams);
  if (params === null) return signIn.doAuth(undefined);
  const answer = authAnswer.safeParse(params);
  if (!answer.success) throw new OpenApiError(openApiCode.valueMissing);
  return signIn.doAuth(answer.data);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
