import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { TestPage } from './browser.ts';

let axe: string | undefined;

/**
 * Serious faults for those who hear or key a page, or the part of it that a selector names. By the debugger's door: the
 * page itself may not run foreign text.
 */
export async function seriousFaults(page: TestPage, within?: string): Promise<string[]> {
  axe ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const session = await page.context().newCDPSession(page);
  const expression = `${axe}; axe.run(${within ? JSON.stringify(within) : ''}).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 200))))`;
  const { result } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
  await session.detach();
  return result.value as string[];
}
