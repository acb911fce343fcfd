import type { IncomingMessage } from 'node:http';

/** Did the request come through the tunnel? Told by the socket it arrived on; headers have no say. */
export const isRemote = (request: IncomingMessage) => (request.socket as { remote?: boolean }).remote === true;

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

/** Where somebody is, for people to read: nothing is decided by it. The relay tells whom it speaks for. */
export function clientAddress(request: IncomingMessage): string {
  if (!isRemote(request)) return (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const behind = first(request.headers['x-forwarded-for'])?.split(',')[0]?.trim().slice(0, 45);
  return behind ? `tunnel, ${behind}` : 'tunnel';
}

/**
 * May this request change something, or open a socket? A browser says where the page came from: it has to be our own
 * address. Programs that are no browser send neither header and carry no cookie they were not given.
 */
export function fromOwnPages(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  const site = first(request.headers['sec-fetch-site']);
  if (origin === undefined) return site === undefined || site === 'same-origin' || site === 'none';
  // The relay answers under its own name and says which; only it can speak on a tunnel's socket.
  const own = [host, isRemote(request) ? first(request.headers['x-forwarded-host']) : undefined];
  return URL.canParse(origin) && own.includes(new URL(origin).host);
}
