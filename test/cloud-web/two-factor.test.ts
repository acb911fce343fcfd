import { beforeAll, expect, test } from 'vitest';
import { buildPages } from '../lab/pages.ts';
import { authenticator, givePassword, owner, readQr, signOut, startPortal } from './portal.ts';

beforeAll(() => buildPages('cloud'), 240_000);

test('2FA is turned on by a QR code read off the screen, asked for at sign-in, and turned off by the mailed link', {
  timeout: 120_000,
}, async () => {
  await using portal = await startPortal();
  const { cloud, clock } = portal;
  const page = await portal.newPage();

  // Admin > Account > Two-Factor Authentication.
  await page.goto(cloud.url);
  await givePassword(page);
  await page.getByRole('link', { name: 'Admin' }).click();
  // By the cloud's clock, which stands still here and is months from this machine's.
  await page.getByText('Signed in just now').waitFor();
  await page.getByRole('switch', { name: 'Two-Factor Authentication' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await dialog.getByLabel('TP-Link ID password').fill(owner.password);
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByRole('img', { name: 'QR code' }).waitFor();
  const code = authenticator(await readQr(page), clock.now);
  const enrolmentCode = code();
  await dialog.getByLabel('6-digit code').fill(enrolmentCode);
  await dialog.getByRole('button', { name: 'Submit' }).click();
  const saved = dialog.getByLabel('I saved them');
  await saved.waitFor();
  const recoveryCodes = await dialog
    .getByRole('list', { name: 'Recovery codes' })
    .getByRole('listitem')
    .allTextContents();
  expect(new Set(recoveryCodes).size).toBe(10);
  await saved.check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect.poll(() => page.getByRole('switch', { name: 'Two-Factor Authentication' }).isChecked()).toBe(true);

  await signOut(page);

  // The sixth digit submits. A wrong code and one that was used before are refused in the same words.
  await givePassword(page);
  const field = page.getByLabel('6-digit code');
  const refusal = page.getByRole('alert');
  const wrong = enrolmentCode === '000000' ? '000001' : '000000';
  await field.fill(wrong);
  await refusal.filter({ hasText: '4 tries left' }).waitFor();
  const toWrong = await refusal.textContent();
  await field.pressSequentially(enrolmentCode);
  await refusal.filter({ hasText: '3 tries left' }).waitFor();
  const toUsed = await refusal.textContent();
  expect(toUsed?.replace('3 tries', '4 tries')).toBe(toWrong);

  await clock.advance('30s');
  await field.fill(code());
  await page.getByRole('heading', { name: 'Hello, Ann Keeper' }).waitFor();

  // Lost phone: the link below the code, the mail, its page, the password.
  await signOut(page);
  await givePassword(page);
  await page.getByRole('button', { name: 'Lost your phone? Turn 2FA off by e-mail' }).click();
  await page.getByRole('link', { name: 'lab mailbox' }).first().click();
  await page.getByRole('link', { name: 'Turn off two-factor authentication' }).first().click();
  const opened = page.context().waitForEvent('page');
  await page.frameLocator('iframe').getByRole('link', { name: 'Turn off two-factor authentication' }).click();
  const off = await opened;
  await off.getByRole('heading', { name: 'Turn two-factor authentication off?' }).waitFor();
  expect(off.url()).toBe(`${cloud.url}/two-factor/off`);
  await off.getByLabel('TP-Link ID password').fill(owner.password);
  await off.getByRole('button', { name: 'Turn 2FA off' }).click();
  await off.getByRole('heading', { name: 'Two-factor authentication is off' }).waitFor();
  await off.getByRole('link', { name: 'Sign in' }).click();
  await givePassword(off);
  await off.getByRole('heading', { name: 'Hello, Ann Keeper' }).waitFor();

  expect(page.complaints).toEqual([]);
});
