import { beforeAll, expect, test } from 'vitest';
import { enrolled } from '../cloud/cloud.ts';
import { createFakeGateway } from '../cloud/gateway.ts';
import { seriousFaults } from '../lab/axe.ts';
import type { TestPage } from '../lab/browser.ts';
import { buildPages } from '../lab/pages.ts';
import { givePassword, owner, startPortal } from './portal.ts';

beforeAll(() => buildPages('cloud'), 240_000);

/** By how many pixels a page is wider than the window. */
const tooWide = (page: TestPage) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** What is pressed on a phone and is less than 40 px high or wide; links within a sentence are as high as its line. */
const tooSmall = (page: TestPage) =>
  page.evaluate(() =>
    [...document.querySelectorAll('a, button, input:not([type=checkbox]), select, summary')]
      .filter((one) => !one.closest('p'))
      .map((one) => ({ one, box: one.getBoundingClientRect() }))
      // What is hidden, or stands above the screen until it has the focus, is not pressed.
      .filter(({ box }) => box.width > 0 && box.bottom > 0 && (box.height < 40 || box.width < 40))
      .map(({ one, box }) => `${one.outerHTML.slice(0, 120)} ${box.width} x ${box.height}`),
  );

const pages: { path: string; title: string; heading: string; signedIn: boolean }[] = [
  { path: '/sign-in', title: 'Sign in', heading: 'Sign in', signedIn: false },
  { path: '/sign-up', title: 'Create a TP-Link ID', heading: 'Create a TP-Link ID', signedIn: false },
  { path: '/two-factor/off', title: 'This link does not work', heading: 'This link does not work', signedIn: false },
  { path: '/mailbox', title: 'Mailbox', heading: 'Mailbox', signedIn: false },
  { path: '/', title: 'VMS Locals', heading: `Hello, ${owner.name}`, signedIn: true },
  { path: '/account', title: 'Account', heading: 'Account', signedIn: true },
  { path: '/devices', title: 'Devices', heading: 'Devices', signedIn: true },
  { path: '/audit', title: 'Audit log', heading: 'Audit log', signedIn: true },
  { path: '/no/such/page', title: 'Nothing to watch here', heading: 'Nothing to watch here', signedIn: true },
  { path: '/sites', title: 'Org & Site', heading: 'Organisation and sites', signedIn: true },
  { path: '/users', title: 'Users', heading: 'Users', signedIn: true },
  {
    path: '/invitation',
    title: 'This invitation does not work',
    heading: 'This invitation does not work',
    signedIn: false,
  },
  { path: '/bind', title: 'Bind a VMS Local', heading: 'Bind a VMS Local', signedIn: true },
  { path: '/device', title: 'Sign a program in', heading: 'Sign a program in', signedIn: true },
];

test.each([
  { width: 1280, height: 800, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'dark' },
] as const)('every page is whole and accessible at $width px, $colorScheme', { timeout: 240_000 }, async (look) => {
  await using portal = await startPortal();
  const { cloud } = portal;
  const { agent, code } = await enrolled(cloud, owner.email);
  using gateway = await createFakeGateway(cloud, 'Harbour office');
  await gateway.bind(agent);
  await gateway.dial();
  await gateway.report(
    { id: '1', name: 'Quay crane', model: 'VIGI C540', mac: '02:00:00:00:00:01', state: 'online' },
    { id: '2', name: 'Gate', model: 'VIGI C340', state: 'wrong_password' },
  );
  const { width, height, colorScheme } = look;
  const page = await portal.newPage({ viewport: { width, height }, colorScheme });

  let here = false;
  for (const { path, title, heading, signedIn } of pages) {
    if (signedIn && !here) {
      await page.goto(cloud.url);
      await givePassword(page);
      await page.getByLabel('6-digit code').fill(code());
      await page.getByRole('heading', { name: `Hello, ${owner.name}` }).waitFor();
      here = true;
    }
    const answer = await page.goto(`${cloud.url}${path}`);
    expect(answer?.status()).toBe(path.startsWith('/no/') ? 404 : 200);
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
    expect(await page.title()).toBe(`${title} · Vigil VMS Cloud`);
    await page.getByText('Not affiliated with TP-Link; VIGI is their trademark').waitFor();
    expect(await tooWide(page), `${path} is wider than the screen`).toBeLessThanOrEqual(0);
    if (width < 500) expect(await tooSmall(page), `${path}: too small for a thumb`).toEqual([]);
    expect(await seriousFaults(page), path).toEqual([]);
  }
  // What is shown without the portal's own script.
  for (const url of [
    `${cloud.url}/api/v1/docs`,
    `${cloud.relayUrl}/${gateway.id}/`,
    `${cloud.issuer}/auth?client_id=none`,
  ]) {
    await page.goto(url);
    expect(await tooWide(page), `${url} is wider than the screen`).toBeLessThanOrEqual(0);
    expect(await seriousFaults(page), url).toEqual([]);
  }
  // The browser itself notes the page that is not there.
  expect(page.complaints.filter((line) => !line.includes('status of 404'))).toEqual([]);
});
