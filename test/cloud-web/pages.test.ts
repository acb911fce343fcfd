import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, expect, test } from 'vitest';
import { enrolled } from '../cloud/cloud.ts';
import { createFakeGateway } from '../cloud/gateway.ts';
import type { TestPage } from '../lab/browser.ts';
import { buildPages } from '../lab/pages.ts';
import { givePassword, owner, startPortal } from './portal.ts';

beforeAll(() => buildPages('cloud'), 240_000);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string }[];
}

/** What axe-core finds serious or worse. */
async function faults(page: TestPage): Promise<string[]> {
  const { violations } = await page.evaluate<{ violations: Violation[] }>(
    `(() => { ${axe}; return axe.run(document, { iframes: false }); })()`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

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
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wider, `${path} is wider than the screen`).toBeLessThanOrEqual(0);
    expect(await faults(page), path).toEqual([]);
  }
  // The browser itself notes the page that is not there.
  expect(page.complaints.filter((line) => !line.includes('status of 404'))).toEqual([]);
});
