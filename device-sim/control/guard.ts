import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { SimError } from '../errors.ts';

/**
 * Is this name one that no foreign page can have? A page that rebinds its own name to this machine sends that name as
 * Host: an address, or `localhost`, it cannot send.
 */
export function hostIsOurs(host: string | undefined): boolean {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(host ?? '');
  const name = match?.[1] ?? match?.[2];
  return name !== undefined && (isIP(name) !== 0 || name.toLowerCase() === 'localhost');
}

/** Throws what keeps a request out: the Host it names, the page it comes from, or the token it does not have. */
export function createGuard(token: string) {
  const wanted = Buffer.from(`Bearer ${token}`);
  return ({ headers }: IncomingMessage): void => {
    if (!hostIsOurs(headers.host))
      throw new SimError('host_refused', 'ask by address or by "localhost": other names may be somebody else’s page');
    const site = headers['sec-fetch-site'];
    const foreignPage =
      (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) ||
      (site !== undefined && site !== 'same-origin' && site !== 'none');
    if (foreignPage) throw new SimError('origin_refused', 'no page but the fleet console itself may ask here');
    const given = Buffer.from(headers.authorization ?? '');
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
      throw new SimError('not_authorized', 'send the token that was printed at the start as "Authorization: Bearer …"');
  };
}
export type Guard = ReturnType<typeof createGuard>;
