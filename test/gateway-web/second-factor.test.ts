import { beforeAll, test } from 'vitest';
import { codeAt, stepAt } from '../../core/totp/totp.ts';
import { buildPages, signIn, startHouse } from './house.ts';

beforeAll(() => buildPages(), 180_000);

test('a person turns two-factor on for a local account, signs in by the code, and turns it off', {
  timeout: 120_000,
}, async () => {
  await using house = await startHouse();
  const { lab } = house;
  const page = await house.newPage({ viewport: { width: 390, height: 844 } });
  const { password } = lab.people.admin;
  await page.goto(`${lab.gateway.url}/#/settings/account`);
  await signIn(page, house);
  await page.getByRole('heading', { name: 'Two-factor authentication' }).waitFor();
  await page.getByText('Off', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Turn on' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Password', { exact: true }).fill('not this one');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await dialog.getByText('The user name or the password is wrong').waitFor();
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await dialog.getByRole('img', { name: 'QR code' }).waitFor();
  const secret = (await dialog.getByTestId('totp-secret').textContent())!.replaceAll(' ', '');
  // The step before this one is good too, so two codes are to be had without waiting.
  let used = 0;
  const code = () => {
    used = Math.max(used + 1, stepAt(lab.clock.now()) - 1);
    return codeAt(secret, used * 30_000);
  };
  await dialog.getByLabel('6-digit code').fill(code());
  await dialog.getByRole('button', { name: 'Turn on' }).click();
  await page.getByText('On', { exact: true }).waitFor();

  await page.evaluate(() => fetch('api/v1/auth/sign-out', { method: 'POST' }));
  // The page that was open may lead to the sign-in by itself, with the way back to where it was.
  await page.goto('about:blank');
  await page.goto(`${lab.gateway.url}/#/sign-in`);
  await signIn(page, house);
  await page.getByText('Two-factor authentication is on').waitFor();
  await page.getByLabel('6-digit code').fill('000000');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('The code is wrong or was used already').waitFor();
  await page.getByLabel('6-digit code').fill(code());
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Devices' }).waitFor();
});
