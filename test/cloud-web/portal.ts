import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jsQR from 'jsqr';
import { generateSync } from 'otplib';
import type { Locator, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { startCloud } from '../../cloud-mock/index.ts';
import { manualClock } from '../../core/runtime/clock.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import { openBrowser } from '../lab/browser.ts';

export const owner = { email: 'owner@vigil.test', name: 'Ann Keeper', password: 'correct horse battery' };

/** The pages as they are in the sources now; nothing is done when they are built already. */
export function buildPages() {
  const build = "const { ensureBuilt } = await import('./scripts/setup.mjs'); await ensureBuilt(['cloud']);";
  execFileSync(process.execPath, ['--input-type=module', '--eval', build], { cwd: packageRoot, stdio: 'inherit' });
}

/** A cloud whose clock stands still, with one account, and a browser in front of it. */
export const startPortal = () =>
  startAll(async (own) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'vigil-portal-'));
    own({ [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }) });
    const clock = manualClock();
    const cloud = own(
      await startCloud(
        { host: '127.0.0.1', port: 0, relayPort: 0, dataDir, firstAccount: owner },
        { clock, random: secureRandom, log: silentLog },
      ),
    );
    const browser = own(await openBrowser());
    return { clock, cloud, browser, newPage: browser.newPage };
  });

/** A page with the words of the portal's own forms. */
export async function givePassword(page: Page, { email, password } = owner) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Out by the menu behind the initials. */
export async function signOut(page: Page) {
  await page.getByRole('button', { name: `Account of ${owner.name}` }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
}

/** What a phone sees: the QR code in the pixels of a screenshot. */
export async function readQr(shown: Locator | Page): Promise<string> {
  const { data, width, height } = PNG.sync.read(await shown.screenshot());
  const found = jsQR.default(new Uint8ClampedArray(data), width, height);
  if (!found) throw new Error('no QR code can be read from the picture');
  return found.data;
}

/** What an authenticator app shows for a scanned key URI. */
export function authenticator(uri: string, now: () => number) {
  const secret = new URL(uri).searchParams.get('secret')!;
  return () => generateSync({ secret, epoch: Math.floor(now() / 1000) });
}
