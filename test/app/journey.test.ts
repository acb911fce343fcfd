import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import QRCode from 'qrcode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatLabel } from '../../core/pairing/label-secret.ts';
import type { TestPage } from '../lab/browser.ts';
import { openPhone, startAppHouse } from './house.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds serious or worse. */
const faults = (page: TestPage) =>
  page.evaluate(
    `(() => { ${axe}; return axe.run(document, { iframes: false }); })().then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html.slice(0, 120)).join(' ')))`,
  );

// One evening of a person with a phone: the steps build on each other.
describe.sequential('the App on a phone of 390 px', { timeout: 120_000 }, () => {
  let house: Awaited<ReturnType<typeof startAppHouse>>;
  let phone: Awaited<ReturnType<typeof openPhone>>;
  let page: TestPage;
  let spent = '';

  beforeAll(async () => {
    house = await startAppHouse({
      cameras: [
        { name: 'dome', profile: 'c540' },
        { name: 'gate', profile: 'c340' },
      ],
      adopt: false,
    });
    await house.lab.enableTwoFactor();
    await house.lab.bind();
    await house.lab.adopt('dome');
    phone = await openPhone();
    page = await phone.newPage();
    page.setDefaultTimeout(40_000);
    await page.goto(house.app.url);
  }, 180_000);
  afterAll(async () => {
    await phone?.[Symbol.asyncDispose]();
    await house?.[Symbol.asyncDispose]();
  });

  const owner = () => house.lab.people.owner;
  const labelOf = (name: string) => {
    const { serial, labelSecret } = house.lab.camera(name).camera.identity;
    return { serial, text: formatLabel(serial, labelSecret) };
  };
  const givePassword = async (password = owner().password) => {
    await page.getByLabel('E-mail').fill(owner().email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const giveCode = async (code: string) => {
    await page.getByLabel('6-digit code').fill(code);
    await page.getByRole('button', { name: /Continue|Add the camera/ }).click();
  };
  const untilTrue = async (fits: () => boolean) => {
    while (!fits()) await new Promise((resolve) => setImmediate(resolve));
  };

  test('sign-in asks for the code, and says what is wrong', async () => {
    expect(await faults(page)).toEqual([]);
    await givePassword('not the password');
    await page.getByText('The e-mail address or the password is wrong.').waitFor();
    await givePassword();
    await page.getByRole('heading', { name: 'Enter the code' }).waitFor();
    expect(await faults(page)).toEqual([]);
    await giveCode('000000');
    await page.getByText(/The code is wrong or was used already/).waitFor();
    spent = await house.lab.code();
    await giveCode(spent);
    await page.getByRole('heading', { name: 'Cameras', exact: true }).waitFor();
  });

  test('the VMS Local and its cameras are there, with pictures, and nothing sticks out', async () => {
    await page.getByRole('heading', { name: /^Lab/ }).waitFor();
    await page.getByText('Online').first().waitFor();
    await page.locator('.camera img').first().waitFor();
    const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(width).toBeLessThanOrEqual(inner!);
    expect(await faults(page)).toEqual([]);
  });

  test('a camera shows its live picture, and turns as long as a thumb holds', async () => {
    await page.locator('.camera').first().click();
    await page.getByText(/^(Live|Still pictures, one a second)$/).waitFor({ timeout: 60_000 });
    const left = page.getByRole('button', { name: 'Left' });
    await left.waitFor();
    const box = (await left.boundingBox())!;
    expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(44);
    await left.dispatchEvent('pointerdown', { pointerId: 1, isPrimary: true });
    await untilTrue(() => house.lab.camera('dome').received('ContinuousMove').length === 1);
    await left.dispatchEvent('pointerup', { pointerId: 1, isPrimary: true });
    await untilTrue(() => house.lab.camera('dome').received('Stop').length === 1);
    expect(await faults(page)).toEqual([]);
  });

  test('events come by themselves, here and as a notification', async () => {
    await page.context().grantPermissions(['notifications'], { origin: house.app.url });
    await page.getByRole('link', { name: 'Me', exact: true }).click();
    await page.getByLabel(/Notifications/).click();
    await expect.poll(() => page.getByLabel(/Notifications/).isChecked()).toBe(true);
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByText('Live', { exact: true }).waitFor();
    house.lab.camera('dome').camera.trigger('motion', true);
    await page.getByText('Motion begins').waitFor();
    const titles = () =>
      page.evaluate(async () =>
        (await (await navigator.serviceWorker.ready).getNotifications()).map(({ title }) => title),
      );
    await expect.poll(titles, { timeout: 10_000 }).toEqual([expect.stringMatching(/^Motion · /)]);
    expect(await faults(page)).toEqual([]);
  });

  test('a camera is added by its label, a new password and a fresh code', async () => {
    const { serial, text } = labelOf('gate');
    await page.getByRole('link', { name: 'Add', exact: true }).click();
    await page.getByLabel('Or type what the label says').fill('VIGIL1:wrong');
    await page.getByRole('button', { name: 'Find the camera' }).click();
    await page.getByText(/This is no camera label/).waitFor();
    expect(await faults(page)).toEqual([]);
    const picture = await QRCode.toBuffer(text, { type: 'png', width: 600, margin: 6 });
    await page
      .getByLabel('Choose a picture')
      .setInputFiles({ name: 'label.png', mimeType: 'image/png', buffer: picture });
    await page.getByRole('heading', { name: serial }).waitFor({ timeout: 40_000 });
    await page.getByLabel('Choose its admin password').fill(house.lab.people.camera.password);
    await page.getByRole('button', { name: 'Activate' }).click();
    await page.getByRole('heading', { name: 'Add it to Lab' }).waitFor();
    // The code that signed in is spent: it adds nothing.
    await giveCode(spent);
    await page.getByText(/The code is wrong or was used already/).waitFor();
    expect((await house.lab.adminApi.call('GET', '/cameras')).body.cameras).toHaveLength(1);
    await giveCode(await house.lab.code());
    await page.getByRole('heading', { name: `${serial} is Online` }).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'See the cameras' }).click();
    await page.locator('.camera').nth(1).waitFor();
  });

  test('the shell is kept for a phone without a network, answers and tokens never', async () => {
    const kept = await page.evaluate(async () => {
      const names = await caches.keys();
      const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return requests.flat().map(({ url }) => new URL(url).pathname);
    });
    expect(kept).toContain('/');
    expect(kept.filter((path) => !/^\/($|assets\/|icon|manifest|color-scheme)/.test(path))).toEqual([]);
    await page.context().setOffline(true);
    await page.reload();
    await page.getByText(/No connection/).waitFor();
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.locator('.camera').first().waitFor();
  });

  test('the sign-in stands in the owner’s list of sessions, and ends with sign-out', async () => {
    // The lab moves its clock to the owner's next code: not while a ticket of the feed, good for 30 s, is on its way.
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByText('Live', { exact: true }).waitFor();
    const owners = await house.lab.owner();
    const listed = async () =>
      (await owners.get<{ sessions: { door: string }[] }>('/sessions')).sessions.filter(
        ({ door }) => door === 'tplink-v2',
      );
    expect(await listed()).toHaveLength(1);
    await page.getByRole('link', { name: 'Me', exact: true }).click();
    expect(await faults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await expect.poll(listed, { timeout: 30_000 }).toHaveLength(0);
    expect(await page.evaluate(() => localStorage.getItem('vigil-app-session'))).toBeNull();
  });

  test('a lost phone: the mail switches two-factor authentication off, then the password is enough', async () => {
    await givePassword();
    await page.getByRole('button', { name: /no longer have the authenticator/ }).click();
    await page.getByRole('heading', { name: 'Check your mail' }).waitFor();
    expect(await faults(page)).toEqual([]);
    const mail = (await house.lab.cloud.mail(owner().email)).find(({ subject }) => subject.startsWith('Turn off'));
    const token = new URL(mail!.links[0]!).hash.slice(1);
    const off = await fetch(`${house.lab.cloud.url}/api/v1/two-factor/off`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, password: owner().password }),
    });
    expect(off.status).toBe(204);
    await page.getByRole('button', { name: 'Back to sign-in' }).click();
    await givePassword();
    await page.getByRole('heading', { name: 'Cameras', exact: true }).waitFor();
    await page.locator('.camera').first().waitFor();
    // But for the time without a network the browser had nothing to complain of.
    expect(page.complaints.filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
  });

  test('when the session is ended elsewhere, the App asks to sign in again', async () => {
    const owners = await house.lab.owner();
    const { sessions } = await owners.get<{ sessions: { id: string; current: boolean }[] }>('/sessions');
    for (const { id, current } of sessions) if (!current) await owners.delete(`/sessions/${id}`);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});
