import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Quiet and alone: no sandbox (CI runs as root), no GPU, nothing asked of the network. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The machine's own Chromium (`CHROMIUM` names another), else the one inside @sparticuz/chromium. */
async function findChromium(): Promise<{ executablePath: string; args: string[] }> {
  const installed = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
    (path) => path && existsSync(path),
  );
  if (installed) return { executablePath: installed, args: flags };
  const { default: packed } = await import('@sparticuz/chromium');
  // Not its `args`, nor --single-process: with all pages in one process the second context takes the browser down.
  return { executablePath: await packed.executablePath(), args: ['--headless=shell', ...flags.slice(1)] };
}

export interface TestBrowser extends AsyncDisposable {
  readonly browser: Browser;
  /** A page of a person who has been nowhere yet. What it complains about is kept in `complaints`. */
  newPage(options?: BrowserContextOptions): Promise<TestPage>;
}

export type TestPage = Page & { readonly complaints: string[] };

export async function openBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch(await findChromium());
  return {
    browser,
    async newPage(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        // A refusal (4xx) is part of the story and shown by the page; all else in the console is a fault.
        const refusal = /Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
        if (['error', 'warning'].includes(message.type()) && !refusal) complaints.push(message.text());
      });
      return Object.assign(page, { complaints });
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
