import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { commonFields, resolveSettings } from '../../core/runtime/settings.ts';
import { program } from '../../device-sim/main.ts';
import type { ReadyLine } from '../../device-sim/ready.ts';
import { fleetDeps } from '../fleet/lab.ts';
import { openBrowser } from '../lab/browser.ts';
import { has, output } from '../lab/foreign.ts';
import { buildPages } from '../lab/pages.ts';
import { startFleetHouse } from './fleet-house.ts';

const folder = mkdtempSync(join(tmpdir(), 'labels-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Texts of all codes in a picture, sorted. */
const codesIn = async (png: string) => (await output('zbarimg', ['-q', '--raw', png])).trim().split('\n').sort();
const labelText = ({ serial, labelSecret }: { serial: string; labelSecret: string }) =>
  `VIGIL1:${serial}:${labelSecret}`;

describe.skipIf(!has('zbarimg', 'zbar-tools'))('labels on paper, read by zbarimg', { timeout: 120_000 }, () => {
  beforeAll(() => buildPages('fleet'), 180_000);

  test('--labels writes a sheet for its owner, and each code on it is that of a camera', async () => {
    const sheet = join(folder, 'sheet.html');
    const given = { cameras: 5, labels: sheet, 'base-port': 0, discovery: false, 'data-dir': join(folder, 'data') };
    const settings = resolveSettings('sim', { ...program.fields, ...commonFields }, given, {});
    let ready: ReadyLine | undefined;
    const say = (line: object) => {
      ready = line as ReadyLine;
    };
    const fleet = await program.run(settings, fleetDeps(manualClock()), { json: true, say, note: () => undefined });
    await using _ = fleet as AsyncDisposable;
    expect(statSync(sheet).mode & 0o777).toBe(0o600);
    await using browser = await openBrowser();
    const page = await browser.newPage();
    await page.goto(pathToFileURL(sheet).href);
    await page.emulateMedia({ media: 'print' });
    const png = join(folder, 'sheet.png');
    await page.screenshot({ path: png, fullPage: true });
    expect(await codesIn(png)).toEqual(ready!.cameras.map(labelText).sort());
    expect(page.complaints).toEqual([]);
  });

  test('a sheet that cannot be written is one sentence, and no camera is left running', async () => {
    const given = { cameras: 1, labels: folder, 'base-port': 0, discovery: false, 'data-dir': join(folder, 'no') };
    const settings = resolveSettings('sim', { ...program.fields, ...commonFields }, given, {});
    const quiet = { json: true, say: () => undefined, note: () => undefined };
    await expect(program.run(settings, fleetDeps(manualClock()), quiet)).rejects.toThrow(/--labels: .* \(EISDIR\)/);
  });

  test('the console prints the labels of the whole fleet, and nothing else of its page', async () => {
    await using house = await startFleetHouse(
      Array.from({ length: 5 }, (_, at) => ({ name: `cam-${at}`, profile: at % 2 ? 'c340' : 'c540' })),
    );
    const page = await house.newPage();
    await page.goto(house.link);
    await page.getByRole('link', { name: 'Labels' }).click();
    await page.getByRole('img', { name: 'QR code of the label of cam-4' }).waitFor();
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('heading', { name: 'Labels' }).isVisible()).toBe(false);
    const png = join(folder, 'page.png');
    await page.screenshot({ path: png, fullPage: true });
    const wanted = house.fleet.ready().cameras.map(labelText).sort();
    expect(await codesIn(png)).toEqual(wanted);
    expect(page.complaints).toEqual([]);
  });
});
