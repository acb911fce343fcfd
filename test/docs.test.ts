import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageRoot } from '../core/runtime/package-root.ts';

const run = promisify(execFile);
const cli = join(packageRoot, 'dist', 'bundle', 'main.js');

const pages = [
  'README.md',
  ...readdirSync(join(packageRoot, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  ...['core', 'cloud-mock', 'gateway', 'device-sim', 'clients', 'test', 'scripts'].map((room) => `${room}/README.md`),
];

interface Shown {
  page: string;
  line: string;
  words: string[];
}

/** Every `npm run -s vigil -- …`, `npm start -- …` and `vigil …` that a page shows, without its comment. */
const shown: Shown[] = pages.flatMap((page) =>
  [
    ...readFileSync(join(packageRoot, page), 'utf8').matchAll(
      /(?:^|`)(?:npm run -s vigil --|npm start --|vigil) ([^`\n]+)/gm,
    ),
  ].map((match) => {
    const line = match[0]
      .replace(/^`/, '')
      .replace(/\s+#.*$/, '')
      .trim();
    const words = line
      .replace(/^npm start --/, 'vigil up')
      .replace(/^npm run -s vigil --/, 'vigil')
      .split(/\s+/)
      .slice(1);
    return { page, line, words };
  }),
);

/** Programs that have commands of their own, each with its own help. */
const withCommands = new Set(['config-tool', 'pc-client', 'lan', 'bench']);

const helps = new Map<string, Promise<string>>();
const helpOf = (command: string[]) => {
  const key = command.join(' ');
  const known = helps.get(key) ?? run(process.execPath, [cli, ...command, '--help']).then(({ stdout }) => stdout);
  helps.set(key, known);
  return known;
};

test('the pages show commands', () => {
  expect(shown.length).toBeGreaterThan(8);
});

test.each(shown.map((one) => [one.page, one.line, one] as const))(
  '%s: `%s` exists, with the flags it shows',
  async (_, __, { words }) => {
    const flags = words.filter((word) => word.startsWith('--') && word !== '--').map((word) => word.split('=')[0]!);
    if (words[0]?.startsWith('-')) return void expect((await helpOf([])).length).toBeGreaterThan(0);
    const command = [words[0]!];
    if (withCommands.has(words[0]!) && words[1] && /^[a-z-]+$/.test(words[1]) && !words[1].startsWith('-'))
      command.push(words[1]);
    const help = await helpOf(command);
    for (const flag of flags.filter((one) => one !== '--help')) expect(help).toContain(flag);
  },
);

test('links between the pages lead somewhere', () => {
  const broken = pages.flatMap((page) => {
    const folder = join(packageRoot, page, '..');
    return [...readFileSync(join(packageRoot, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .filter((match) => {
        try {
          readFileSync(join(folder, match[1]!));
          return false;
        } catch {
          return true;
        }
      })
      .map((match) => `${page}: ${match[1]}`);
  });
  expect(broken).toEqual([]);
});
