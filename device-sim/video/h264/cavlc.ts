import type { BitWriter } from '../bit-writer.ts';

/**
 * Context-adaptive variable length coding of transform levels (§9.2). A block is prepared once: everything but its first
 * code word is independent of its neighbours, so prepared blocks are kept and written again anywhere.
 */

/** Table 9-5, code lengths and code words at [4 × levels + trailing ones], for 0 ≤ nC < 2, < 4, < 8. */
const tokenLengths = [
  [
    1, 0, 0, 0, 6, 2, 0, 0, 8, 6, 3, 0, 9, 8, 7, 5, 10, 9, 8, 6, 11, 10, 9, 7, 13, 11, 10, 8, 13, 13, 11, 9, 13, 13, 13,
    10, 14, 14, 13, 11, 14, 14, 14, 13, 15, 15, 14, 14, 15, 15, 15, 14, 16, 15, 15, 15, 16, 16, 16, 15, 16, 16, 16, 16,
    16, 16, 16, 16,
  ],
  [
    2, 0, 0, 0, 6, 2, 0, 0, 6, 5, 3, 0, 7, 6, 6, 4, 8, 6, 6, 4, 8, 7, 7, 5, 9, 8, 8, 6, 11, 9, 9, 6, 11, 11, 11, 7, 12,
    11, 11, 9, 12, 12, 12, 11, 12, 12, 12, 11, 13, 13, 13, 12, 13, 13, 13, 13, 13, 14, 13, 13, 14, 14, 14, 13, 14, 14,
    14, 14,
  ],
  [
    4, 0, 0, 0, 6, 4, 0, 0, 6, 5, 4, 0, 6, 5, 5, 4, 7, 5, 5, 4, 7, 5, 5, 4, 7, 6, 6, 4, 7, 6, 6, 4, 8, 7, 7, 5, 8, 8, 7,
    6, 9, 8, 8, 7, 9, 9, 8, 8, 9, 9, 9, 8, 10, 9, 9, 9, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10,
  ],
];
const tokenWords = [
  [
    1, 0, 0, 0, 5, 1, 0, 0, 7, 4, 1, 0, 7, 6, 5, 3, 7, 6, 5, 3, 7, 6, 5, 4, 15, 6, 5, 4, 11, 14, 5, 4, 8, 10, 13, 4, 15,
    14, 9, 4, 11, 10, 13, 12, 15, 14, 9, 12, 11, 10, 13, 8, 15, 1, 9, 12, 11, 14, 13, 8, 7, 10, 9, 12, 4, 6, 5, 8,
  ],
  [
    3, 0, 0, 0, 11, 2, 0, 0, 7, 7, 3, 0, 7, 10, 9, 5, 7, 6, 5, 4, 4, 6, 5, 6, 7, 6, 5, 8, 15, 6, 5, 4, 11, 14, 13, 4,
    15, 10, 9, 4, 11, 14, 13, 12, 8, 10, 9, 8, 15, 14, 13, 12, 11, 10, 9, 12, 7, 11, 6, 8, 9, 8, 10, 1, 7, 6, 5, 4,
  ],
  [
    15, 0, 0, 0, 15, 14, 0, 0, 11, 15, 13, 0, 8, 12, 14, 12, 15, 10, 11, 11, 11, 8, 9, 10, 9, 14, 13, 9, 8, 10, 9, 8,
    15, 14, 13, 13, 11, 14, 10, 12, 15, 10, 13, 12, 11, 14, 9, 12, 8, 10, 13, 8, 13, 7, 9, 12, 9, 12, 11, 10, 5, 8, 7,
    6, 1, 4, 3, 2,
  ],
];
const chromaDcTokenLengths = [2, 0, 0, 0, 6, 1, 0, 0, 6, 6, 3, 0, 6, 7, 7, 6, 6, 8, 8, 7];
const chromaDcTokenWords = [1, 0, 0, 0, 7, 1, 0, 0, 4, 6, 1, 0, 3, 3, 2, 5, 2, 3, 2, 0];

/** Tables 9-7 and 9-8: total_zeros by number of levels (1…15). */
const totalZerosLengths = [
  [1, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 9],
  [3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 6, 6],
  [4, 3, 3, 3, 4, 4, 3, 3, 4, 5, 5, 6, 5, 6],
  [5, 3, 4, 4, 3, 3, 3, 4, 3, 4, 5, 5, 5],
  [4, 4, 4, 3, 3, 3, 3, 3, 4, 5, 4, 5],
  [6, 5, 3, 3, 3, 3, 3, 3, 4, 3, 6],
  [6, 5, 3, 3, 3, 2, 3, 4, 3, 6],
  [6, 4, 5, 3, 2, 2, 3, 3, 6],
  [6, 6, 4, 2, 2, 3, 2, 5],
  [5, 5, 3, 2, 2, 2, 4],
  [4, 4, 3, 3, 1, 3],
  [4, 4, 2, 1, 3],
  [3, 3, 1, 2],
  [2, 2, 1],
  [1, 1],
];
const totalZerosWords = [
  [1, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 1],
  [7, 6, 5, 4, 3, 5, 4, 3, 2, 3, 2, 3, 2, 1, 0],
  [5, 7, 6, 5, 4, 3, 4, 3, 2, 3, 2, 1, 1, 0],
  [3, 7, 5, 4, 6, 5, 4, 3, 3, 2, 2, 1, 0],
  [5, 4, 3, 7, 6, 5, 4, 3, 2, 1, 1, 0],
  [1, 1, 7, 6, 5, 4, 3, 2, 1, 1, 0],
  [1, 1, 5, 4, 3, 3, 2, 1, 1, 0],
  [1, 1, 1, 3, 3, 2, 2, 1, 0],
  [1, 0, 1, 3, 2, 1, 1, 1],
  [1, 0, 1, 3, 2, 1, 1],
  [0, 1, 1, 2, 1, 3],
  [0, 1, 1, 1, 1],
  [0, 1, 1, 1],
  [0, 1, 1],
  [0, 1],
];
/** Table 9-9 (a): total_zeros of a 2×2 chroma block. */
const chromaDcZerosLengths = [
  [1, 2, 3, 3],
  [1, 2, 2],
  [1, 1],
];
const chromaDcZerosWords = [
  [1, 1, 1, 0],
  [1, 1, 0],
  [1, 0],
];
/** Table 9-10: run_before by zeros left (1…6, more). */
const runLengths = [
  [1, 1],
  [1, 2, 2],
  [2, 2, 2, 2],
  [2, 2, 2, 3, 3],
  [2, 2, 3, 3, 3, 3],
  [2, 3, 3, 3, 3, 3, 3],
  [3, 3, 3, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11],
];
const runWords = [
  [1, 0],
  [1, 1, 0],
  [3, 2, 1, 0],
  [3, 2, 1, 1, 0],
  [3, 2, 3, 2, 1, 0],
  [3, 0, 1, 3, 2, 5, 4],
  [7, 6, 5, 4, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1],
];

/** The tables of this file by name, for the test that they are prefix codes. */
export const cavlcTables = {
  token: tokenLengths.map((lengths, i) => [lengths, tokenWords[i]!] as const),
  chromaDcToken: [[chromaDcTokenLengths, chromaDcTokenWords] as const],
  totalZeros: totalZerosLengths.map((lengths, i) => [lengths, totalZerosWords[i]!] as const),
  chromaDcZeros: chromaDcZerosLengths.map((lengths, i) => [lengths, chromaDcZerosWords[i]!] as const),
  run: runLengths.map((lengths, i) => [lengths, runWords[i]!] as const),
};

/** Levels of one block, coded but for the token that depends on the neighbours. */
export interface CodedBlock {
  /** Number of levels that are not zero: what neighbours ask for. */
  readonly total: number;
  readonly ones: number;
  /** Pieces of 24 bits, the last one of `lastBits`. */
  readonly pieces: readonly number[];
  readonly lastBits: number;
}

/** A block without levels. */
export const emptyBlock: CodedBlock = { total: 0, ones: 0, pieces: [], lastBits: 0 };

/** Gathers bits in pieces that BitWriter.put takes. */
class Pieces {
  readonly done: number[] = [];
  private held = 0;
  private count = 0;

  put(value: number, bits: number): void {
    if (this.count + bits <= 24) {
      this.held = (this.held << bits) | value;
      this.count += bits;
      return;
    }
    const first = 24 - this.count;
    const rest = bits - first;
    this.done.push(((this.held << first) | (value >>> rest)) & 0xffffff);
    this.held = value & ((1 << rest) - 1);
    this.count = rest;
  }

  end(): { pieces: number[]; lastBits: number } {
    if (this.count > 0) this.done.push(this.held);
    return { pieces: this.done, lastBits: this.count > 0 ? this.count : 24 };
  }
}

/**
 * Prepare `size` levels at `levels[from…]`, in scan order. `size` is 16 for a whole block, 15 without DC and 4 for
 * chroma DC.
 */
export function codeBlock(levels: ArrayLike<number>, from: number, size: number): CodedBlock {
  let last = size - 1;
  while (last >= 0 && levels[from + last] === 0) last--;
  if (last < 0) return emptyBlock;

  let total = 0;
  let ones = 0;
  let onesEnded = false;
  for (let i = last; i >= 0; i--) {
    const level = levels[from + i]!;
    if (level === 0) continue;
    total++;
    if (onesEnded || ones === 3 || (level !== 1 && level !== -1)) onesEnded = true;
    else ones++;
  }

  const bits = new Pieces();
  let seen = 0;
  let suffix = total > 10 && ones < 3 ? 1 : 0;
  for (let i = last; i >= 0; i--) {
    const level = levels[from + i]!;
    if (level === 0) continue;
    if (seen < ones) bits.put(level < 0 ? 1 : 0, 1);
    else suffix = codeLevel(bits, level, suffix, seen === ones && ones < 3);
    seen++;
  }

  if (total < size) {
    const zeros = last + 1 - total;
    const [lengths, words] =
      size === 4
        ? [chromaDcZerosLengths[total - 1]!, chromaDcZerosWords[total - 1]!]
        : [totalZerosLengths[total - 1]!, totalZerosWords[total - 1]!];
    bits.put(words[zeros]!, lengths[zeros]!);
    let left = zeros;
    let run = 0;
    let uncoded = total - 1;
    for (let i = last - 1; i >= 0 && left > 0 && uncoded > 0; i--) {
      if (levels[from + i] === 0) {
        run++;
        continue;
      }
      const table = Math.min(left, 7) - 1;
      bits.put(runWords[table]![run]!, runLengths[table]![run]!);
      left -= run;
      run = 0;
      uncoded--;
    }
  }
  return { total, ones, ...bits.end() };
}

/** level_prefix and level_suffix (§9.2.2.1); returns the suffix length for the next level. */
function codeLevel(bits: Pieces, level: number, suffix: number, first: boolean): number {
  let code = level > 0 ? 2 * level - 2 : -2 * level - 1;
  if (first) code -= 2;
  if (suffix === 0) {
    if (code < 14) bits.put(1, code + 1);
    else if (code < 30) {
      bits.put(1, 15);
      bits.put(code - 14, 4);
    } else {
      bits.put(1, 16);
      bits.put(code - 30, 12);
    }
  } else if (code < 15 << suffix) {
    bits.put(1, (code >> suffix) + 1);
    bits.put(code & ((1 << suffix) - 1), suffix);
  } else {
    bits.put(1, 16);
    bits.put(code - (15 << suffix), 12);
  }
  const next = suffix === 0 ? 1 : suffix;
  return next < 6 && Math.abs(level) > 3 << (next - 1) ? next + 1 : next;
}

/** Write a block whose neighbours have `nC` levels; nC is -1 for chroma DC. */
export function writeBlock(bits: BitWriter, block: CodedBlock, nC: number): void {
  const at = 4 * block.total + block.ones;
  if (nC < 0) bits.put(chromaDcTokenWords[at]!, chromaDcTokenLengths[at]!);
  else if (nC < 8) {
    const table = nC < 2 ? 0 : nC < 4 ? 1 : 2;
    bits.put(tokenWords[table]![at]!, tokenLengths[table]![at]!);
  } else bits.put(block.total === 0 ? 3 : ((block.total - 1) << 2) | block.ones, 6);
  const { pieces, lastBits } = block;
  const end = pieces.length - 1;
  for (let i = 0; i < end; i++) bits.put(pieces[i]!, 24);
  if (end >= 0) bits.put(pieces[end]!, lastBits);
}
