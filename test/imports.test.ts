import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const parts = ['core', 'cloud-mock', 'gateway', 'device-sim', 'clients'];

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });

const importsOf = (text: string) =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map((match) => match[1]!);

/** `gateway/app.ts imports ../device-sim/x.ts`, for every import that leaves its part for another than core. */
const crossings = parts.flatMap((part) =>
  filesBelow(join(root, part)).flatMap((file) =>
    importsOf(readFileSync(file, 'utf8')).flatMap((target) => {
      const [room] = relative(root, resolve(dirname(file), target)).split('/');
      return room === part || room === 'core' ? [] : [`${relative(root, file)} imports ${target}`];
    }),
  ),
);

test('the parts meet on the wire: each imports itself and core, and core only itself', () => {
  expect(crossings).toEqual([]);
});

test('time, chance and the environment are arguments everywhere but in core/runtime', () => {
  const globals =
    /\b(Date\.now\(|Math\.random\(|(?<![.\w])setTimeout\(|(?<![.\w])setInterval\(|randomUUID\(|process\.env\b)/;
  const offenders = parts
    .flatMap((part) => filesBelow(join(root, part)))
    .filter((file) => !file.includes(join('core', 'runtime')) && !/\/web\//.test(file) && !/\/main\.ts$/.test(file))
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          globals.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line)
            ? [`${relative(root, file)}:${index + 1} ${line.trim()}`]
            : [],
        ),
    );
  expect(offenders).toEqual([]);
});
