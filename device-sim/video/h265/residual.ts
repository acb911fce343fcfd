import type { CabacEncoder } from './cabac.ts';
import { contexts } from './contexts.ts';

/** Up-right diagonal scan of a square (§6.5.3), as x and y by scan index. */
function diagonal(size: number): readonly (readonly [x: number, y: number])[] {
  const order: [number, number][] = [];
  for (let sum = 0; sum < 2 * size - 1; sum++)
    for (let x = Math.max(0, sum - size + 1); x <= Math.min(sum, size - 1); x++) order.push([x, sum - x]);
  return order;
}

const inSubBlock = diagonal(4);
const subBlocks = { 8: diagonal(2), 16: diagonal(4) } as const;

/** Context of sig_coeff_flag within a sub-block, by which neighbours have levels (right 1, below 2) and by y · 4 + x. */
const patterns = [0, 1, 2, 3].map((neighbours) =>
  Uint8Array.from({ length: 16 }, (_, at) => {
    const [x, y] = [at & 3, at >> 2];
    if (neighbours === 3) return 2;
    if (neighbours === 0) return x + y === 0 ? 2 : x + y < 3 ? 1 : 0;
    const along = neighbours === 1 ? y : x;
    return along === 0 ? 2 : along === 1 ? 1 : 0;
  }),
);

/** Last positions: prefix by coordinate, and the first coordinate of each prefix. */
const prefixes = [0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7];
const firstOfPrefix = [0, 1, 2, 3, 4, 6, 8, 12];

/** Levels of a sub-block that have a flag for being greater than one. */
const most1Flags = 8;

/** Writes residual_coding (§7.3.8.11) of blocks with at least one level: no transform skip, no hidden signs, one scan. */
export class ResidualWriter {
  private readonly cabac: CabacEncoder;
  private readonly withLevels = new Uint8Array(16);
  private readonly sizes = new Int32Array(16);

  constructor(cabac: CabacEncoder) {
    this.cabac = cabac;
  }

  write(levels: Int32Array, size: 8 | 16, luma: boolean): void {
    const { cabac, withLevels } = this;
    const grid = subBlocks[size];
    const across = size >> 2;
    let [lastBlock, lastAt] = [-1, -1];
    withLevels.fill(0);
    for (let block = 0; block < grid.length; block++) {
      const [bx, by] = grid[block]!;
      for (let at = 0; at < 16; at++) {
        const [x, y] = inSubBlock[at]!;
        if (levels[(by * 4 + y) * size + bx * 4 + x] === 0) continue;
        withLevels[by * across + bx] = 1;
        [lastBlock, lastAt] = [block, at];
      }
    }
    this.lastPosition(grid[lastBlock]!, inSubBlock[lastAt]!, size, luma);

    /** Was a level greater than one among those of the sub-block before? */
    let carried = false;
    for (let block = lastBlock; block >= 0; block--) {
      const [bx, by] = grid[block]!;
      const right = bx + 1 < across ? withLevels[by * across + bx + 1]! : 0;
      const below = by + 1 < across ? withLevels[(by + 1) * across + bx]! : 0;
      const coded = withLevels[by * across + bx]!;
      const inferred = block === lastBlock || block === 0;
      if (!inferred) {
        cabac.bin(contexts.codedSubBlock + (right | below) + (luma ? 0 : 2), coded);
        if (coded === 0) continue;
      }
      const pattern = patterns[right | (below << 1)]!;
      let count = 0;
      let negative = 0;
      let dcFollows = !inferred;
      for (let at = block === lastBlock ? lastAt : 15; at >= 0; at--) {
        const [x, y] = inSubBlock[at]!;
        const level = levels[(by * 4 + y) * size + bx * 4 + x]!;
        const known = (block === lastBlock && at === lastAt) || (at === 0 && dcFollows);
        if (!known)
          cabac.bin(contexts.significant + significance(pattern, bx, by, x, y, size, luma), level === 0 ? 0 : 1);
        if (level === 0) continue;
        dcFollows = false;
        this.sizes[count++] = level < 0 ? -level : level;
        negative = (negative << 1) | (level < 0 ? 1 : 0);
      }
      if (count > 0) carried = this.subBlock(count, negative, (block > 0 && luma ? 2 : 0) + (carried ? 1 : 0), luma);
    }
  }

  /** last_sig_coeff_x and y. */
  private lastPosition(
    [bx, by]: readonly [number, number],
    [x, y]: readonly [number, number],
    size: 8 | 16,
    luma: boolean,
  ): void {
    const { cabac } = this;
    const log2 = size === 8 ? 3 : 4;
    const offset = luma ? 3 * (log2 - 2) + ((log2 - 1) >> 2) : 15;
    const shift = luma ? (log2 + 1) >> 2 : log2 - 2;
    const most = 2 * log2 - 1;
    const position = [bx * 4 + x, by * 4 + y] as const;
    for (const [first, coordinate] of [
      [contexts.lastX, position[0]],
      [contexts.lastY, position[1]],
    ] as const) {
      const prefix = prefixes[coordinate]!;
      for (let i = 0; i < prefix; i++) cabac.bin(first + offset + (i >> shift), 1);
      if (prefix < most) cabac.bin(first + offset + (prefix >> shift), 0);
    }
    for (const coordinate of position) {
      const prefix = prefixes[coordinate]!;
      if (prefix > 3) cabac.bypass(coordinate - firstOfPrefix[prefix]!, (prefix - 2) >> 1);
    }
  }

  /** Sizes and signs of one sub-block's levels. Returns whether one of the flagged ones is greater than one. */
  private subBlock(count: number, negative: number, set: number, luma: boolean): boolean {
    const { cabac, sizes } = this;
    let greater1 = 1;
    let first = -1;
    for (let i = 0; i < Math.min(count, most1Flags); i++) {
      const greater = sizes[i]! > 1;
      cabac.bin(contexts.greater1 + set * 4 + greater1 + (luma ? 0 : 16), greater ? 1 : 0);
      if (greater) {
        if (first < 0) first = i;
        greater1 = 0;
      } else if (greater1 > 0 && greater1 < 3) greater1++;
    }
    if (first >= 0) cabac.bin(contexts.greater2 + set + (luma ? 0 : 4), sizes[first]! > 2 ? 1 : 0);
    cabac.bypass(negative, count);
    let rice = 0;
    for (let i = 0; i < count; i++) {
      const flagged = i >= most1Flags ? 1 : i === first ? 3 : 2;
      if (sizes[i]! < flagged) continue;
      this.remaining(sizes[i]! - flagged, rice);
      if (sizes[i]! > 3 << rice) rice = Math.min(4, rice + 1);
    }
    return greater1 === 0;
  }

  /** coeff_abs_level_remaining (§9.3.3.11). */
  private remaining(value: number, rice: number): void {
    const { cabac } = this;
    const prefix = value >> rice;
    if (prefix < 4) {
      cabac.bypass((1 << (prefix + 1)) - 2, prefix + 1);
      cabac.bypass(value & ((1 << rice) - 1), rice);
      return;
    }
    // Exp-Golomb of the next order, behind four ones.
    let rest = value - (4 << rice);
    let length = rice + 1;
    let ones = 4;
    for (; rest >= 1 << length; length++, ones++) rest -= 1 << length;
    cabac.bypass(2 ** (ones + 1) - 2, ones + 1);
    cabac.bypass(rest, length);
  }
}

/** ctxInc of sig_coeff_flag (§9.3.4.2.5). */
function significance(
  pattern: Uint8Array,
  bx: number,
  by: number,
  x: number,
  y: number,
  size: 8 | 16,
  luma: boolean,
): number {
  if (bx + by + x + y === 0) return luma ? 0 : 27;
  const near = pattern[y * 4 + x]!;
  if (!luma) return 27 + near + (size === 8 ? 9 : 12);
  return near + (bx + by > 0 ? 3 : 0) + (size === 8 ? 9 : 21);
}
