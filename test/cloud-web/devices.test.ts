import { beforeAll, expect, test } from 'vitest';
import { createFakeGateway } from '../cloud/gateway.ts';
import { buildPages } from '../lab/pages.ts';
import { givePassword, owner, startPortal } from './portal.ts';

beforeAll(() => buildPages('cloud'), 240_000);

test('cameras of all VMS Locals are searched, shown as offline with their VMS Local, and opened at their own page', {
  timeout: 240_000,
}, async () => {
  await using portal = await startPortal();
  const { cloud } = portal;
  const page = await portal.newPage();
  await page.goto(`${cloud.url}/devices`);
  await givePassword(page);
  await page.getByRole('heading', { name: 'No cameras yet' }).waitFor();

  using office = await createFakeGateway(cloud, 'Harbour office');
  using pier = await createFakeGateway(cloud, 'Pier');
  const agent = cloud.agent();
  await agent.post('/api/v1/sign-in').send({ email: owner.email, password: owner.password }).expect(200);
  for (const gateway of [office, pier]) await gateway.bind(agent);
  await office.dial();
  await office.report(
    { id: 'cam-1', name: 'Front door', model: 'VIGI C340', state: 'online' },
    { id: 'cam-2', name: 'Yard', model: 'VIGI C540', state: 'wrong_password' },
  );
  await pier.report({ id: 'cam-1', name: 'Crane', model: 'VIGI C440', state: 'online' });
  const rows = page.getByRole('table').getByRole('row');
  await page.getByRole('heading', { name: '3 cameras' }).waitFor();
  await rows.filter({ hasText: 'Crane' }).getByText('VMS Local offline').waitFor();
  await rows.filter({ hasText: 'Yard' }).getByText('Wrong password').waitFor();
  expect(await page.getByRole('button', { name: 'Open Crane' }).isDisabled()).toBe(true);

  await page.getByLabel('Search').fill('c5');
  await page.getByRole('heading', { name: '1 camera', exact: true }).waitFor();
  await rows.filter({ hasText: 'Yard' }).waitFor();
  await page.getByLabel('Search').fill('nothing like it');
  await page.getByText('Nothing fits.').waitFor();
  await page.getByLabel('Search').fill('');
  await page.getByLabel('State').selectOption('unreachable');
  await page.getByRole('heading', { name: '1 camera', exact: true }).waitFor();
  await page.getByLabel('State').selectOption('');
  await page.getByRole('button', { name: 'Open Front door' }).click();
  await page.waitForURL(new RegExp(`/${office.id}/#/devices/cam-1$`));

  // And the log tells of it, to read and to take away.
  await page.goto(`${cloud.url}/audit`);
  await page.getByText('VMS Local opened from outside: Harbour office').waitFor();
  await page.getByLabel('What').selectOption({ label: 'Users and invitations' });
  await page.getByText('Nothing fits.').waitFor();
  await page.getByLabel('What').selectOption({ label: 'VMS Locals' });
  await page.getByLabel('Search').fill('pier');
  await page.getByText('VMS Local bound: Pier').waitFor();
  const started = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download as NDJSON' }).click();
  const download = await started;
  expect(download.suggestedFilename()).toBe('audit.ndjson');
  let text = '';
  for await (const part of await download.createReadStream()) text += String(part);
  const kinds = text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { kind: string }).kind);
  expect(kinds).toEqual(['gateway.bound']);
  expect(page.complaints).toEqual([]);
});
