import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import { beforeAll, expect, test } from 'vitest';
import { parseLabel } from '../../core/pairing/label-secret.ts';
import type { TestPage } from '../lab/browser.ts';
import { buildPages } from '../lab/pages.ts';
import { password, startFleetHouse } from './fleet-house.ts';

beforeAll(() => buildPages('fleet'), 180_000);
const long = { timeout: 120_000 };

type House = Awaited<ReturnType<typeof startFleetHouse>>;
const cards = (page: TestPage) => page.getByRole('list', { name: 'Cameras' }).getByRole('listitem');
/** By keyboard: the switch one sees lies before the one that is pressed. */
const flip = async (page: TestPage, name: string) => {
  await page.getByRole('switch', { name }).focus();
  await page.keyboard.press('Space');
};
const soap = (house: House, name: string, operation: string) =>
  fetch(`http://127.0.0.1:${house.fleet.camera(name).camera.address.ports.http}/onvif/device_service`, {
    method: 'POST',
    headers: { 'content-type': 'application/soap+xml' },
    body: `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><${operation} xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>`,
  });

test('the printed address opens the console, and the token leaves the address at once', long, async () => {
  await using house = await startFleetHouse([{ name: 'door', profile: 'c340' }]);
  const page = await house.newPage();
  await page.goto(house.link);
  await cards(page).filter({ hasText: 'door' }).waitFor();
  expect(page.url()).toBe(`${house.url}#/cameras`);
  // A second tab of this browser needs nothing more.
  const second = await page.context().newPage();
  await second.goto(house.url);
  await second.getByRole('link', { name: 'door' }).waitFor();

  const stranger = await house.newPage();
  await stranger.goto(house.url);
  await stranger.getByLabel('Token', { exact: true }).fill('not-the-token-of-this-fleet');
  await stranger.getByRole('button', { name: 'Open the console' }).click();
  await stranger.getByText('This token was refused').waitFor();
});

test('a fleet is watched: pictures, what names each camera, who uses it, and search', long, async () => {
  await using house = await startFleetHouse([
    { name: 'door', profile: 'c340' },
    { name: 'yard', profile: 'c540' },
  ]);
  const page = await house.newPage();
  await page.goto(house.link);
  const door = cards(page).filter({ hasText: 'door' });
  const { mac, serial } = house.fleet.camera('door').camera.identity;
  for (const text of ['C340', mac, serial, 'Activated']) await door.getByText(text, { exact: false }).first().waitFor();
  await door.locator('canvas[data-live="true"]').waitFor();
  house.fleet.camera('door').trigger('people', { active: true });
  await door.locator('[data-active]').getByText('People').waitFor();

  await page.getByLabel('Search cameras').fill(mac.replaceAll(':', '').toLowerCase());
  await expect.poll(() => cards(page).count()).toBe(1);
  await page.getByLabel('Search cameras').fill('nothing of the kind');
  await page.getByRole('heading', { name: 'No camera fits' }).waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect.poll(() => cards(page).count()).toBe(2);
  expect(page.complaints).toEqual([]);
});

test('a camera is made to see somebody, turned, broken, cut and set wrong', long, async () => {
  await using house = await startFleetHouse([{ name: 'yard', profile: 'c540' }]);
  const yard = house.fleet.camera('yard');
  const page = await house.newPage();
  await page.goto(house.link);
  await page.getByRole('link', { name: 'yard' }).click();
  await page.locator('canvas[data-live="true"]').waitFor();

  // Something before the lens, for a while and until told otherwise.
  await page.getByRole('button', { name: 'People', exact: true }).click();
  await expect.poll(() => [...yard.camera.active]).toEqual(['people']);
  await flip(page, 'People on');
  await expect.poll(() => [...yard.camera.active]).toEqual([]);

  // The head follows the knob, and stops when it is let go.
  const knob = page.getByRole('application', { name: /Pan and tilt/ });
  const box = (await knob.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 4, box.y + box.height / 2, { steps: 3 });
  await expect.poll(() => yard.camera.scene.ptz.pan).toBeGreaterThan(3);
  await page.mouse.up();
  await expect.poll(() => yard.ptz!.moving.panTilt).toBe(false);
  await page.getByLabel('Name of a new preset').fill('Gate');
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await page.getByRole('list', { name: 'Presets' }).getByText('Gate').waitFor();
  await knob.focus();
  const before = yard.camera.scene.ptz.pan;
  await page.keyboard.down('ArrowLeft');
  await expect.poll(() => yard.camera.scene.ptz.pan).toBeLessThan(before);
  await page.keyboard.up('ArrowLeft');

  // A fault by the form: a mistake is said beside its field, then it is in force and strikes.
  await page.getByRole('tab', { name: 'Faults' }).click();
  await page.getByLabel('Time', { exact: true }).fill('soon');
  await page.getByRole('button', { name: 'Inject' }).click();
  await page.getByText('will not do: write').waitFor();
  await page.getByRole('combobox', { name: 'What happens' }).click();
  await page.getByRole('option', { name: /^status/ }).click();
  await page.getByRole('combobox', { name: 'Operation' }).fill('GetSystem*');
  await page.getByLabel('Status', { exact: true }).fill('503');
  await page.getByText('{ at: onvif, operation: ').waitFor();
  await page.getByRole('button', { name: 'Inject' }).click();
  await page.getByRole('region', { name: 'In force' }).getByText('status 503').waitFor();
  expect((await soap(house, 'yard', 'GetSystemDateAndTime')).status).toBe(503);
  await page.getByText('1 of 1').waitFor();
  await page.getByRole('button', { name: 'Clear status 503 at onvif' }).click();
  await page.getByText('None: this camera does what it should.').waitFor();
  expect((await soap(house, 'yard', 'GetSystemDateAndTime')).status).toBe(200);

  // Clock, cable, power.
  await page.getByRole('tab', { name: 'Power & clock' }).click();
  await page.getByRole('button', { name: '+5 min' }).click();
  await page.getByText('5 min ahead of').waitFor();
  await flip(page, 'Cable is in');
  await page.getByText('Cable out').first().waitFor();
  await flip(page, 'Cable is in');
  await page.getByRole('button', { name: 'Cut the power' }).click();
  await page.getByText('No power').first().waitFor();
  expect(yard.powered).toBe(false);
  expect(page.complaints).toEqual([]);
});

test('the wire is seen as it happens, filtered, and each request opened without its secrets', long, async () => {
  await using house = await startFleetHouse([{ name: 'door', profile: 'c340' }]);
  const page = await house.newPage();
  await page.goto(house.link);
  await page.goto(`${house.url}#/cameras/door`);
  await page.getByRole('heading', { name: 'Nothing heard' }).waitFor();
  await soap(house, 'door', 'GetSystemDateAndTime');
  await page.getByRole('button', { name: 'GetSystemDateAndTime' }).waitFor();
  const { http } = house.fleet.camera('door').camera.address.ports;
  await fetch(`http://127.0.0.1:${http}/nowhere`, {
    headers: { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` },
  });
  const rows = page.getByRole('table').getByRole('row');
  await rows.filter({ hasText: 'GET /nowhere' }).getByText('404').waitFor();

  await flip(page, 'Failures only');
  await expect.poll(() => rows.count()).toBe(2);
  await page.getByRole('button', { name: 'GET /nowhere' }).click();
  const entry = page.getByRole('dialog');
  await entry.getByText('Basic ***').waitFor();
  expect(await page.content()).not.toContain(Buffer.from(`admin:${password}`).toString('base64'));
});

test('the label is there to be scanned, and the password is shown when asked for', long, async () => {
  await using house = await startFleetHouse([{ name: 'door', profile: 'c340' }]);
  const page = await house.newPage();
  await page.goto(house.link);
  await page.goto(`${house.url}#/cameras/door/access`);
  const code = page.getByRole('img', { name: 'QR code of the label of door' });
  const { data, width, height } = PNG.sync.read(await code.screenshot());
  const { identity } = house.fleet.camera('door').camera;
  expect(parseLabel(jsQR.default(new Uint8ClampedArray(data), width, height)!.data)).toEqual({
    serial: identity.serial,
    secret: identity.labelSecret,
  });
  expect(await page.content()).not.toContain(password);
  await page.getByRole('button', { name: 'Show the password' }).click();
  await page.getByText(password).waitFor();
  // On paper stands the label alone.
  await page.emulateMedia({ media: 'print' });
  expect(await page.getByText('How to reach it').isVisible()).toBe(false);
  expect(await code.isVisible()).toBe(true);
});

test('a scenario with a mistake is refused by its line, a file is opened, played and stopped', long, async () => {
  await using house = await startFleetHouse([{ name: 'door', profile: 'c340' }]);
  const page = await house.newPage();
  await page.goto(house.link);
  await page.getByRole('link', { name: 'Scenarios' }).first().click();
  await page.getByLabel('Scenario', { exact: true }).fill('steps:\n  - { at: 1s, do: motoin }\n');
  await page.getByRole('button', { name: 'Play' }).click();
  await page.getByText(/^Line 2: .*did you mean motion\?/).waitFor();
  const chosen = await page.getByLabel('Scenario', { exact: true }).evaluate((element) => {
    const area = element as HTMLTextAreaElement;
    return area.value.slice(area.selectionStart, area.selectionEnd);
  });
  expect(chosen).toBe('  - { at: 1s, do: motoin }');

  await page.setInputFiles('input[type=file]', {
    name: 'visit.yaml',
    mimeType: 'text/yaml',
    buffer: Buffer.from('name: Visit\nlasts: 10m\nsteps:\n  - { at: 0s, camera: door, do: people 60s }\n'),
  });
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByText('“Visit” is right: 1 step, 10 min.').waitFor();
  await page.getByRole('button', { name: 'Play' }).click();
  const run = page.getByRole('article', { name: 'Visit' });
  await run.getByText('people 60s').waitFor();
  expect(house.fleet.camera('door').camera.active.has('people')).toBe(true);
  await run.getByRole('button', { name: 'Stop' }).click();
  await run.getByText('Stopped').waitFor();
  expect(house.fleet.scenarios.list()).toMatchObject([{ name: 'Visit', state: 'stopped' }]);
});

test('a thousand cameras are paged through and searched', long, async () => {
  await using house = await startFleetHouse(
    [{ name: 'cam', profile: 'c340' }].flatMap((one) =>
      Array.from({ length: 1000 }, (_, at) => ({ ...one, name: `cam-${at + 1}` })),
    ),
  );
  const page = await house.newPage();
  await page.goto(house.link);
  await page.getByText('1000 simulated cameras').waitFor();
  expect(await cards(page).count()).toBe(24);
  await page.getByText('1–24 of 1000').waitFor();
  await page.getByRole('button', { name: 'Page 42', exact: true }).click();
  await page.getByText('985–1000 of 1000').waitFor();
  await page.getByLabel('Search cameras').fill('cam-777');
  await page.getByRole('link', { name: 'cam-777' }).waitFor();
  await expect.poll(() => cards(page).count()).toBe(1);
});
