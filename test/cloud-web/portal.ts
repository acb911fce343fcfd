import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jsQR from 'jsqr';
import { generateSync } from 'otplib';
import type { Locator, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { expect } from 'vitest';
import { startAll } from '../../core/runtime/start-all.ts';
import { startTestCloud } from '../cloud/cloud.ts';
import { openBrowser } from '../lab/browser.ts';
import { has, output } from '../lab/foreign.ts';

export const owner = { email: 'owner@vigil.test', name: 'Ann Keeper', password: 'correct horse battery' };

/** A cloud whose clock stands still, with one account, and a browser in front of it. */
export const startPortal = () =>
  startAll(async (own) => {
    const cloud = own(await startTestCloud({ firstAccount: owner }));
    const browser = own(await openBrowser());
    return { cloud, clock: cloud.clock, newPage: browser.newPage };
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

const zbarimg = has('zbarimg', 'zbar-tools');
const oathtool = has('oathtool', 'oathtool');

/** What a phone sees: the QR code in the pixels of a screenshot, read by one decoder or, where zbarimg is here, by two. */
export async function readQr(shown: Locator | Page): Promise<string> {
  const picture = await shown.screenshot();
  const { data, width, height } = PNG.sync.read(picture);
  const found = jsQR.default(new Uint8ClampedArray(data), width, height);
  if (!found) throw new Error('no QR code can be read from the picture');
  if (zbarimg) {
    const folder = mkdtempSync(join(tmpdir(), 'vigil-qr-'));
    try {
      const file = join(folder, 'page.png');
      writeFileSync(file, picture);
      expect((await output('zbarimg', ['--quiet', '--raw', file])).trim()).toBe(found.data);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return found.data;
}

/** What an authenticator app shows for a scanned key URI: oathtool's code where it is here, another library's else. */
export function authenticator(uri: string, now: () => number) {
  const secret = new URL(uri).searchParams.get('secret')!;
  return () => {
    const second = Math.floor(now() / 1000);
    if (!oathtool) return generateSync({ secret, epoch: second });
    return execFileSync('oathtool', ['--totp', '--base32', `--now=@${second}`, secret], { encoding: 'utf8' }).trim();
  };
}
