import { AsyncLocalStorage } from 'node:async_hooks';

type Library = typeof import('oidc-provider');

/** oidc-provider, and the way to run it at an instant of our choice. */
export interface LoadedProvider {
  library: Library;
  /** Run what calls into the library: to it, and to nothing else of the process, it is `at` (ms since the epoch). */
  atInstant<T>(at: number, work: () => T): T;
}

/**
 * oidc-provider has no clock of its own to set: it reads `Date.now`. So that global is answered from the asynchronous
 * context while a call into the library is under way, and by the machine everywhere else; our own clock took the real
 * function before. It also warns on the console, when imported, that Node 20 is older than it likes; we hold it by our own
 * tests there, and only that one line is kept back, only while it loads. All of it once per process, however many clouds start.
 */
let loading: Promise<LoadedProvider> | undefined;

export function loadProvider(): Promise<LoadedProvider> {
  loading ??= (async () => {
    // It uses this, which early releases of Node 20 lack.
    URL.parse ??= (url, base) => (URL.canParse(url, base) ? new URL(url, base) : null);
    const { warn } = console;
    console.warn = (...words: unknown[]) => {
      if (!String(words[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn(...words);
    };
    let library: Library;
    try {
      library = await import('oidc-provider');
    } finally {
      console.warn = warn;
    }
    const instant = new AsyncLocalStorage<number>();
    const machineNow = Date.now;
    Date.now = () => instant.getStore() ?? machineNow();
    return { library, atInstant: (at, work) => instant.run(at, work) };
  })();
  return loading;
}
