import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';

/** The portal's session cookie. The relay listens on the same host, where browsers send it too: it is taken out there. */
export const sessionCookie = 'vigil_id';

export const readCookie = (request: { headers: Request['headers'] }, name: string): string | undefined =>
  parseCookie(request.headers.cookie ?? '')[name];

/**
 * The session's cookie. Two different ones, and it is `planted`: cookies know no ports, so a page of a VMS Local at the
 * relay can put one of its owner's before ours (RFC 6265 §8.5 and §8.6); who was meant cannot be told.
 */
export function readSessionCookie(request: { headers: Request['headers'] }): { token?: string; planted: boolean } {
  const found = new Set(
    (request.headers.cookie ?? '')
      .split(';')
      .map((pair) => pair.trim().split(/=(.*)/s))
      .flatMap(([name, value = '']) => (name === sessionCookie && value !== '' ? [value] : [])),
  );
  const [token] = found;
  return found.size === 1 && token ? { token, planted: false } : { planted: found.size > 1 };
}

export interface CookieJar {
  set(response: Response, name: string, value: string, options?: { path?: string; maxAgeMs?: number }): void;
  clear(response: Response, name: string, path?: string): void;
}

export const createCookies = (secure: boolean): CookieJar => {
  const common = { httpOnly: true, sameSite: 'lax', secure } as const;
  return {
    // An age, not an instant: the browser's clock need not be ours.
    set: (response, name, value, { path = '/', maxAgeMs } = {}) =>
      void response.cookie(name, value, { ...common, path, ...(maxAgeMs === undefined ? {} : { maxAge: maxAgeMs }) }),
    clear: (response, name, path = '/') => void response.clearCookie(name, { ...common, path }),
  };
};
