import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Program, runProgram } from '../core/runtime/program.ts';
import { hint, setting, UsageError } from '../core/runtime/settings.ts';
import { createHouseMaker } from './bench/house.ts';
import { busyNote, machine } from './bench/machine.ts';
import { failed, formatMarkdown, formatOutcome, type Outcome } from './bench/report.ts';
import type { Bench, Row } from './bench/row.ts';
import { rows } from './bench/rows/index.ts';

const fields = {
  only: setting.list('measure this row, may be given several times', 'ROW'),
  quick: setting.toggle('rough figures in about a minute'),
  markdown: setting.toggle('print the table as docs/benchmarks.md holds it'),
};

const width = Math.max(...rows.map(({ name }) => name.length)) + 2;

/** `vigil bench`: every number the design promises, against a bare baseline of the same run. */
const program: Program<typeof fields> = {
  name: 'bench',
  summary: 'Measure what the design promises, each figure beside a bare baseline of the same run',
  fields,
  examples: [
    'Rows:',
    ...rows.map(({ name, title }) => `  ${name.padEnd(width)}${title}`),
    '',
    'Examples:',
    '  npm run bench',
    '  npm run -s vigil -- bench --quick --only onvif-cpu --only fan-out',
    '  npm run -s vigil -- bench --markdown > table.md',
    '',
    'bench soak --help and bench fuzz --help tell of the two long trials.',
  ].join('\n'),
  async run(settings, deps, output) {
    if (process.platform !== 'linux')
      throw new UsageError('the bench reads CPU time and memory of processes in /proc: it runs on Linux only');
    const chosen = settings.only.length > 0 ? settings.only.map(findRow) : rows;
    const busy = busyNote();
    const say = (object: object, text: string) => {
      if (!settings.markdown || output.json) output.say(object, text);
      else output.note(text);
    };
    say({ type: 'machine', machine: machine(), quick: settings.quick, ...(busy ? { busy } : {}) }, machine());
    if (busy) output.note(busy);

    using houses = createHouseMaker();
    const bench: Bench = {
      quick: settings.quick,
      deps,
      note: output.note,
      folder() {
        const path = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
        return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
      },
      house: houses.house,
    };
    const outcomes: Outcome[] = [];
    for (const row of chosen) {
      output.note(`\n${row.title} …`);
      const outcome = await measure(row, bench);
      outcomes.push(outcome);
      const { figures, seconds, error } = outcome;
      say({ type: 'row', row: row.name, title: row.title, figures, seconds, error }, formatOutcome(outcome));
    }
    const missed = outcomes.filter(failed);
    if (settings.markdown && !output.json) process.stdout.write(`${formatMarkdown(outcomes, about(settings.quick))}\n`);
    say(
      { type: 'verdict', rows: outcomes.length, missed: missed.map(({ row }) => row.name) },
      missed.length === 0
        ? `\nAll ${outcomes.length} rows reach their targets.`
        : `\n${missed.length} of ${outcomes.length} rows miss a target: ${missed.map(({ row }) => row.name).join(', ')}`,
    );
    return missed.length === 0 ? 0 : 1;
  },
};

const about = (quick: boolean) => `Measured on ${machine()}${quick ? ' (rough: --quick)' : ''}.`;

function findRow(name: string): Row {
  const found = rows.find((row) => row.name === name);
  if (found) return found;
  const names = rows.map((row) => row.name);
  throw new UsageError(`there is no row "${name}"${hint(name, names) || `; there are ${names.join(', ')}`}`);
}

/** A row that fails says why and does not keep the others from being measured. */
async function measure(row: Row, bench: Bench): Promise<Outcome> {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  try {
    return { row, figures: await row.run(bench), seconds: seconds() };
  } catch (error) {
    return { row, figures: [], seconds: seconds(), error: error instanceof Error ? error.message : String(error) };
  }
}

/** Run `bench`, or one of its long trials. */
export async function main([first, ...rest]: string[]): Promise<number> {
  if (first === 'fuzz') return runProgram((await import('./bench-fuzz.ts')).program, rest);
  if (first === 'soak') return runProgram((await import('./bench-soak.ts')).program, rest);
  return runProgram(program, first === undefined ? [] : [first, ...rest]);
}
