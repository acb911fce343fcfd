import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { House } from './house.ts';

/** One measured figure against its target. */
export interface Figure {
  /** What was measured, with its unit where the value has none. */
  what: string;
  target: string;
  /** As a person reads it. */
  measured: string;
  /** The bare baseline of the same run, or other figures that explain this one. */
  beside?: string;
  /** Undefined: told for comparison only, nothing is promised. */
  ok?: boolean;
}

/** What a row is given to measure with. */
export interface Bench {
  /** Rough figures in seconds instead of sound ones in minutes. */
  quick: boolean;
  deps: RuntimeDeps;
  /** Progress for a person. */
  note(text: string): void;
  /** An empty folder, gone when it is disposed. */
  folder(): Disposable & { path: string };
  /** A gateway's folder with paired cameras; made once, each caller gets a copy of its own. */
  house(): Promise<House>;
}

/** One row of the table (DESIGN §11). */
export interface Row {
  name: string;
  title: string;
  /** How it is measured, in a sentence or two: docs/benchmarks.md prints it. */
  method: string;
  run(bench: Bench): Promise<Figure[]>;
}

/** The middle of some numbers; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The value that `share` of the numbers do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

/** Three significant digits, and no exponent. */
export const short = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
