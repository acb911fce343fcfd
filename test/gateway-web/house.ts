import { execFileSync } from 'node:child_process';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import { openBrowser, type TestPage } from '../lab/browser.ts';
import { type LabOptions, startLab } from '../lab/index.ts';

/** The pages as they are in the sources now; nothing is done when they are built already. */
export function buildPages(...names: ('cloud' | 'gateway')[]) {
  const wanted = JSON.stringify(names.length > 0 ? names : ['gateway']);
  const build = `const { ensureBuilt } = await import('./scripts/setup.mjs'); await ensureBuilt(${wanted});`;
  // The test runner's NODE_ENV would put React's development code into pages that the programs then serve, too.
  const env = { ...process.env, NODE_ENV: 'production' };
  execFileSync(process.execPath, ['--input-type=module', '--eval', build], { cwd: packageRoot, stdio: 'inherit', env });
}

/** A lab with cameras as a stranger's would be, and a browser in front of its gateway. */
export const startHouse = (options: LabOptions = {}) =>
  startAll(async (own) => {
    const lab = own(
      await startLab({
        cameras: [{ name: 'door', profile: 'generic' }],
        initialized: true,
        strict: true,
        adopt: false,
        ...options,
      }),
    );
    const browser = own(await openBrowser());
    return { lab, newPage: browser.newPage };
  });

export type House = Awaited<ReturnType<typeof startHouse>>;

/** At the sign-in page with a local account; ends wherever that leads. */
export async function signIn(page: TestPage, { lab }: House) {
  const { username, password } = lab.people.admin;
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Fill the form that adds a camera by its address, and send it. */
export async function addByAddress(page: TestPage, camera: { address: string; password: string; name?: string }) {
  const dialog = page.getByRole('dialog', { name: 'Add camera' });
  await dialog.getByLabel('Address', { exact: true }).fill(camera.address);
  await dialog.getByLabel('Password', { exact: true }).fill(camera.password);
  if (camera.name) await dialog.getByLabel('Name (optional)').fill(camera.name);
  await dialog.getByRole('button', { name: 'Add camera' }).click();
  return dialog;
}

/** How many colours a canvas shows here and there: one means that nothing was drawn. */
export const coloursOf = (page: TestPage, selector: string) =>
  page.locator(selector).evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const context = canvas.getContext('2d')!;
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set<number>();
    for (let at = 0; at < data.length; at += 4 * 97)
      colours.add((data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!);
    return colours.size;
  });
