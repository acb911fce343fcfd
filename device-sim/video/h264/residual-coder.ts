import type { Planes } from '../planes.ts';
import { type CodedBlock, codeBlock, emptyBlock } from './cavlc.ts';
import { type CodedIntra, eightEmpty, predictChroma, predictLuma, sixteenEmpty } from './macroblock.ts';
import {
  chromaQpOf,
  hadamard4,
  inverseTransform,
  type Quantiser,
  quantise,
  quantiseChromaDc,
  quantiseLumaDc,
  quantiserOf,
  transform,
} from './transform.ts';

const clip = (value: number) => (value < 0 ? 0 : Math.min(value, 255));

/** Turns samples into levels at one quantiser. */
export class ResidualCoder {
  readonly qp: number;
  private readonly luma: Quantiser;
  private readonly chroma: Quantiser;
  private readonly block = new Int32Array(16);
  private readonly dc = new Int32Array(16);
  private readonly levels = new Int32Array(16);
  /** Scaled coefficients of a whole macroblock, 24 blocks. */
  private readonly kept = new Int32Array(24 * 16);
  /** What each row of a block is predicted from: the sample to its left. */
  private readonly guesses = new Uint8Array(16);

  constructor(qp: number) {
    this.qp = qp;
    this.luma = quantiserOf(qp);
    this.chroma = quantiserOf(chromaQpOf(qp));
  }

  /**
   * Code one macroblock of `source` as Intra 16×16, predicted from the one to the `left` when there is one, and leave in
   * `decoded` what a decoder sees. Both are views on one macroblock row.
   */
  intra(source: Planes, decoded: Planes, column: number, left: boolean): CodedIntra {
    const { width } = source;
    const lumaMode = left ? this.chooseLuma(source, decoded, column) : predictLuma.mean;
    const mean = lumaMode === predictLuma.mean ? (left ? this.meanLeft(decoded, column) : 128) : -1;

    const { block, dc, kept, guesses, luma: q } = this;
    for (let row = 0; row < 16; row++) guesses[row] = mean >= 0 ? mean : decoded.y[row * width + column * 16 - 1]!;
    let blocks: CodedBlock[] | undefined;
    let differs = 0;
    const round = Math.floor(2 ** q.shift / 3);
    for (let position = 0; position < 16; position++) {
      const from = (position >> 2) * 4 * width + column * 16 + (position & 3) * 4;
      let changed = 0;
      for (let row = 0, k = 0; row < 4; row++) {
        const guess = guesses[(position >> 2) * 4 + row]!;
        for (let at = from + row * width, end = at + 4; at < end; at++) {
          const difference = source.y[at]! - guess;
          block[k++] = difference;
          changed |= difference;
        }
      }
      differs |= changed;
      dc[position] = 0;
      if (changed !== 0) {
        transform(block);
        dc[position] = block[0]!;
        if (quantise(block, q, round, 1, this.levels, 0)) {
          blocks ??= Array<CodedBlock>(16).fill(emptyBlock);
          blocks[position] = codeBlock(this.levels, 0, 15);
        }
      }
      kept.set(block, position * 16);
    }
    let lumaDc = emptyBlock;
    if (differs !== 0) {
      hadamard4(dc);
      if (quantiseLumaDc(dc, q, this.levels)) lumaDc = codeBlock(this.levels, 0, 16);
    }
    if (blocks || lumaDc.total > 0)
      for (let position = 0; position < 16; position++) {
        for (let k = 1; k < 16; k++) block[k] = kept[position * 16 + k]!;
        block[0] = dc[position]!;
        inverseTransform(block);
        const from = (position >> 2) * 4 * width + column * 16 + (position & 3) * 4;
        for (let row = 0, k = 0; row < 4; row++) {
          const guess = guesses[(position >> 2) * 4 + row]!;
          for (let at = from + row * width, end = at + 4; at < end; at++) decoded.y[at] = clip(guess + block[k++]!);
        }
      }
    else
      for (let row = 0; row < 16; row++) {
        const at = row * width + column * 16;
        decoded.y.fill(guesses[row]!, at, at + 16);
      }

    const chroma = this.intraChroma(source, decoded, column, left);
    return {
      lumaMode,
      chromaMode: left ? predictChroma.left : predictChroma.mean,
      residual: {
        lumaDc,
        luma: blocks ?? sixteenEmpty,
        lumaPattern: blocks ? 15 : 0,
        ...chroma,
      },
    };
  }

  private intraChroma(source: Planes, decoded: Planes, column: number, left: boolean) {
    const { block, dc, kept, guesses, chroma: q } = this;
    const stride = source.width >> 1;
    const round = Math.floor(2 ** q.shift / 3);
    const chromaDc: CodedBlock[] = [emptyBlock, emptyBlock];
    let chromaAc: CodedBlock[] | undefined;
    for (let plane = 0; plane < 2; plane++) {
      const [from, to] = plane === 0 ? [source.u, decoded.u] : [source.v, decoded.v];
      for (let row = 0; row < 8; row++) guesses[row] = left ? to[row * stride + column * 8 - 1]! : 128;
      let differs = 0;
      let levels = false;
      for (let i = 0; i < 4; i++) {
        const first = (i >> 1) * 4 * stride + column * 8 + (i & 1) * 4;
        let changed = 0;
        for (let row = 0, k = 0; row < 4; row++) {
          const guess = guesses[(i >> 1) * 4 + row]!;
          for (let at = first + row * stride, end = at + 4; at < end; at++) {
            const difference = from[at]! - guess;
            block[k++] = difference;
            changed |= difference;
          }
        }
        differs |= changed;
        dc[i] = 0;
        if (changed !== 0) {
          transform(block);
          dc[i] = block[0]!;
          if (quantise(block, q, round, 1, this.levels, 0)) {
            chromaAc ??= Array<CodedBlock>(8).fill(emptyBlock);
            chromaAc[plane * 4 + i] = codeBlock(this.levels, 0, 15);
            levels = true;
          }
        }
        kept.set(block, i * 16);
      }
      if (differs !== 0 && quantiseChromaDc(dc, q, true, this.levels, 0)) {
        chromaDc[plane] = codeBlock(this.levels, 0, 4);
        levels = true;
      }
      if (levels)
        for (let i = 0; i < 4; i++) {
          for (let k = 1; k < 16; k++) block[k] = kept[i * 16 + k]!;
          block[0] = dc[i]!;
          inverseTransform(block);
          const first = (i >> 1) * 4 * stride + column * 8 + (i & 1) * 4;
          for (let row = 0, k = 0; row < 4; row++) {
            const guess = guesses[(i >> 1) * 4 + row]!;
            for (let at = first + row * stride, end = at + 4; at < end; at++) to[at] = clip(guess + block[k++]!);
          }
        }
      else
        for (let row = 0; row < 8; row++) {
          const at = row * stride + column * 8;
          to.fill(guesses[row]!, at, at + 8);
        }
    }
    const chromaPattern: 0 | 1 | 2 = chromaAc ? 2 : chromaDc[0]!.total + chromaDc[1]!.total > 0 ? 1 : 0;
    return { chromaDc, chromaAc: chromaAc ?? eightEmpty, chromaPattern };
  }

  private chooseLuma(source: Planes, decoded: Planes, column: number): number {
    const { width } = source;
    const mean = this.meanLeft(decoded, column);
    let byLeft = 0;
    let byMean = 0;
    for (let row = 0; row < 16; row++) {
      const at = row * width + column * 16;
      const guess = decoded.y[at - 1]!;
      for (let x = 0; x < 16; x++) {
        const sample = source.y[at + x]!;
        byLeft += Math.abs(sample - guess);
        byMean += Math.abs(sample - mean);
      }
    }
    return byLeft <= byMean ? predictLuma.left : predictLuma.mean;
  }

  private meanLeft(decoded: Planes, column: number): number {
    let sum = 8;
    for (let row = 0; row < 16; row++) sum += decoded.y[row * decoded.width + column * 16 - 1]!;
    return sum >> 4;
  }
}
