import type { Seal } from '../sign-in/seal.ts';

/** Names of the cloud's own cookies: of the same host, so browsers send them here too. No gateway gets or sets them. */
export const isOwnCookie = (name: string) =>
  /^(vigil_id|vigil_relay.*|vigil_oidc.*|vigil_interaction.*)$/i.test(name.trim()) ||
  /^__(host|secure)-/i.test(name.trim());

const mostCookies = 50;
/** RFC 6265bis §5.5: browsers keep name and value up to this together. */
const longestCookieBytes = 4096;

/** The cookies of one gateway in one relay session. */
export interface RelayCookies {
  /** A gateway's cookie as it leaves for the browser; undefined for one it may not set. */
  outward(line: string, path: string, secure: boolean): string | undefined;
  /** The Cookie header as the gateway gets it; undefined when nothing of its own is there. */
  inward(header: string | undefined): string | undefined;
}

/**
 * Cookies know hosts and paths, but no ports: what one gateway's page writes can reach another's on the same host. So a
 * gateway's cookie travels sealed for this gateway, this relay session and its name. A planted one does not open and is
 * dropped; script cannot read them either (`HttpOnly`), and taken elsewhere they are worth nothing.
 */
export function relayCookies(seal: Seal, gatewayId: string, tokenHash: string): RelayCookies {
  const purpose = (name: string) => `relay cookie ${gatewayId} ${tokenHash} ${name}`;
  const open = (name: string, value: string): string | undefined => {
    try {
      return seal.open(value, purpose(name));
    } catch {
      return undefined;
    }
  };
  return {
    outward(line, prefix, secure) {
      const [pair = '', ...attributes] = line.split(';');
      const at = pair.indexOf('=');
      const name = pair.slice(0, at).trim();
      const value = pair.slice(at + 1).trim();
      if (at < 1 || isOwnCookie(name)) return undefined;
      let path = '/';
      let sameSite = 'SameSite=Lax';
      const kept: string[] = [];
      for (const attribute of attributes) {
        const [key = '', given = ''] = attribute.split(/=(.*)/s).map((part) => part.trim());
        switch (key.toLowerCase()) {
          case 'path':
            path = given.startsWith('/') ? given : '/';
            break;
          case 'samesite':
            if (/^strict$/i.test(given)) sameSite = 'SameSite=Strict';
            break;
          case 'expires':
          case 'max-age':
            kept.push(`${key}=${given}`);
            break;
          default:
            // Domain would reach further than this gateway; Secure and HttpOnly are said below.
            break;
        }
      }
      const sealed = value === '' ? '' : seal.close(value, purpose(name));
      if (name.length + sealed.length > longestCookieBytes) return undefined;
      return [
        `${name}=${sealed}`,
        `Path=${prefix}${path}`,
        ...kept,
        'HttpOnly',
        sameSite,
        ...(secure ? ['Secure'] : []),
      ].join('; ');
    },
    inward(header = '') {
      const own: string[] = [];
      for (const pair of header.split(';').slice(0, mostCookies)) {
        const at = pair.indexOf('=');
        const name = pair.slice(0, Math.max(0, at)).trim();
        if (!name || isOwnCookie(name)) continue;
        const value = open(name, pair.slice(at + 1).trim());
        if (value !== undefined) own.push(`${name}=${value}`);
      }
      return own.length > 0 ? own.join('; ') : undefined;
    },
  };
}
