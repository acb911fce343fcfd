import type { BitWriter } from '../bit-writer.ts';
import { type CodedBlock, emptyBlock, writeBlock } from './cavlc.ts';

/** Transform levels of one macroblock, ready to be written anywhere: only code words that ask neighbours are missing. */
export interface CodedResidual {
  /** Luma DC of an Intra 16×16 macroblock. */
  readonly lumaDc?: CodedBlock;
  /** By raster position in the macroblock's 4×4 grid. */
  readonly luma: readonly CodedBlock[];
  /** One bit for each 8×8 with levels. */
  readonly lumaPattern: number;
  /** Of U and V. */
  readonly chromaDc: readonly CodedBlock[];
  /** U then V, raster order in the 2×2 grid. */
  readonly chromaAc: readonly CodedBlock[];
  /** 0 none, 1 DC, 2 DC and AC. */
  readonly chromaPattern: 0 | 1 | 2;
}

export const eightEmpty: readonly CodedBlock[] = Array<CodedBlock>(8).fill(emptyBlock);
export const sixteenEmpty: readonly CodedBlock[] = Array<CodedBlock>(16).fill(emptyBlock);

/** Figure 6-10: raster position of the 4×4 block with this index. */
export const blockPosition = [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15] as const;

/** An Intra 16×16 macroblock, ready to be written. */
export interface CodedIntra {
  readonly lumaMode: number;
  readonly chromaMode: number;
  readonly residual: CodedResidual;
}

/** The Intra 16×16 and chroma prediction modes in use: slices are one row high, so nothing is predicted from above. */
export const predictLuma = { left: 1, mean: 2 } as const;
export const predictChroma = { mean: 0, left: 1 } as const;

/**
 * Writes Intra 16×16 macroblocks of an I slice, left to right. All lie in one row and nothing lies above, so what a code
 * word asks of its neighbours lies to the left or within the macroblock.
 */
export class RowWriter {
  private readonly bits: BitWriter;
  private available = false;
  /** Totals of the right column of the macroblock to the left. */
  private readonly leftLuma = new Uint8Array(4);
  private readonly leftChroma = new Uint8Array(4);
  private readonly totals = new Uint8Array(16);

  constructor(bits: BitWriter) {
    this.bits = bits;
  }

  /** Begin another slice. */
  reset(): this {
    this.available = false;
    return this;
  }

  intra({ lumaMode, chromaMode, residual }: CodedIntra): void {
    const { bits } = this;
    bits.ue(1 + lumaMode + 4 * residual.chromaPattern + (residual.lumaPattern > 0 ? 12 : 0));
    bits.ue(chromaMode).se(0);
    writeBlock(bits, residual.lumaDc ?? emptyBlock, this.contextOf(this.available ? this.leftLuma[0]! : -1, -1));
    this.writeResidual(residual);
  }

  /** Mean of the totals to the left and above, whichever there are (§9.2.1). */
  private contextOf(left: number, above: number): number {
    if (left < 0) return Math.max(above, 0);
    return above < 0 ? left : (left + above + 1) >> 1;
  }

  private writeResidual(residual: CodedResidual): void {
    const { bits, totals, leftLuma, leftChroma, available } = this;
    for (let i = 0; i < 16; i++) {
      const position = blockPosition[i]!;
      if (((residual.lumaPattern >> (i >> 2)) & 1) === 0) {
        totals[position] = 0;
        continue;
      }
      const column = position & 3;
      const left = column > 0 ? totals[position - 1]! : available ? leftLuma[position >> 2]! : -1;
      const above = position > 3 ? totals[position - 4]! : -1;
      const block = residual.luma[position]!;
      writeBlock(bits, block, this.contextOf(left, above));
      totals[position] = block.total;
    }
    for (let row = 0; row < 4; row++) leftLuma[row] = totals[row * 4 + 3]!;

    if (residual.chromaPattern > 0) for (const block of residual.chromaDc) writeBlock(bits, block, -1);
    if (residual.chromaPattern < 2) leftChroma.fill(0);
    else
      for (let plane = 0; plane < 8; plane += 4) {
        for (let i = 0; i < 4; i++) {
          const left = (i & 1) > 0 ? totals[plane + i - 1]! : available ? leftChroma[(plane >> 1) + (i >> 1)]! : -1;
          const above = i > 1 ? totals[plane + i - 2]! : -1;
          const block = residual.chromaAc[plane + i]!;
          writeBlock(bits, block, this.contextOf(left, above));
          totals[plane + i] = block.total;
        }
        leftChroma[plane >> 1] = totals[plane + 1]!;
        leftChroma[(plane >> 1) + 1] = totals[plane + 3]!;
      }
    this.available = true;
  }
}
