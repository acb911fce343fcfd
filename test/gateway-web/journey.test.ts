import { beforeAll, expect, test } from 'vitest';
import { addByAddress, buildPages, coloursOf, signIn, startHouse } from './house.ts';

beforeAll(() => buildPages(), 180_000);
const long = { timeout: 120_000 };

test('a new gateway is set up, signed in to, given a camera, and shows its picture and its motion', long, async () => {
  await using house = await startHouse({ setUp: false });
  const { lab } = house;
  const { admin, camera } = lab.people;
  const page = await house.newPage();

  // Set-up: a wrong code is said beside its field, the right one leads in.
  await page.goto(lab.gateway.url);
  await page.getByRole('heading', { name: 'Set up this gateway' }).waitFor();
  await page.getByLabel('Set-up code').fill('AAAA-AAAA-AAAA-AAAA');
  await page.getByLabel('User name').fill(admin.username);
  await page.getByLabel('Password', { exact: true }).fill(admin.password);
  await page.getByLabel('Password again').fill(admin.password);
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await page.getByText('This is not the code that was printed').waitFor();
  await page.getByLabel('Set-up code').fill(lab.gateway.setupCode!);
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await page.getByRole('heading', { name: 'Devices' }).waitFor();

  // Out and in again.
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByText('You have signed out.').waitFor();
  await signIn(page, house);

  // Nothing there yet, and the page says what to do.
  await page.getByRole('heading', { name: 'No cameras yet' }).waitFor();
  await page.getByRole('button', { name: 'Add by address' }).click();
  await addByAddress(page, { ...lab.camera('door').address, password: camera.password, name: 'Front door' });
  await page.getByText('Front door was added').waitFor();
  const card = page.getByRole('list', { name: 'Cameras' }).getByRole('listitem').filter({ hasText: 'Front door' });
  await card.getByText('Online').waitFor();

  // Its picture, drawn and fresh.
  await page.locator('canvas[data-live="true"]').waitFor();
  expect(await coloursOf(page, 'canvas')).toBeGreaterThan(3);

  // Something moves: said at once on the card and in the list of events.
  await page.getByText('Live', { exact: true }).waitFor();
  lab.camera('door').trigger('motion', { active: true });
  await card.getByText('Motion').waitFor();
  await page.getByRole('link', { name: 'Events', exact: true }).first().click();
  const rows = page.getByRole('list', { name: 'Events, newest first' }).getByRole('listitem');
  // Standard cameras tell motion under two topics; each is an event of its own.
  await rows.filter({ hasText: 'Motion' }).filter({ hasText: 'Began' }).first().waitFor();
  lab.camera('door').trigger('motion', { active: false });
  await rows.filter({ hasText: 'Motion' }).filter({ hasText: 'Ended' }).first().waitFor();
  const ids = await rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-event-id')));
  expect(new Set(ids).size).toBe(ids.length);
  expect(page.complaints).toEqual([]);
});

test(
  'a wrong camera password is said beside its field, the camera is asked once, and the right one brings it online',
  long,
  async () => {
    await using house = await startHouse();
    const { lab } = house;
    const page = await house.newPage();
    await page.goto(lab.gateway.url);
    await signIn(page, house);

    await page.getByRole('button', { name: 'Add camera' }).click();
    const dialog = await addByAddress(page, { ...lab.camera('door').address, password: 'not the password' });
    await dialog.getByText('The camera refused this user name and password').waitFor();
    expect(await dialog.getByLabel('Password', { exact: true }).getAttribute('aria-invalid')).toBe('true');
    await dialog.getByRole('button', { name: 'Close' }).click();

    // It is in the list, with the reason and the remedy.
    const card = page.getByRole('list', { name: 'Cameras' }).getByRole('listitem');
    await card.getByText('Wrong password').first().waitFor();
    await card.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(lab.people.camera.password);
    await page.getByRole('button', { name: 'Use this password' }).click();
    await card.getByText('Online').waitFor();
    expect(page.complaints).toEqual([]);
  },
);

test('an address where no camera answers is said beside the address', long, async () => {
  await using house = await startHouse();
  const page = await house.newPage();
  await page.goto(house.lab.gateway.url);
  await signIn(page, house);
  await page.getByRole('button', { name: 'Add camera' }).click();
  // Port 1 of loopback: nobody listens there.
  const dialog = await addByAddress(page, { address: '127.0.0.1:1', password: 'whatever it is' });
  await dialog.locator('[aria-invalid="true"]').waitFor();
  expect(await dialog.getByLabel('Address', { exact: true }).getAttribute('aria-invalid')).toBe('true');
});

test(
  'a session ended elsewhere leads to the sign-in page at once, says why, and back to where one was',
  long,
  async () => {
    await using house = await startHouse();
    const { lab } = house;
    const page = await house.newPage();
    await page.goto(`${lab.gateway.url}/#/events`);
    await signIn(page, house);
    await page.getByRole('heading', { name: 'Events' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();

    // From a second browser, under Settings.
    const other = await house.newPage();
    await other.goto(`${lab.gateway.url}/#/settings/sessions`);
    await signIn(other, house);
    const sessions = other.getByRole('region', { name: 'Sessions' }).getByRole('listitem');
    await sessions.filter({ hasText: 'Chrome' }).getByRole('button', { name: 'End the session of admin' }).click();

    await page.getByText('Your session has ended').waitFor();
    expect(page.url()).toContain('#/sign-in?reason=ended');
    await signIn(page, house);
    await page.getByRole('heading', { name: 'Events' }).waitFor();
    expect(page.url()).toMatch(/#\/events$/);
  },
);

test('a camera is renamed, found by search, and removed after a question', long, async () => {
  await using house = await startHouse();
  const { lab } = house;
  const page = await house.newPage();
  await page.goto(lab.gateway.url);
  await signIn(page, house);
  await page.getByRole('button', { name: 'Add camera' }).click();
  const { password } = lab.people.camera;
  await addByAddress(page, { ...lab.camera('door').address, password, name: 'Front door' });
  const cards = page.getByRole('list', { name: 'Cameras' }).getByRole('listitem');
  await cards.getByText('Online').waitFor();

  await page.getByRole('button', { name: 'Actions for Front door' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Back door');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: 'Back door' }).waitFor();

  await page.getByLabel('Search cameras').fill('nothing of the kind');
  await page.getByRole('heading', { name: 'No camera fits' }).waitFor();
  await page.getByLabel('Search cameras').fill('back');

  await page.getByRole('link', { name: 'Back door' }).click();
  const details = page.getByRole('dialog', { name: 'Back door' });
  await details.getByText(lab.camera('door').camera.identity.serial).waitFor();
  await details.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog', { name: 'Remove Back door?' }).getByRole('button', { name: 'Remove camera' }).click();
  await page.getByRole('heading', { name: 'No cameras yet' }).waitFor();
});

test('a broker account shows its password once', long, async () => {
  await using house = await startHouse();
  const page = await house.newPage();
  await page.goto(`${house.lab.gateway.url}/#/settings/mqtt`);
  await signIn(page, house);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('home-assistant');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  const password = await page.getByTestId('broker-password').textContent();
  expect(password!.length).toBeGreaterThanOrEqual(16);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByText('home-assistant', { exact: true }).waitFor();
  expect(await page.content()).not.toContain(password!);
});
