import { parseCookie, stringifySetCookie } from 'cookie';
import type { CookieOptions, Request, RequestHandler, Response } from 'express';
import type { Sessions, StartedSession } from '../people/sessions.ts';
import { isRemote } from './origin.ts';

const sessionCookie = 'vigil_vms';
const flowCookie = 'vigil_vms_flow';
const flowPath = '/api/v1/auth/tplink';

const cookieOf = (request: Pick<Request, 'headers'>, name: string) => parseCookie(request.headers.cookie ?? '')[name];

/** Over TLS on the LAN we see it ourselves; through the tunnel the relay says how the browser reached it. */
const isSecure = (request: Request) =>
  isRemote(request)
    ? request.headers['x-forwarded-proto'] === 'https'
    : (request.socket as { encrypted?: boolean }).encrypted === true;

function set(request: Request, response: Response, name: string, value: string, more: CookieOptions): void {
  response.append(
    'set-cookie',
    stringifySetCookie({ name, value, httpOnly: true, sameSite: 'lax', secure: isSecure(request), ...more }),
  );
}

export const sessionToken = (request: Pick<Request, 'headers'>) => cookieOf(request, sessionCookie);
export const flowSecret = (request: Pick<Request, 'headers'>) => cookieOf(request, flowCookie);

export const setFlowCookie = (request: Request, response: Response, secret: string) =>
  set(request, response, flowCookie, secret, { path: flowPath, maxAge: 600 });
export const clearFlowCookie = (request: Request, response: Response) =>
  set(request, response, flowCookie, '', { path: flowPath, maxAge: 0 });
export const clearSessionCookie = (request: Request, response: Response) =>
  set(request, response, sessionCookie, '', { path: '/', maxAge: 0 });

/** Hand out a new session; the one the browser had until now ends. */
export async function beginSession(
  sessions: Sessions,
  call: { request: Request; response: Response },
  started: StartedSession,
): Promise<void> {
  const { request, response } = call;
  const before = request.user;
  if (before) await sessions.end(before.sessionId);
  const maxAge = Math.floor((started.user.expiresAt - started.user.createdAt) / 1000);
  set(request, response, sessionCookie, started.token, { path: '/', maxAge });
}

/** Find who a request comes from. Refuses nobody: the route says which role it needs. */
export const identify =
  (sessions: Sessions): RequestHandler =>
  async (request, _response, next) => {
    const token = sessionToken(request);
    request.user = token ? await sessions.identify(token, isRemote(request)) : undefined;
    next();
  };
