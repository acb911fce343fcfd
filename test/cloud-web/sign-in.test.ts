import { beforeAll, expect, test } from 'vitest';
import { localPath } from '../../cloud-mock/web/pages/sign-in/local-path.ts';
import { enrolled } from '../cloud/cloud.ts';
import { buildPages } from '../lab/pages.ts';
import { givePassword, owner, signOut, startPortal } from './portal.ts';

beforeAll(() => buildPages('cloud'), 240_000);

test.each([
  ['/account#two-factor', '/account#two-factor'],
  ['/bind?code=BCDF-GHJK', '/bind?code=BCDF-GHJK'],
  ['//evil.test/x', '/'],
  ['/\\evil.test', '/'],
  ['/\t/evil.test', '/'],
  ['https://evil.test', '/'],
  ['javascript:alert(1)', '/'],
  ['account', '/'],
  ['', '/'],
  [null, '/'],
])('after sign-in %j leads to %s', (given, path) => {
  expect(localPath(given)).toBe(path);
});

test('a wrong password is told beside the field without saying which of the two was wrong', {
  timeout: 90_000,
}, async () => {
  await using portal = await startPortal();
  const page = await portal.newPage();
  await page.goto(`${portal.cloud.url}/sign-in?next=//evil.test/`);
  await givePassword(page, { ...owner, password: 'not the password' });
  const told = 'E-mail and password do not fit together. Check both, then try again.';
  await page.getByRole('alert').filter({ hasText: told }).waitFor();
  expect(await page.getByLabel('Password', { exact: true }).getAttribute('aria-invalid')).toBe('true');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('autocomplete'))).toBe('current-password');
  await givePassword(page);
  await page.getByRole('heading', { name: `Hello, ${owner.name}` }).waitFor();
  expect(page.url()).toBe(`${portal.cloud.url}/`);
});

test('a code goes out once however it comes, five wrong ones start over, and a recovery code gets in', {
  timeout: 120_000,
}, async () => {
  await using portal = await startPortal();
  const { code, recoveryCodes } = await enrolled(portal.cloud, owner.email);
  const page = await portal.newPage();
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/sign-in/code')) sent.push(request.postDataJSON().code);
  });
  await page.goto(portal.cloud.url);
  await givePassword(page);
  const field = page.getByLabel('6-digit code');

  // The sixth digit sends it; Enter and the button come too late to send it again.
  const answer = code();
  await field.pressSequentially(`${answer.slice(0, 3)} ${answer.slice(3)}`);
  await field.press('Enter').catch(() => undefined);
  await page.getByRole('heading', { name: `Hello, ${owner.name}` }).waitFor();
  expect(sent).toEqual([answer]);

  await signOut(page);
  await givePassword(page);
  const wrong = answer === '000000' ? '111111' : '000000';
  for (const left of ['4 tries', '3 tries', '2 tries', '1 try']) {
    await field.fill(wrong);
    await page
      .getByRole('alert')
      .filter({ hasText: `${left} left` })
      .waitFor();
  }
  await field.fill(wrong);
  await page.getByText('That sign-in is over').waitFor();
  expect(await page.getByLabel('E-mail').inputValue()).toBe(owner.email);

  await givePassword(page);
  await page.getByRole('button', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').fill(recoveryCodes[0]!.toLowerCase());
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByRole('link', { name: 'Admin' }).click();
  await page.getByText('9 of 10 left').waitFor();
  await page.getByText('Password and recovery code').waitFor();
});

test('an ended session leads to the sign-in page and back to where it was', { timeout: 90_000 }, async () => {
  await using portal = await startPortal();
  const page = await portal.newPage();
  await page.goto(`${portal.cloud.url}/account`);
  await givePassword(page);
  await page.getByRole('heading', { name: 'Account', exact: true }).waitFor();

  const elsewhere = portal.cloud.agent();
  await elsewhere.post('/api/v1/sign-in').send({ email: owner.email, password: owner.password }).expect(200);
  await elsewhere.delete('/api/v1/sessions').expect(200);
  await page.getByRole('button', { name: 'Change password' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Current password').fill(owner.password);
  await dialog.getByLabel('New password').fill('another horse entirely');
  await dialog.getByRole('button', { name: 'Change password' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await givePassword(page);
  await page.getByRole('heading', { name: 'Account', exact: true }).waitFor();
});

test('a new TP-Link ID is signed in at once; for an address that is taken only the mail tells', {
  timeout: 90_000,
}, async () => {
  await using portal = await startPortal();
  const page = await portal.newPage();
  const fill = async (email: string, password: string) => {
    await page.getByLabel('Name').fill('Ben Novice');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Create TP-Link ID' }).click();
  };
  await page.goto(portal.cloud.url);
  await page.getByRole('link', { name: 'Create one' }).click();
  await fill('ben@vigil.test', 'password123');
  await page.getByRole('alert').filter({ hasText: 'among the first that anybody tries' }).waitFor();
  await fill(owner.email, 'a password of my own');
  await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
  await page.goto(`${portal.cloud.url}/sign-up`);
  await fill('ben@vigil.test', 'a password of my own');
  await page.getByRole('heading', { name: 'Hello, Ben Novice' }).waitFor();
  expect(page.complaints).toEqual([]);
});
