import jsQR from 'jsqr';
import { generateSync } from 'otplib';
import type { Locator, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { startAll } from '../../core/runtime/start-all.ts';
import { startTestCloud } from '../cloud/cloud.ts';
import { openBrowser } from '../lab/browser.ts';

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
