import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { RelayCookies } from './relay-cookies.ts';

/** Headers of one hop (RFC 9110 §7.6.1), and those that say who forwarded: ours to set. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-real-ip',
]);
/** What a gateway may not say for all of this host: other gateways and the portal may live on it, on other ports. */
const hostWide = new Set(['clear-site-data', 'strict-transport-security', 'service-worker-allowed', 'public-key-pins']);

const namedByConnection = (headers: IncomingHttpHeaders) =>
  new Set(
    (headers.connection ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );

export interface PublicSide {
  /** Scheme and host by which browsers reach the relay. */
  protocol: string;
  host: string;
  address: string;
}

/** Request headers as the gateway gets them. */
export function forwardHeaders(
  headers: IncomingHttpHeaders,
  side: PublicSide,
  cookies: Pick<RelayCookies, 'inward'>,
): OutgoingHttpHeaders {
  const named = namedByConnection(headers);
  const out: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!hopByHop.has(name) && !named.has(name) && name !== 'cookie' && name !== 'host') out[name] = value;
  }
  const cookie = cookies.inward(headers.cookie);
  if (cookie) out['cookie'] = cookie;
  out['host'] = out['x-forwarded-host'] = side.host;
  out['x-forwarded-proto'] = side.protocol;
  out['x-forwarded-for'] = side.address;
  return out;
}

/** A redirect within the gateway, moved below its path; others stay as they are. */
export function rewriteLocation(location: string, prefix: string, ownHosts: readonly string[]): string {
  if (/^\/(?![/\\])/.test(location)) return `${prefix}${location}`;
  if (!URL.canParse(location)) return location;
  const url = new URL(location);
  return ownHosts.includes(url.host) ? `${prefix}${url.pathname}${url.search}${url.hash}` : location;
}

/** Response headers as the browser gets them, as raw name and value pairs. */
export function backwardHeaders(
  rawHeaders: readonly string[],
  headers: IncomingHttpHeaders,
  prefix: string,
  side: PublicSide,
  cookies: Pick<RelayCookies, 'outward'>,
): [string, string][] {
  const named = namedByConnection(headers);
  const out: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const value = rawHeaders[i + 1]!;
    const plain = name.toLowerCase();
    if (hopByHop.has(plain) || hostWide.has(plain) || named.has(plain) || plain === 'transfer-encoding') continue;
    if (plain === 'set-cookie') {
      const cookie = cookies.outward(value, prefix, side.protocol === 'https');
      if (cookie) out.push([name, cookie]);
    } else if (plain === 'location') out.push([name, rewriteLocation(value, prefix, [side.host, 'gateway'])]);
    else out.push([name, value]);
  }
  return out;
}
