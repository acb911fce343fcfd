import { beforeAll, expect, test } from 'vitest';
import { buildPages, signIn, startHouse } from './house.ts';

beforeAll(() => buildPages('cloud', 'gateway'), 240_000);

test('a gateway is bound on its page and at the cloud, then opened from away with its live feed, and unbound again', {
  timeout: 180_000,
}, async () => {
  await using house = await startHouse();
  const { lab } = house;
  const { owner, camera } = lab.people;
  const page = await house.newPage();
  await page.goto(`${lab.gateway.url}/#/cloud-access`);
  await signIn(page, house);

  // Bind: the code here, the cloud's page in a new tab, and this page notices by itself.
  const opened = page.context().waitForEvent('page');
  await page.getByRole('button', { name: 'Bind to a TP-Link ID' }).click();
  const cloud = await opened;
  const code = await page.getByLabel('Code', { exact: true }).textContent();
  await cloud.getByLabel('E-mail').fill(owner.email);
  await cloud.getByLabel('Password', { exact: true }).fill(owner.password);
  await cloud.getByRole('button', { name: 'Sign in', exact: true }).click();
  await cloud.getByText(code!).first().waitFor();
  await cloud.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('heading', { name: 'Bound', exact: true }).waitFor();
  await page.getByText(owner.email).waitFor();
  await page.getByText('Online', { exact: true }).waitFor();

  // From away: the same pages below the relay's path, marked so, with what happens now.
  await page.evaluate(
    (body) =>
      fetch('api/v1/cameras', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    { ...lab.camera('door').address, ...camera, name: 'Front door' },
  );
  await cloud.goto(lab.cloud.url);
  const elsewhere = cloud
    .context()
    .waitForEvent('page', { timeout: 5000 })
    .catch(() => cloud);
  await cloud.getByRole('button', { name: /^Open/ }).first().click();
  const away = await elsewhere;
  await away.getByText('Remote', { exact: true }).waitFor();
  expect(away.url()).toContain(`/${lab.gateway.gatewayId}/`);
  await away.locator('canvas[data-live="true"]').waitFor();
  await away.getByText('Live', { exact: true }).waitFor();
  lab.camera('door').trigger('motion', { active: true });
  await away.locator('[data-active]').getByText('Motion').waitFor();

  // Unbind: whoever came by a TP-Link ID is out at once.
  await page.getByRole('button', { name: 'Unbind' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unbind' }).click();
  await page.getByRole('heading', { name: 'Not bound' }).waitFor();
  await away
    .getByRole('heading', { name: 'Sign in' })
    .or(away.getByText('The gateway does not answer'))
    .first()
    .waitFor();
});
