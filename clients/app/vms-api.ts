import type { ApiClient } from '../terminal/http.ts';
import { readJson, send } from '../terminal/request.ts';
import type { OpenedVms } from './opened.ts';

/** The API of an opened VMS Local, as those who add cameras speak it. */
export function vmsApi({ base, cookie }: Pick<OpenedVms, 'base' | 'cookie'>, bearer?: string): ApiClient {
  const what = 'VMS Local';
  const call = async (method: string, path: string, json?: object) =>
    readJson(
      await send(`${base}/api/v1${path}`, {
        what,
        method,
        ...(json ? { json } : {}),
        headers: { cookie, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) },
      }),
      what,
    );
  return {
    url: base,
    get: <T>(path: string) => call('GET', path) as Promise<T>,
    post: <T>(path: string, body: object) => call('POST', path, body) as Promise<T>,
    delete: async (path) => void (await call('DELETE', path)),
    with: (token) => vmsApi({ base, cookie }, token),
  };
}
