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

export const fourEmpty: readonly CodedBlock[] = Array<CodedBlock>(4).fill(emptyBlock);
export const eightEmpty: readonly CodedBlock[] = Array<CodedBlock>(8).fill(emptyBlock);
export const sixteenEmpty: readonly CodedBlock[] = Array<CodedBlock>(16).fill(emptyBlock);

export const emptyResidual: CodedResidual = {
  luma: sixteenEmpty,
  lumaPattern: 0,
  chromaDc: [emptyBlock, emptyBlock],
  chromaAc: eightEmpty,
  chromaPattern: 0,
};

/** Figure 6-10: raster position of the 4×4 block with this index. */
export const blockPosition = [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15] as const;

/** Table 9-4 backwards: code number of coded_block_pattern for Inter macroblocks. */
const interPatterns = [
  0, 16, 1, 2, 4, 8, 32, 3, 5, 10, 12, 15, 47, 7, 11, 13, 14, 6, 9, 31, 35, 37, 42, 44, 33, 34, 36, 40, 39, 43, 45, 46,
  17, 18, 20, 24, 19, 21, 26, 28, 23, 27, 29, 30, 22, 25, 38, 41,
];
const interPatternCodes = interPatterns.reduce<number[]>((codes, pattern, code) => {
  codes[pattern] = code;
  return codes;
}, []);

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
 * Writes the macroblocks of one slice that is one macroblock row high, left to right. With nothing above, what a code
 * word asks of its neighbours lies to the left or within the macroblock, and skipped macroblocks never move (§8.4.1.1).
 */
export class RowWriter {
  private readonly bits: BitWriter;
  private readonly intraSlice: boolean;
  private available = false;
  private skipped = 0;
  private vector = 0;
  /** Totals of the right column of the macroblock to the left. */
  private readonly leftLuma = new Uint8Array(4);
  private readonly leftChroma = new Uint8Array(4);
  private readonly totals = new Uint8Array(16);

  constructor(bits: BitWriter, kind: 'I' | 'P') {
    this.bits = bits;
    this.intraSlice = kind === 'I';
  }

  /** Begin another slice. */
  reset(): this {
    this.available = false;
    this.skipped = 0;
    this.vector = 0;
    return this;
  }

  /** P_Skip: what the reference shows. */
  skip(count: number): void {
    if (count <= 0) return;
    this.skipped += count;
    this.available = true;
    this.vector = 0;
    this.leftLuma.fill(0);
    this.leftChroma.fill(0);
  }

  /** P_L0_16x16: the reference, moved sideways by whole samples, plus a residual. */
  inter(moveBy: number, residual: CodedResidual = emptyResidual): void {
    const { bits } = this;
    this.endSkip();
    bits.ue(0);
    const vector = moveBy * 4;
    bits.se(vector - this.vector).se(0);
    const pattern = residual.lumaPattern | (residual.chromaPattern << 4);
    bits.ue(interPatternCodes[pattern]!);
    if (pattern > 0) bits.se(0);
    this.writeResidual(residual);
    this.vector = vector;
  }

  /** Intra 16×16 (of I slices). */
  intra({ lumaMode, chromaMode, residual }: CodedIntra): void {
    const { bits } = this;
    this.endSkip();
    const type = 1 + lumaMode + 4 * residual.chromaPattern + (residual.lumaPattern > 0 ? 12 : 0);
    bits.ue(this.intraSlice ? type : 5 + type);
    bits.ue(chromaMode).se(0);
    writeBlock(bits, residual.lumaDc ?? emptyBlock, this.contextOf(this.available ? this.leftLuma[0]! : -1, -1));
    this.writeResidual(residual);
    this.vector = 0;
  }

  /** I_PCM: 384 samples as they are. */
  pcm(samples: Uint8Array): void {
    const { bits } = this;
    this.endSkip();
    bits
      .ue(this.intraSlice ? 25 : 30)
      .align()
      .append(samples);
    this.available = true;
    this.vector = 0;
    this.leftLuma.fill(16);
    this.leftChroma.fill(16);
  }

  /** Close the slice data. */
  end(): void {
    if (!this.intraSlice && this.skipped > 0) this.bits.ue(this.skipped);
    this.skipped = 0;
  }

  private endSkip(): void {
    if (this.intraSlice) return;
    this.bits.ue(this.skipped);
    this.skipped = 0;
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
