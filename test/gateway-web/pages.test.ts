import { beforeAll, expect, test } from 'vitest';
import { seriousFaults } from '../lab/axe.ts';
import { addByAddress, buildPages, signIn, startHouse } from './house.ts';

beforeAll(() => buildPages(), 180_000);

const places: [path: string, shows: string][] = [
  ['devices', 'Front door'],
  ['events', 'Motion'],
  ['cloud-access', 'Not bound'],
  ['settings/mqtt', 'No accounts yet'],
  ['settings/pairing', 'No tickets'],
  ['settings/users', 'super admin'],
  ['settings/account', 'Two-factor authentication'],
  ['settings/sessions', 'This one'],
  ['settings/audit', 'camera.added'],
  ['settings/about', 'Gateway ID'],
];

test('every page fits its screen, in light and dark, and has no serious fault for those who hear or key it', {
  timeout: 240_000,
}, async () => {
  await using house = await startHouse();
  const { lab } = house;
  for (const [viewport, colorScheme] of [
    [{ width: 1280, height: 800 }, 'light'],
    [{ width: 390, height: 844 }, 'dark'],
  ] as const) {
    const page = await house.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
    await page.goto(lab.gateway.url);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await signIn(page, house);
    await page.getByRole('heading', { name: 'Devices' }).waitFor();
    if (colorScheme === 'light') {
      await page.getByRole('button', { name: 'Add camera' }).click();
      const { password } = lab.people.camera;
      await addByAddress(page, { ...lab.camera('door').address, password, name: 'Front door' });
      await page.getByText('Front door was added').waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      lab.camera('door').trigger('motion', { active: true });
      await page.locator('[data-active]').getByText('Motion').waitFor();
    }
    for (const [path, shows] of places) {
      await page.goto(`${lab.gateway.url}/#/${path}`);
      await page.getByText(shows).first().waitFor();
      const excess = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect([path, colorScheme, excess, await seriousFaults(page)]).toEqual([path, colorScheme, 0, []]);
    }
    expect(page.complaints).toEqual([]);
  }
});
