import type { Figure, Row } from './row.ts';

/** A row that ran, or could not. */
export interface Outcome {
  row: Row;
  figures: Figure[];
  seconds: number;
  error?: string;
}

const mark = (ok: boolean | undefined) => (ok === undefined ? ' ' : ok ? '✓' : '✗');

/** Missed, or not measured. */
export const failed = ({ figures, error }: Outcome) => error !== undefined || figures.some(({ ok }) => ok === false);

/** One row for a terminal. */
export function formatOutcome({ row, figures, seconds, error }: Outcome): string {
  const width = Math.max(0, ...figures.map(({ what }) => what.length));
  return [
    `${row.title}  (${row.name}, ${Math.round(seconds)} s)`,
    ...figures.map(({ what, target, measured, beside, ok }) =>
      [`  ${mark(ok)} ${what.padEnd(width)}  ${measured}`, `target ${target}`, beside].filter(Boolean).join('   '),
    ),
    ...(error === undefined ? [] : [`  ✗ could not be measured: ${error}`]),
  ].join('\n');
}

const cell = (text: string) => text.replaceAll('|', '\\|');

/** The figures of docs/benchmarks.md: the table, and how each row is measured. */
export function formatMarkdown(outcomes: readonly Outcome[], about: string): string {
  const lines = outcomes.flatMap(({ row, figures, error }) => [
    ...figures.map(({ what, target, measured, beside, ok }, at) =>
      [at === 0 ? row.title : '', what, target, `**${measured}**`, beside ?? '', mark(ok)].map(cell).join(' | '),
    ),
    ...(error === undefined ? [] : [[row.title, cell(error), '', 'not measured', '', '✗'].join(' | ')]),
  ]);
  return [
    about,
    '',
    '| what | | target | measured | beside it | |',
    '|---|---|---|---|---|---|',
    ...lines.map((line) => `| ${line} |`),
    '',
    ...outcomes.map(({ row }) => `- **${row.title}** (\`${row.name}\`): ${row.method}`),
  ].join('\n');
}
