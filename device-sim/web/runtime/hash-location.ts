import { useSyncExternalStore } from 'react';

/**
 * Where we are, kept wholly in the fragment: `#/events?camera=7` is the path `/events` with the search `camera=7`.
 * The pages then work below any path (LAN root or the relay's /<gateway>/), and the server's `#/sign-in?error=…` is
 * understood; wouter's own hash hook writes the search into the URL proper, which would reach the server.
 */
const current = () => `/${location.hash.replace(/^#?\/?/, '')}`;

const subscribe = (listener: () => void) => {
  addEventListener('hashchange', listener);
  addEventListener('popstate', listener);
  return () => {
    removeEventListener('hashchange', listener);
    removeEventListener('popstate', listener);
  };
};

export function navigate(to: string, { replace = false, state = null }: { replace?: boolean; state?: unknown } = {}) {
  const url = new URL(location.href);
  url.hash = to.startsWith('/') ? to : `/${to}`;
  if (url.href === location.href) return;
  history[replace ? 'replaceState' : 'pushState'](state, '', url);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export const splitLocation = (text: string): [path: string, search: string] => {
  const at = text.indexOf('?');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
};

export const useHashLocation = (): [string, typeof navigate] => [
  splitLocation(useSyncExternalStore(subscribe, current))[0],
  navigate,
];
useHashLocation.hrefs = (href: string) => `#${href}`;
useHashLocation.searchHook = () => splitLocation(useSyncExternalStore(subscribe, current))[1];
