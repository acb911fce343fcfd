import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { parseCookie, stringifyCookie } from 'cookie';

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
/** What a gateway may not say for all of this host: other gateways and the portal live on it. */
const hostWide = new Set(['clear-site-data', 'strict-transport-security', 'service-worker-allowed', 'public-key-pins']);

/** Cookies of the cloud itself. They reach the relay, being of the same host; a gateway neither gets nor sets them. */
const isOwnCookie = (name: string) =>
  /^(vigil_id|vigil_relay.*|vigil_oidc.*|vigil_interaction.*)$/i.test(name.trim()) ||
  /^__(host|secure)-/i.test(name.trim());

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
export function forwardHeaders(headers: IncomingHttpHeaders, side: PublicSide): OutgoingHttpHeaders {
  const named = namedByConnection(headers);
  const out: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!hopByHop.has(name) && !named.has(name) && name !== 'cookie' && name !== 'host') out[name] = value;
  }
  const cookies = Object.entries(parseCookie(headers.cookie ?? '')).filter(([name]) => !isOwnCookie(name));
  if (cookies.length > 0) out['cookie'] = stringifyCookie(Object.fromEntries(cookies));
  return {
    ...out,
    host: side.host,
    'x-forwarded-host': side.host,
    'x-forwarded-proto': side.protocol,
    'x-forwarded-for': side.address,
  };
}

/** A gateway's cookie, moved below its own path. Undefined for one it may not set. */
export function rewriteSetCookie(line: string, prefix: string): string | undefined {
  const [pair = '', ...attributes] = line.split(';');
  if (isOwnCookie(pair.split('=')[0] ?? '')) return undefined;
  let path = '/';
  const kept: string[] = [];
  for (const attribute of attributes) {
    const [name = '', value = ''] = attribute.split(/=(.*)/s);
    const plain = name.trim().toLowerCase();
    if (plain === 'path') path = value.trim().startsWith('/') ? value.trim() : '/';
    else if (plain !== 'domain') kept.push(attribute);
  }
  return [pair, ...kept, ` Path=${prefix}${path}`].join(';');
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
  ownHosts: readonly string[],
): [string, string][] {
  const named = namedByConnection(headers);
  const out: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const value = rawHeaders[i + 1]!;
    const plain = name.toLowerCase();
    if (hopByHop.has(plain) || hostWide.has(plain) || named.has(plain) || plain === 'transfer-encoding') continue;
    if (plain === 'set-cookie') {
      const cookie = rewriteSetCookie(value, prefix);
      if (cookie) out.push([name, cookie]);
    } else if (plain === 'location') out.push([name, rewriteLocation(value, prefix, ownHosts)]);
    else out.push([name, value]);
  }
  return out;
}
