import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { failed, formatMarkdown, formatOutcome, type Outcome } from '../../scripts/bench/report.ts';
import { median, percentile, type Row } from '../../scripts/bench/row.ts';
import { rows } from '../../scripts/bench/rows/index.ts';
import { outcome } from '../lab/foreign.ts';

const bench = (...args: string[]) =>
  outcome(process.execPath, [join(packageRoot, 'dist/scripts/main.js'), 'bench', ...args], 110_000);

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 2, 3], 2.5],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle);
});

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 200 }, (_, n) => 200 - n);
  expect([percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)]).toEqual([100, 198, 200]);
  expect(percentile([7], 0.99)).toBe(7);
});

test('a wrong row is told with the nearest right one, before anything is measured', async () => {
  expect(await bench('--only', 'fan-aut')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'vigil bench: there is no row "fan-aut"; did you mean fan-out?\n',
  });
});

test('--help names every row', async () => {
  const { stdout } = await bench('--help');
  for (const { name, title } of rows) expect(stdout).toMatch(new RegExp(`^  ${name} +${title}`, 'm'));
});

test('a row is measured in processes of its own and told as one line of JSON', async () => {
  const { code, stdout } = await bench('--quick', '--json', '--only', 'own-video');
  const [machine, row, verdict, ...rest] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rest).toEqual([]);
  expect(machine).toMatchObject({ type: 'machine', quick: true });
  expect(row).toMatchObject({ type: 'row', row: 'own-video' });
  expect(row.error).toBeUndefined();
  expect(row.figures.length).toBeGreaterThanOrEqual(2);
  for (const figure of row.figures) expect(figure.measured).toMatch(/^[\d.]+ ms$/);
  // Whether it is fast enough is the machine's business; that the exit code says so is ours.
  const missed = row.figures.some(({ ok }: { ok: boolean }) => !ok);
  expect([verdict.missed, code]).toEqual(missed ? [['own-video'], 1] : [[], 0]);
}, 120_000);

const row: Row = { name: 'x', title: 'A thing', method: 'By looking.', run: async () => [] };
const measured = (ok: boolean): Outcome => ({
  row,
  seconds: 2,
  figures: [{ what: 'speed | size', target: '< 2', measured: '3', beside: 'bare 1', ok }],
});

test('a figure that misses its target has a cross, in the terminal and on the page', () => {
  expect(formatOutcome(measured(false))).toBe('A thing  (x, 2 s)\n  ✗ speed | size  3   target < 2   bare 1');
  expect([failed(measured(false)), failed(measured(true))]).toEqual([true, false]);
  const page = formatMarkdown([measured(true)], 'Measured here.').split('\n');
  expect(page[4]).toBe('| A thing | speed \\| size | < 2 | **3** | bare 1 | ✓ |');
  expect(page.at(-1)).toBe('- **A thing** (`x`): By looking.');
});

test('a row that could not be measured counts as missed and says why', () => {
  const broken: Outcome = { row, seconds: 1, figures: [], error: 'the camera closed the connection' };
  expect(failed(broken)).toBe(true);
  expect(formatOutcome(broken)).toContain('could not be measured: the camera closed the connection');
});
