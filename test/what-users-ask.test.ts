import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../core/runtime/package-root.ts';

const page = readFileSync(join(packageRoot, 'docs/what-users-ask.md'), 'utf8');

test('each of the twenty-six asks has an answer and a test that is there', () => {
  const rows = [...page.matchAll(/^\| (\d+) \|(.*)\|$/gm)].map(([, number, rest]) => ({
    number: Number(number),
    files: [
      ...rest!
        .split('|')
        .at(-1)!
        .matchAll(/`(test\/[^`]+)`/g),
    ].map(([, file]) => file!),
  }));
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 26 }, (_, at) => at + 1));
  for (const { number, files } of rows) {
    expect([number, files.length > 0]).toEqual([number, true]);
    expect([number, files.filter((file) => !existsSync(join(packageRoot, file)))]).toEqual([number, []]);
  }
});
