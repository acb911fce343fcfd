import { hostname, networkInterfaces } from 'node:os';
import { urlHost } from '../core/runtime/listen.ts';

export const isLoopbackAddress = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.');
const isWildcard = (host: string) => host === '0.0.0.0' || host === '::';

/** Under which names and addresses a listener on `host` is found; the first is the one to show. */
export function namesOf(host: string): string[] {
  if (isLoopbackAddress(host)) return [...new Set([host, 'localhost', '127.0.0.1'])];
  if (!isWildcard(host)) return [host];
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .sort((a, b) => Number(a.family === 'IPv6') - Number(b.family === 'IPv6'))
    .filter(({ family }) => host === '::' || family === 'IPv4')
    .map(({ address }) => address);
  return [...new Set([...outside, hostname().toLowerCase(), 'localhost', '127.0.0.1'])];
}

/** A machine with very many addresses: the first ones are those people use. */
const mostRedirectUris = 32;

export interface OwnAddresses {
  /** What to show and to print. */
  url: string;
  /** Where OIDC may send browsers back to. */
  redirectUris: string[];
}

/** The gateway's own URLs, once its port is known. */
export function ownAddresses(listener: { host: string; port: number; tls: boolean }, publicUrl?: string): OwnAddresses {
  const scheme = listener.tls ? 'https' : 'http';
  const urls = namesOf(listener.host).map((name) => new URL(`${scheme}://${urlHost(name)}:${listener.port}`).origin);
  const all = publicUrl ? [new URL(publicUrl).origin, ...urls] : urls;
  return {
    url: all[0]!,
    redirectUris: [...new Set(all)].slice(0, mostRedirectUris).map((origin) => `${origin}/api/v1/auth/tplink/callback`),
  };
}
