import { BitWriter } from '../bit-writer.ts';
import type { CodedRun, SliceWriter } from '../codec.ts';
import { formatNal } from '../nal.ts';
import { frameNumBits, nalHeader, pocBits } from './parameter-sets.ts';

/**
 * Slices of IDR pictures, and of pictures that lean on the IDR alone while nothing leans on them: any of those may be
 * lost or left out without harm.
 */
export function createSliceWriter(): SliceWriter {
  const bits = new BitWriter(4096);
  let sinceIdr = 0;
  /** Neighbouring IDR pictures must differ in it. */
  let idrPicId = 0;

  /** §7.3.3 up to slice_qp_delta and the loop filter, which is off. */
  const header = (address: number, type: 'P' | 'I', qp: number) => {
    bits
      .reset()
      .ue(address)
      .ue(type === 'P' ? 0 : 2)
      .ue(0);
    if (sinceIdr === 0) {
      bits.u(0, frameNumBits).ue(idrPicId).u(0, pocBits);
      bits.flag(false).flag(false); // no_output_of_prior_pics, long_term_reference
    } else bits.u(1, frameNumBits).u(2 * sinceIdr, pocBits);
    if (type === 'P') bits.flag(false).flag(false); // one reference, in its natural order
    bits.se(qp - 26).ue(1);
  };
  const unit = () => formatNal([sinceIdr === 0 ? nalHeader.idr : nalHeader.delta], bits.trail().written());

  return {
    start(since) {
      sinceIdr = since;
      if (since === 0) idrPicId = 1 - idrPicId;
    },
    run(address, run: CodedRun) {
      header(address, 'I', run.qp);
      bits.appendBits(run.bytes, run.bits);
      return unit();
    },
    skip(address, count) {
      header(address, 'P', 26);
      bits.ue(count);
      return unit();
    },
  };
}
