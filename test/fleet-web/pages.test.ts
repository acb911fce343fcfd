import { beforeAll, expect, test } from 'vitest';
import { seriousFaults } from '../lab/axe.ts';
import { buildPages } from '../lab/pages.ts';
import { startFleetHouse } from './fleet-house.ts';

beforeAll(() => buildPages('fleet'), 180_000);

const places: [path: string, shows: string][] = [
  ['cameras', 'Motion'],
  ['cameras/yard/wire', 'GET /nowhere'],
  ['cameras/yard/faults', 'delay 2000ms'],
  ['cameras/yard/power', 'Lose subscriptions'],
  ['cameras/yard/access', 'MAC 02:'],
  ['cameras/dock', 'Not activated'],
  ['cameras/nobody', 'No such camera'],
  ['labels', '2 to print'],
  ['scenarios', 'A night in five minutes'],
];

test('every page fits its screen, in light and dark, and has no serious fault for those who hear or key it', {
  timeout: 300_000,
}, async () => {
  await using house = await startFleetHouse([
    { name: 'yard', profile: 'c540' },
    { name: 'dock', profile: 'c340', initialized: false },
  ]);
  const yard = house.fleet.camera('yard');
  yard.fault({ at: 'onvif', do: 'delay 2s' });
  yard.trigger('motion', { active: true });
  await fetch(`http://127.0.0.1:${yard.camera.address.ports.http}/nowhere`);
  for (const [viewport, colorScheme] of [
    [{ width: 1280, height: 800 }, 'light'],
    [{ width: 390, height: 844 }, 'dark'],
  ] as const) {
    const page = await house.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
    const fits = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await page.goto(house.url);
    await page.getByRole('heading', { name: 'Fleet console' }).waitFor();
    expect([await fits(), await seriousFaults(page)]).toEqual([0, []]);
    await page.getByLabel('Token', { exact: true }).fill(house.token);
    await page.getByRole('button', { name: 'Open the console' }).click();
    await page.getByRole('heading', { name: 'Cameras' }).waitFor();
    for (const [path, shows] of places) {
      await page.goto(`${house.url}#/${path}`);
      await page.getByText(shows).first().waitFor();
      expect([path, colorScheme, await fits(), await seriousFaults(page)]).toEqual([path, colorScheme, 0, []]);
    }
    await page.goto(`${house.url}#/cameras/yard/wire`);
    await page.getByRole('button', { name: 'GET /nowhere' }).click();
    await page.getByRole('dialog').getByRole('heading', { name: 'Request' }).waitFor();
    expect([await fits(), await seriousFaults(page)]).toEqual([0, []]);
    expect(page.complaints).toEqual([]);
  }
});
