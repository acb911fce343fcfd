/** Core transforms of 8×8 and 16×16 and their quantiser (H.265 §8.6). Blocks are in raster order. */

/** 64·√2·cos(πj/32), rounded as the standard does it. */
const cosines = [64, 90, 89, 87, 83, 80, 75, 70, 64, 57, 50, 43, 36, 25, 18, 9, 0];

function matrixOf(size: number): Int32Array {
  const matrix = new Int32Array(size * size);
  for (let k = 0; k < size; k++)
    for (let n = 0; n < size; n++) {
      if (k === 0) {
        matrix[n] = 64;
        continue;
      }
      const angle = (k * (2 * n + 1) * (16 / size)) % 64;
      const folded = angle > 32 ? 64 - angle : angle;
      matrix[k * size + n] = folded > 16 ? -cosines[32 - folded]! : cosines[folded]!;
    }
  return matrix;
}

const forwardScales = [26214, 23302, 20560, 18396, 16384, 14564];
const inverseScales = [40, 45, 51, 57, 64, 72];

/** Table 8-10: quantiser of chroma by that of luma, from 30 to 43. */
const chromaQps = [29, 30, 31, 32, 33, 33, 34, 34, 35, 35, 36, 36, 37, 37];
export const chromaQpOf = (qp: number) => (qp < 30 ? qp : qp > 43 ? qp - 6 : chromaQps[qp - 30]!);

/** Transforms blocks of one size at one quantiser, there and back. */
export class BlockTransform {
  private readonly size: number;
  private readonly log2: number;
  private readonly matrix: Int32Array;
  private readonly scratch: Int32Array;
  private readonly even: Int32Array;
  private readonly odd: Int32Array;
  private readonly forwardScale: number;
  private readonly shift: number;
  private readonly round: number;
  private readonly inverseScale: number;
  /** Rows of the newest levels, up to the last that is not empty. */
  private rows = 0;

  constructor(size: 8 | 16, qp: number) {
    this.size = size;
    this.log2 = size === 8 ? 3 : 4;
    this.matrix = matrixOf(size);
    this.scratch = new Int32Array(size * size);
    this.even = new Int32Array(size / 2);
    this.odd = new Int32Array(size / 2);
    this.forwardScale = forwardScales[qp % 6]!;
    this.shift = 14 + Math.floor(qp / 6) + (15 - 8 - this.log2);
    // A third, as is usual for intra blocks.
    this.round = Math.floor(2 ** this.shift / 3);
    this.inverseScale = inverseScales[qp % 6]! * 16 * 2 ** Math.floor(qp / 6);
  }

  /** Differences in `block` become levels in `levels`. False: all are zero. */
  forward(block: Int32Array, levels: Int32Array): boolean {
    const { size, scratch, log2 } = this;
    this.forwardLines(block, scratch, log2 - 1);
    this.forwardLines(scratch, block, log2 + 6);
    let last = -1;
    const scale = 2 ** this.shift;
    /** From here on a coefficient does not become zero. */
    const least = (scale - this.round) / this.forwardScale;
    for (let i = 0; i < size * size; i++) {
      const value = block[i]!;
      const absolute = value < 0 ? -value : value;
      if (absolute < least) {
        levels[i] = 0;
        continue;
      }
      const magnitude = Math.floor((absolute * this.forwardScale + this.round) / scale);
      levels[i] = value < 0 ? -magnitude : magnitude;
      last = i;
    }
    this.rows = (last >> log2) + 1;
    return last >= 0;
  }

  /** Levels that `forward` has just given become the differences a decoder adds, in `block`. */
  inverse(levels: Int32Array, block: Int32Array): void {
    const { size, scratch, log2 } = this;
    const half = 2 ** (log2 + 2);
    for (let i = 0; i < size * size; i++)
      block[i] =
        levels[i] === 0
          ? 0
          : Math.min(32767, Math.max(-32768, Math.floor((levels[i]! * this.inverseScale + half) / (2 * half))));
    this.inverseLines(block, scratch, 7, this.rows);
    this.inverseLines(scratch, block, 12, size);
  }

  /** Transform each row of `from` into a column of `to`. */
  private forwardLines(from: Int32Array, to: Int32Array, shift: number): void {
    const { size, matrix, even, odd } = this;
    const half = size >> 1;
    const round = 1 << (shift - 1);
    for (let line = 0; line < size; line++) {
      const at = line * size;
      for (let n = 0; n < half; n++) {
        const a = from[at + n]!;
        const b = from[at + size - 1 - n]!;
        even[n] = a + b;
        odd[n] = a - b;
      }
      for (let k = 0; k < size; k++) {
        const half1 = (k & 1) === 0 ? even : odd;
        let sum = round;
        for (let n = 0; n < half; n++) sum += matrix[k * size + n]! * half1[n]!;
        to[k * size + line] = sum >> shift;
      }
    }
  }

  /** Transform each column of `from`, of which `rows` are not empty, back into a row of `to`. */
  private inverseLines(from: Int32Array, to: Int32Array, shift: number, rows: number): void {
    const { size, matrix, even, odd } = this;
    const half = size >> 1;
    const round = 1 << (shift - 1);
    for (let line = 0; line < size; line++) {
      let first = 0;
      while (first < rows && from[first * size + line] === 0) first++;
      if (first === rows) {
        // Most columns of levels are empty.
        to.fill(0, line * size, (line + 1) * size);
        continue;
      }
      even.fill(round);
      odd.fill(0);
      for (let k = first; k < rows; k++) {
        const value = from[k * size + line]!;
        if (value === 0) continue;
        const sums = (k & 1) === 0 ? even : odd;
        for (let n = 0; n < half; n++) sums[n]! += matrix[k * size + n]! * value;
      }
      const at = line * size;
      for (let n = 0; n < half; n++) {
        to[at + n] = clip16((even[n]! + odd[n]!) >> shift);
        to[at + size - 1 - n] = clip16((even[n]! - odd[n]!) >> shift);
      }
    }
  }
}

const clip16 = (value: number) => (value < -32768 ? -32768 : value > 32767 ? 32767 : value);
