import type { IncomingMessage } from 'node:http';

/**
 * Does a request come from our own page? A browser says where the page came from; what says nothing is no browser and
 * carries nothing it was not given.
 */
export function fromOwnPage({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (origin === undefined) return site === undefined || site === 'same-origin' || site === 'none';
  return URL.canParse(origin) && new URL(origin).host === host;
}
