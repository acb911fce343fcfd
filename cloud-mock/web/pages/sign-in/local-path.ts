/**
 * A path of this portal, or `/` for anything else: `next` comes from the address bar, and following it elsewhere would
 * let a link to our sign-in page end on a stranger's.
 */
export function localPath(given: string | null | undefined): string {
  if (!given?.startsWith('/')) return '/';
  const base = 'http://portal.invalid';
  try {
    const url = new URL(given, base);
    // The parser treats `//host`, `/\host` and control characters as a browser would.
    return url.origin === base && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}${url.hash}` : '/';
  } catch {
    return '/';
  }
}
