/**
 * oidc-provider warns on the console, when imported, that Node 20 is older than it likes; we hold it by our own tests
 * there. Only that one line is kept back, only while it loads, and it loads once per process however many clouds start.
 */
let loading: Promise<typeof import('oidc-provider')> | undefined;

export function loadProvider(): Promise<typeof import('oidc-provider')> {
  loading ??= (async () => {
    // It uses this, which early releases of Node 20 lack.
    URL.parse ??= (url, base) => (URL.canParse(url, base) ? new URL(url, base) : null);
    const { warn } = console;
    console.warn = (...words: unknown[]) => {
      if (!String(words[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn(...words);
    };
    try {
      return await import('oidc-provider');
    } finally {
      console.warn = warn;
    }
  })();
  return loading;
}
