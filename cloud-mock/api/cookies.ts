import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';

/** The portal's session cookie. The relay listens on the same host, where browsers send it too: it is taken out there. */
export const sessionCookie = 'vigil_id';

export const readCookie = (request: { headers: Request['headers'] }, name: string): string | undefined =>
  parseCookie(request.headers.cookie ?? '')[name];

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
