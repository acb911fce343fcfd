import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { packageRoot } from '../core/runtime/package-root.ts';
import { readFleetFile } from '../device-sim/fleet-file.ts';
import { parseScenario } from '../device-sim/scenario/scenario-file.ts';
import { startCameras } from './fleet/lab.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'vigil-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Block {
  page: string;
  language: string;
  text: string;
}

/** Every fenced block of the guides, and of the fleet's own page. */
const blocks: Block[] = [
  ...readdirSync(join(packageRoot, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  'device-sim/README.md',
].flatMap((page) =>
  [...readFileSync(join(packageRoot, page), 'utf8').matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```/gm)].map(
    ([, indent = '', language = '', text = '']) => ({
      page,
      language,
      text: text.replace(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  ),
);
const yaml = blocks.filter(({ language }) => language === 'yaml');
const scenarios = yaml.filter(({ text }) => /^steps:/m.test(text));
const fleets = yaml.filter(({ text }) => /^cameras:/m.test(text) && !/ffmpeg:/.test(text));
const named = ({ page, text }: Block) => [`${page}: ${text.split('\n')[0]}`, text] as const;

test.each(scenarios.map(named))('the scenario can be played: %s', (_, text) => {
  expect(parseScenario(text).steps.length).toBeGreaterThan(0);
});

test.each(fleets.map(named))('the fleet can be started: %s', (_, text) => {
  const file = join(folder, 'fleet.yaml');
  writeFileSync(file, text);
  expect(readFleetFile(file).cameras.length).toBeGreaterThan(0);
});

const day = scenarios.find(({ text }) => text.includes('A day at the shop'))!.text;

test('the rehearsal that is shown gives the same events twice', { timeout: 60_000 }, async () => {
  writeFileSync(join(folder, 'day.yaml'), day);
  const main = join(packageRoot, 'dist', 'bundle', 'main.js');
  const flags = ['--cameras', '2', '--seed', 'shop', '--scenario', 'day.yaml', '--rehearse', '--json'];
  const rehearse = async () => (await run(process.execPath, [main, 'sim', ...flags], { cwd: folder })).stdout;
  const first = await rehearse();
  expect(first.split('\n').length).toBeGreaterThan(20);
  expect(await rehearse()).toBe(first);
});

/** Each `curl` of a shell block, its continued lines joined. */
const curls = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ page, text }) =>
    text
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => line.startsWith('curl ') && line.includes('$CONTROL'))
      .map((line) => [page, line] as const),
  );

test('every order to the control API that is shown is carried out', async () => {
  expect(curls.length).toBeGreaterThan(4);
  writeFileSync(join(folder, 'day.yaml'), day);
  await using fleet = await startCameras([{ name: 'door' }, { name: 'cam-1' }, { name: 'cam-2' }], { control: true });
  const { url, token } = fleet.control!;
  for (const [page, line] of curls) {
    const { stdout } = await run('sh', ['-c', `${line} -sS -w '\\n%{http_code}'`], {
      cwd: folder,
      env: { ...process.env, CONTROL: url, TOKEN: token },
    });
    expect([page, line, stdout.split('\n').at(-1)]).toEqual([page, line, '200']);
  }
});
