import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { underFaultAsync } from '../faults/http-faults.ts';
import { createSecureDoor, type SecureHandler, sendJson } from '../local-api/secure-door.ts';
import type { OpenApi, OpenApiOptions } from '../open-api/open-api.ts';
import { readBody } from '../read-body.ts';
import { nvrOperation } from './calls.ts';
import { NvrError, nvrCode } from './codes.ts';
import { createNvrSignIn, tokenPath } from './sign-in.ts';

/** The OpenAPI of a recorder (port 20443): resources below `/openapi`, a bearer token, JSON with URL-encoded strings. */
export function createNvrApi({ camera, lock, faults }: OpenApiOptions, deps: RuntimeDeps): OpenApi {
  const signIn = createNvrSignIn(camera, lock, deps);

  const handle: SecureHandler = async (incoming, response) => {
    const [pathname = '/', query] = (incoming.url ?? '/').split('?');
    const searchParams = new URLSearchParams(query);
    const method = incoming.method ?? 'GET';
    const answer = (status: number, body: object) => {
      camera.received({
        what: `OpenAPI ${method} ${pathname}`.slice(0, 128),
        peer: incoming.socket.remoteAddress ?? '',
        outcome: String(status),
      });
      sendJson(response, status, encoded(body) as object);
    };
    const go = async () => {
      const text = await readBody(incoming);
      if (text === undefined) return sendJson(response, 413, { error_code: nvrCode.parameter });
      const { authorization } = incoming.headers;
      if (pathname === tokenPath && method === 'GET') {
        const { status, challenge, body } = signIn.token(authorization, searchParams);
        if (challenge) response.setHeader('www-authenticate', challenge);
        return answer(status, body);
      }
      try {
        const operation = nvrOperation(method, pathname);
        if (!operation) throw new NvrError(nvrCode.unknown, 404, `there is no ${method} ${pathname}`.slice(0, 200));
        if (!signIn.holds(authorization)) throw new NvrError(nvrCode.signInNeeded, 401, 'sign in for a token first');
        answer(200, { ...operation({ camera, query: searchParams, body: bodyOf(text) }), error_code: nvrCode.ok });
      } catch (error) {
        if (!(error instanceof NvrError)) throw error;
        answer(error.status, { error_code: error.code, hint: error.hint });
      }
    };
    await underFaultAsync(
      { camera, book: faults, door: 'openapi' },
      pathname.replace('/openapi/', ''),
      incoming,
      response,
      go,
      deps,
    );
  };
  const door = createSecureDoor(camera, handle, deps);
  return { accept: door.accept, clearSessions: signIn.clear };
}

function bodyOf(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NvrError(nvrCode.parameter, 400, 'the body is not whole JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new NvrError(nvrCode.parameter, 400, 'the body is a JSON object');
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, typeof one === 'string' ? decoded(one) : one]),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Strings go out URL-encoded, as they come in. */
function encoded(value: unknown): unknown {
  if (typeof value === 'string') return encodeURIComponent(value);
  if (Array.isArray(value)) return value.map(encoded);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, encoded(one)]));
  return value;
}
