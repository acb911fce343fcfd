import { isIP } from 'node:net';

/** Where a camera's ONVIF device service is. */
export interface DeviceAddress {
  host: string;
  port: number;
  /** Of the device service. */
  path: string;
}

export const defaultPath = '/onvif/device_service';

const bare = (hostname: string) => hostname.replace(/^\[|\]$/g, '').toLowerCase();

/** Addresses that stand for no single device. */
function isNobody(host: string): boolean {
  if (isIP(host) === 4) {
    const first = Number(host.split('.')[0]);
    return first === 0 || first >= 224;
  }
  return host === '::' || /^ff[0-9a-f]{2}:/.test(host);
}

/**
 * `host`, `host:port` or an `http` URL as a person types it. A port or path that was not said stays undefined.
 * Undefined: it is no address of a camera.
 */
export function parseDeviceAddress(text: string): { host: string; port?: number; path?: string } | undefined {
  const typed = text.trim();
  if (typed.length === 0 || typed.length > 512 || /\s/.test(typed)) return undefined;
  const alone = isIP(typed) === 6 ? `[${typed}]` : typed;
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(alone) ? alone : `http://${alone}`);
  } catch {
    return undefined;
  }
  const host = bare(url.hostname);
  if (url.protocol !== 'http:' || url.username || url.password || !host || isNobody(host)) return undefined;
  const path = url.pathname + url.search;
  const hasPort = url.port !== '' || /:80(\/|$)/.test(alone.replace(/^http:\/\//i, ''));
  return {
    host,
    ...(hasPort ? { port: Number(url.port || 80) } : {}),
    ...(path === '/' ? {} : { path }),
  };
}

/**
 * Where to send a request for an address that the device itself gave: always to the host we know it by. Its port counts
 * only when the device named that very host (VIGI opens a port for each subscription); a foreign host keeps its path alone.
 */
export function onOwnHost(
  own: { host: string; port: number },
  given: string,
): { port: number; path: string } | undefined {
  let url: URL;
  try {
    url = new URL(given.trim(), `http://${own.host.includes(':') ? `[${own.host}]` : own.host}:${own.port}`);
  } catch {
    return undefined;
  }
  if (url.protocol !== 'http:' || given.length > 1024) return undefined;
  const path = url.pathname + url.search;
  if (bare(url.hostname) !== own.host.toLowerCase()) return { port: own.port, path };
  const port = Number(url.port || 80);
  // Not the privileged ports of other services on the same machine.
  return { port: port === own.port || port === 80 || port >= 1024 ? port : own.port, path };
}
