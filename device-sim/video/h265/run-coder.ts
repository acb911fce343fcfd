import type { CodedRun, RunCoder } from '../codec.ts';
import { escapeRbsp } from '../nal.ts';
import type { Planes } from '../planes.ts';
import { CabacEncoder } from './cabac.ts';
import { contexts, intraInit } from './contexts.ts';
import { ResidualWriter } from './residual.ts';
import { BlockTransform, chromaQpOf } from './transform.ts';

const clip = (value: number) => (value < 0 ? 0 : value > 255 ? 255 : value);

/** Intra prediction modes in use (§8.4.4.2): a row of blocks has nothing above, so all is said by what lies to the left. */
const modes = { mean: 1, left: 10 } as const;

/**
 * Runs of coding units of 16×16, one a coding tree unit, intra predicted from the unit to the left. A run is the data of
 * a slice: arithmetic coding begins and ends with it.
 */
export function createRunCoder(qp: number): RunCoder {
  const cabac = new CabacEncoder(intraInit.length);
  const residual = new ResidualWriter(cabac);
  const luma = createPart(16, qp);
  const chroma = createPart(8, chromaQpOf(qp));
  const secondChroma = createPart(8, chromaQpOf(qp));

  function unit(source: Planes, decoded: Planes, column: number, left: boolean, leftMode: number): number {
    const mode = luma.predict(source.y, decoded.y, source.width, column, left, undefined);
    const [cb, cr] = [
      [chroma, source.u, decoded.u],
      [secondChroma, source.v, decoded.v],
    ] as const;
    for (const [part, from, to] of [cb, cr]) part.predict(from, to, source.width >> 1, column, left, mode);
    cabac.bin(contexts.partMode, 1);
    lumaMode(mode, leftMode);
    cabac.bin(contexts.intraChromaPredMode, 0);
    const coded = luma.code(source.y, decoded.y, source.width, column);
    const [codedCb, codedCr] = [cb, cr].map(([part, from, to]) => part.code(from, to, source.width >> 1, column));
    cabac.bin(contexts.cbfChroma, codedCb ? 1 : 0);
    cabac.bin(contexts.cbfChroma, codedCr ? 1 : 0);
    cabac.bin(contexts.cbfLuma + 1, coded ? 1 : 0);
    if (coded) residual.write(luma.levels, 16, true);
    if (codedCb) residual.write(chroma.levels, 8, false);
    if (codedCr) residual.write(secondChroma.levels, 8, false);
    return mode;
  }

  /** §8.4.2: the mode by its place among the likely ones, which follow from the mode to the left; above counts as mean. */
  function lumaMode(mode: number, leftMode: number): void {
    const likely = leftMode === modes.left ? [10, 1, 0] : [0, 1, 26];
    const place = likely.indexOf(mode);
    cabac.bin(contexts.prevIntraLumaPred, place >= 0 ? 1 : 0);
    if (place === 0) cabac.bypass(0, 1);
    else if (place > 0) cabac.bypass(place === 1 ? 2 : 3, 2);
    else cabac.bypass(mode - likely.filter((one) => one < mode).length, 5);
  }

  return {
    qp,
    code(source, decoded, from, to): CodedRun {
      cabac.start(intraInit, qp);
      let mode: number = modes.mean;
      for (let column = from; column < to; column++) {
        mode = unit(source, decoded, column, column > from, mode);
        cabac.terminate(column === to - 1 ? 1 : 0);
      }
      const bytes = escapeRbsp(cabac.end());
      return { qp, bytes, bits: bytes.length * 8, placed: [] };
    },
  };
}

/** Predicts, transforms and rebuilds one plane's part of a unit. */
function createPart(size: 8 | 16, qp: number) {
  const transform = new BlockTransform(size, qp);
  const prediction = new Uint8Array(size * size);
  const block = new Int32Array(size * size);
  const levels = new Int32Array(size * size);
  const edge = new Uint8Array(size);

  return {
    levels,
    /** By the given mode, or else by the one that comes nearer; returns the mode. */
    predict(
      source: Uint8Array,
      decoded: Uint8Array,
      stride: number,
      column: number,
      left: boolean,
      wanted: number | undefined,
    ): number {
      if (!left) {
        prediction.fill(128);
        return modes.mean;
      }
      let sum = size;
      for (let row = 0; row < size; row++) {
        edge[row] = decoded[row * stride + column * size - 1]!;
        sum += edge[row]!;
      }
      // What is not there above is taken to be as the topmost sample to the left (§8.4.4.2.2).
      const mean = (sum + size * edge[0]!) >> (size === 16 ? 5 : 4);
      const mode = wanted ?? nearer(source, stride, column, mean);
      for (let row = 0; row < size; row++)
        prediction.fill(mode === modes.left ? edge[row]! : mean, row * size, (row + 1) * size);
      if (mode === modes.mean && size === 16) {
        // §8.4.4.2.5: the edges of a mean lean towards the neighbours.
        for (let x = 1; x < size; x++) prediction[x] = (edge[0]! + 3 * mean + 2) >> 2;
        for (let row = 1; row < size; row++) prediction[row * size] = (edge[row]! + 3 * mean + 2) >> 2;
        prediction[0] = (2 * edge[0]! + 2 * mean + 2) >> 2;
      }
      return mode;
    },

    /** Levels of the difference into `levels`, the picture as decoded into `decoded`. False: there are none. */
    code(source: Uint8Array, decoded: Uint8Array, stride: number, column: number): boolean {
      let differs = 0;
      for (let row = 0, k = 0; row < size; row++)
        for (let at = row * stride + column * size, end = at + size; at < end; at++, k++) {
          const difference = source[at]! - prediction[k]!;
          block[k] = difference;
          differs |= difference;
        }
      const any = differs !== 0 && transform.forward(block, levels);
      if (any) transform.inverse(levels, block);
      for (let row = 0, k = 0; row < size; row++)
        for (let at = row * stride + column * size, end = at + size; at < end; at++, k++)
          decoded[at] = any ? clip(prediction[k]! + block[k]!) : prediction[k]!;
      return any;
    },
  };

  function nearer(source: Uint8Array, stride: number, column: number, mean: number): number {
    let [byLeft, byMean] = [0, 0];
    for (let row = 0; row < size; row++) {
      const guess = edge[row]!;
      for (let at = row * stride + column * size, end = at + size; at < end; at++) {
        const sample = source[at]!;
        byLeft += sample > guess ? sample - guess : guess - sample;
        byMean += sample > mean ? sample - mean : mean - sample;
      }
    }
    return byLeft <= byMean ? modes.left : modes.mean;
  }
}
