import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const pages = ['docs/asvs.md', 'docs/security.md'];
const filesIn = (page: string) =>
  [
    ...readFileSync(join(root, page), 'utf8').matchAll(/`((?:core|cloud-mock|gateway|device-sim|test)\/[\w./-]+)`/g),
  ].map(([, file]) => file!);

test.each(pages)('every file that %s names exists', (page) => {
  const named = filesIn(page);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test('every number of the map names code and a test, or says that it does not hold', () => {
  const rows = readFileSync(join(root, 'docs/asvs.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| \d/.test(line));
  expect(rows.length).toBeGreaterThan(50);
  for (const row of rows) {
    const [, number, holds = '', code = '', tests = ''] = row.split('|').map((cell) => cell.trim());
    expect(holds, number).toMatch(/^(yes|partly: |no\b|does not apply: )/);
    if (/^(yes|partly)/.test(holds)) expect(`${code} ${tests}`, number).toMatch(/`.+` .*`test\/.+\.test\.ts`/);
  }
});
