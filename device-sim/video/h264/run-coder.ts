import { BitWriter } from '../bit-writer.ts';
import type { CodedRun, RunCoder } from '../codec.ts';
import type { Planes } from '../planes.ts';
import { RowWriter } from './macroblock.ts';
import { ResidualCoder } from './residual-coder.ts';

/** Runs of Intra 16×16 macroblocks. */
export function createRunCoder(qp: number): RunCoder {
  const coder = new ResidualCoder(qp);
  const bits = new BitWriter(4096);
  const row = new RowWriter(bits);
  return {
    qp,
    code(source: Planes, decoded: Planes, from: number, to: number): CodedRun {
      bits.reset();
      row.reset();
      for (let column = from; column < to; column++) row.intra(coder.intra(source, decoded, column, column > from));
      const length = bits.bitLength;
      return { qp, bits: length, bytes: bits.align().written().slice(), placed: [] };
    },
  };
}
