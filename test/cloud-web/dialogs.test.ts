import { beforeAll, expect, test } from 'vitest';
import { enrolled, register } from '../cloud/cloud.ts';
import { createFakeGateway } from '../cloud/gateway.ts';
import { everywhere, joined, makeSite, ownOrganisation } from '../cloud/people.ts';
import { seriousFaults } from '../lab/axe.ts';
import { buildPages } from '../lab/pages.ts';
import { givePassword, owner, startPortal } from './portal.ts';

beforeAll(() => buildPages('cloud'), 240_000);

/** What opens a dialog, by page. */
const openers: Record<string, string[]> = {
  '/': ['Edit Harbour office', 'Unbind Harbour office'],
  '/sites': [`Edit ${owner.name}’s organisation`, 'Add a site', 'Edit Quay', 'Remove Quay'],
  '/users': ['Add a user', 'Change role of Somebody', 'Remove Somebody'],
  '/account': ['Change password', 'Set up a new phone', 'New recovery codes', 'Turn off'],
  '/mailbox': ['Empty the mailbox'],
};

test.each([
  { width: 1280, height: 800, colorScheme: 'dark' },
  { width: 390, height: 844, colorScheme: 'light' },
] as const)(
  'every dialog and menu is accessible, closes by Escape and gives the focus back at $width px, $colorScheme',
  {
    timeout: 240_000,
  },
  async ({ width, height, colorScheme }) => {
    await using portal = await startPortal();
    const { cloud } = portal;
    const { agent, code } = await enrolled(cloud, owner.email);
    using gateway = await createFakeGateway(cloud, 'Harbour office');
    await gateway.bind(agent);
    await gateway.dial();
    const { id } = await ownOrganisation(agent);
    await makeSite(agent, id, 'Quay');
    await joined(cloud, agent, id, everywhere('viewer'));
    // Nothing fades: half-faded text has no contrast to judge.
    const page = await portal.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
    await page.goto(cloud.url);
    await givePassword(page);
    await page.getByLabel('6-digit code').fill(code());
    await page.getByRole('heading', { name: `Hello, ${owner.name}` }).waitFor();

    for (const [path, names] of Object.entries(openers)) {
      await page.goto(`${cloud.url}${path}`);
      for (const name of names) {
        const opener = page.getByRole('button', { name, exact: true });
        await opener.click();
        const dialog = page.getByRole('dialog');
        await dialog.getByRole('button', { name: 'Cancel' }).waitFor();
        expect(await seriousFaults(page, '[role=dialog]'), name).toEqual([]);
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
        await expect.poll(() => opener.evaluate((one) => one === document.activeElement), { message: name }).toBe(true);
      }
    }

    await page.getByRole('button', { name: `Account of ${owner.name}` }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
    expect(await seriousFaults(page, '[role=menu]'), 'menu').toEqual([]);
    await page.keyboard.press('Escape');
    if (width < 500) {
      await page.getByRole('button', { name: 'Open the menu' }).click();
      await page.getByRole('dialog').getByRole('link', { name: 'Devices' }).waitFor();
      expect(await seriousFaults(page, '[role=dialog]'), 'places').toEqual([]);
      await page.getByRole('dialog').getByRole('button', { name: 'Close the menu' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    expect(page.complaints).toEqual([]);
  },
);

test('whoever manages no users can leave an organisation, and is told so', { timeout: 120_000 }, async () => {
  await using portal = await startPortal();
  const { cloud } = portal;
  const founder = cloud.agent();
  await founder.post('/api/v1/sign-in').send({ email: owner.email, password: owner.password }).expect(200);
  const { id, name } = await ownOrganisation(founder);
  const { email } = await joined(cloud, founder, id, everywhere('viewer'));
  const page = await portal.newPage({ reducedMotion: 'reduce' });
  await page.goto(`${cloud.url}/users`);
  await givePassword(page, { ...owner, email });
  await page.getByLabel('Organisation', { exact: true }).selectOption({ label: name });
  await page.getByRole('button', { name: `Leave ${name}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
  await page.getByText(`You left ${name}.`).waitFor();
  expect(await seriousFaults(page, '[role=alert]')).toEqual([]);
  await page.getByLabel('Organisation', { exact: true }).waitFor({ state: 'detached' });
  const { body } = await founder.get(`/api/v1/organisations/${id}/users`).expect(200);
  expect(body.users.map((user: { email: string }) => user.email)).toEqual([owner.email]);
});

test('while codes are locked the sign-in says that a recovery code works, and one does', {
  timeout: 120_000,
}, async () => {
  await using portal = await startPortal();
  const { cloud } = portal;
  const email = await register(cloud);
  const { recoveryCodes } = await enrolled(cloud, email);
  await cloud.verbs.lock(email);
  const page = await portal.newPage();
  await page.goto(cloud.url);
  await givePassword(page, { ...owner, email });
  await page
    .getByRole('alert')
    .filter({ hasText: 'A recovery code, or the link by e-mail, works even now.' })
    .waitFor();
  expect(await seriousFaults(page, 'main')).toEqual([]);
  await page.getByLabel('Recovery code').fill(recoveryCodes[0]!);
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByRole('heading', { name: 'Hello, Somebody' }).waitFor();
});
