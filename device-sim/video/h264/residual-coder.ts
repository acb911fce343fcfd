import type { Planes } from '../planes.ts';
import { type CodedBlock, codeBlock, emptyBlock } from './cavlc.ts';
import {
  blockPosition,
  type CodedIntra,
  type CodedResidual,
  eightEmpty,
  emptyResidual,
  predictChroma,
  predictLuma,
  type RowWriter,
  sixteenEmpty,
} from './macroblock.ts';
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
  private readonly samples = new Uint8Array(384);

  constructor(qp: number) {
    this.qp = qp;
    this.luma = quantiserOf(qp);
    this.chroma = quantiserOf(chromaQpOf(qp));
  }

  /**
   * Levels of the difference between two pictures at macroblock (column, row) of `want` and (column, otherRow) of
   * `have`. Undefined when nothing is left of it.
   */
  inter(want: Planes, row: number, have: Planes, otherRow: number, column: number): CodedResidual | undefined {
    const luma = Array<CodedBlock>(16).fill(emptyBlock);
    let lumaPattern = 0;
    for (let i = 0; i < 16; i++) {
      const position = blockPosition[i]!;
      const x = column * 16 + (position & 3) * 4;
      const y = (position >> 2) * 4;
      if (!this.load(want.y, have.y, want.width, (row * 16 + y) * want.width + x, (otherRow * 16 + y) * want.width + x))
        continue;
      const coded = this.codeWhole(this.luma);
      luma[position] = coded;
      if (coded.total > 0) lumaPattern |= 1 << (i >> 2);
    }
    const chromaDc: CodedBlock[] = [];
    const chromaAc = Array<CodedBlock>(8).fill(emptyBlock);
    let ac = false;
    const stride = want.width >> 1;
    for (let plane = 0; plane < 2; plane++) {
      const [wanted, had] = plane === 0 ? [want.u, have.u] : [want.v, have.v];
      for (let i = 0; i < 4; i++) {
        const x = column * 8 + (i & 1) * 4;
        const y = (i >> 1) * 4;
        const changed = this.load(wanted, had, stride, (row * 8 + y) * stride + x, (otherRow * 8 + y) * stride + x);
        this.dc[i] = 0;
        if (!changed) continue;
        transform(this.block);
        this.dc[i] = this.block[0]!;
        const q = this.chroma;
        if (quantise(this.block, q, Math.floor(2 ** q.shift / 6), 1, this.levels, 0)) {
          chromaAc[plane * 4 + i] = codeBlock(this.levels, 0, 15);
          ac = true;
        }
      }
      quantiseChromaDc(this.dc, this.chroma, false, this.levels, 0);
      chromaDc.push(codeBlock(this.levels, 0, 4));
    }
    const chromaPattern = ac ? 2 : chromaDc.some(({ total }) => total > 0) ? 1 : 0;
    if (lumaPattern === 0 && chromaPattern === 0) return undefined;
    return { luma, lumaPattern, chromaDc, chromaAc: ac ? chromaAc : eightEmpty, chromaPattern };
  }

  /** Levels of 16×16 luma samples against one flat value; colour stays as it is. */
  interFlat(samples: Uint8Array, stride: number, at: number, flat: number): CodedResidual | undefined {
    const luma = Array<CodedBlock>(16).fill(emptyBlock);
    let lumaPattern = 0;
    for (let i = 0; i < 16; i++) {
      const position = blockPosition[i]!;
      const from = at + (position >> 2) * 4 * stride + (position & 3) * 4;
      let changed = 0;
      for (let k = 0; k < 16; k++) {
        const difference = samples[from + (k >> 2) * stride + (k & 3)]! - flat;
        this.block[k] = difference;
        changed |= difference;
      }
      if (changed === 0) continue;
      const coded = this.codeWhole(this.luma);
      luma[position] = coded;
      if (coded.total > 0) lumaPattern |= 1 << (i >> 2);
    }
    if (lumaPattern === 0) return undefined;
    return { ...emptyResidual, luma, lumaPattern };
  }

  /**
   * Code one macroblock of `source` as Intra 16×16 predicted from the left, and leave in `decoded` what a decoder sees.
   * Both are views on one macroblock row.
   */
  intra(source: Planes, decoded: Planes, column: number): CodedIntra {
    const { width } = source;
    const left = column > 0;
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

    const chroma = this.intraChroma(source, decoded, column);
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

  /** The samples of one macroblock as they are; `decoded` becomes equal to `source`. */
  pcm(out: RowWriter, source: Planes, decoded: Planes, column: number): void {
    const { samples } = this;
    let to = 0;
    for (let row = 0; row < 16; row++)
      for (let x = 0; x < 16; x++) samples[to++] = source.y[row * source.width + column * 16 + x]!;
    for (const plane of [source.u, source.v])
      for (let row = 0; row < 8; row++)
        for (let x = 0; x < 8; x++) samples[to++] = plane[row * (source.width >> 1) + column * 8 + x]!;
    for (let row = 0; row < 16; row++)
      for (let x = 0; x < 16; x++) {
        const at = row * source.width + column * 16 + x;
        decoded.y[at] = source.y[at]!;
      }
    for (let row = 0; row < 8; row++)
      for (let x = 0; x < 8; x++) {
        const at = row * (source.width >> 1) + column * 8 + x;
        decoded.u[at] = source.u[at]!;
        decoded.v[at] = source.v[at]!;
      }
    out.pcm(samples);
  }

  private intraChroma(source: Planes, decoded: Planes, column: number) {
    const { block, dc, kept, guesses, chroma: q } = this;
    const stride = source.width >> 1;
    const round = Math.floor(2 ** q.shift / 3);
    const chromaDc: CodedBlock[] = [emptyBlock, emptyBlock];
    let chromaAc: CodedBlock[] | undefined;
    for (let plane = 0; plane < 2; plane++) {
      const [from, to] = plane === 0 ? [source.u, decoded.u] : [source.v, decoded.v];
      for (let row = 0; row < 8; row++) guesses[row] = column > 0 ? to[row * stride + column * 8 - 1]! : 128;
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

  /** The difference of two 4×4 blocks into `block`; false when there is none. */
  private load(want: Uint8Array, have: Uint8Array, stride: number, at: number, other: number): boolean {
    let changed = 0;
    for (let row = 0; row < 4; row++)
      for (let x = 0; x < 4; x++) {
        const difference = want[at + row * stride + x]! - have[other + row * stride + x]!;
        this.block[row * 4 + x] = difference;
        changed |= difference;
      }
    return changed !== 0;
  }

  private codeWhole(q: Quantiser): CodedBlock {
    transform(this.block);
    return quantise(this.block, q, Math.floor(2 ** q.shift / 6), 0, this.levels, 0)
      ? codeBlock(this.levels, 0, 16)
      : emptyBlock;
  }
}
