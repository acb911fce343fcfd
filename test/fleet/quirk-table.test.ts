import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { effectForms } from '../../device-sim/faults/fault.ts';
import { profiles } from '../../device-sim/profiles/index.ts';
import { type QuirkName, quirks } from '../../device-sim/profiles/profile.ts';

const readme = readFileSync(join(packageRoot, 'device-sim/README.md'), 'utf8');

/** Cells of the rows whose first cell is a word in backticks. */
const rows = [...readme.matchAll(/^\| `([^`]+)`[^|]*\|(.*)\|$/gm)].map(([, word, rest]) => ({
  word: word!,
  cells: rest!.split('|').map((cell) => cell.trim()),
}));
const rowOf = (name: string) => rows.find(({ word }) => word.split(' ')[0] === name);
const filesOf = (cell: string) => [...cell.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file!);

/** All code of the cameras: a quirk counts from the moment that something asks for it. */
const code = readdirSync(join(packageRoot, 'device-sim'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(packageRoot, 'device-sim', file), 'utf8'))
  .join('');
const names = (Object.keys(quirks) as QuirkName[]).filter((name) =>
  new RegExp(`(quirk|has)\\('${name}'\\)`).test(code),
);

test.each(names)('the quirk %s stands in the table with where it is on, its source and its tests', (name) => {
  const [, source, where, files] = rowOf(name)!.cells as [string, string, string, string];
  expect(source).not.toBe('');
  const on = Object.values(profiles).filter((profile) => (profile.quirks as QuirkName[]).includes(name));
  const makers = Object.values(profiles).filter(({ manufacturer }) => manufacturer === 'TP-Link');
  const cameras = makers.filter((profile) => !('channels' in profile));
  const onCameras = on.filter((profile) => !('channels' in profile));
  expect([0, cameras.length]).toContain(onCameras.length);
  const places = [...(onCameras.length > 0 ? ['VIGI, InSight'] : []), ...(on.length > onCameras.length ? ['NVR'] : [])];
  expect(where).toBe(places.length === 0 ? 'none' : places.join(', '));
  expect(filesOf(files)).not.toEqual([]);
});

test.each(Object.keys(effectForms))('the fault %s stands in the table with its test', (word) => {
  const files = filesOf(rowOf(word)!.cells.at(-1)!);
  expect(files).not.toEqual([]);
  expect(files.some((file) => readFileSync(join(packageRoot, file), 'utf8').includes(`do: '${word}`))).toBe(true);
});

test('the tests that the tables name are there, and no quirk stands in them that is none', () => {
  const named = rows.flatMap(({ cells }) => filesOf(cells.at(-1)!));
  expect(named.filter((file) => !existsSync(join(packageRoot, file)))).toEqual([]);
  const inTable = readme
    .slice(readme.indexOf('| quirk |'), readme.indexOf('## Fleet files'))
    .matchAll(/^\| `([^`]+)`/gm);
  expect([...inTable].map(([, name]) => name).sort()).toEqual([...names].sort());
});

test('every oddity that was seen on these cameras, O1 to O16, is spoken of', () => {
  const missing = Array.from({ length: 16 }, (_, at) => `O${at + 1}`).filter(
    (oddity) => !new RegExp(`\\b${oddity}\\b`).test(readme),
  );
  expect(missing).toEqual([]);
});
