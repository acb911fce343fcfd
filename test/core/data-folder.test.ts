import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeDataFolder } from '../../core/runtime/data-folder.ts';
import { UsageError } from '../../core/runtime/settings.ts';

const base = mkdtempSync(join(tmpdir(), 'vigil-folder-'));
afterAll(() => rmSync(base, { recursive: true }));

test('a data folder is made with those above it, for its owner alone', () => {
  const path = makeDataFolder(join(base, 'a', 'b'));
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test('a folder that exists is used as it is', () => {
  expect(makeDataFolder(base)).toBe(base);
});

test('a file in the way is named', () => {
  writeFileSync(join(base, 'file'), '');
  expect(() => makeDataFolder(join(base, 'file', 'x'))).toThrow(/file is not a folder/);
});

test.skipIf(process.platform !== 'linux')('a file system that takes no folders is refused at once', () => {
  expect(() => makeDataFolder('/proc/vigil/data')).toThrow(UsageError);
});
