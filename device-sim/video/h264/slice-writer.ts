import { BitWriter } from '../bit-writer.ts';
import type { CodedRun, PlacedRun, SliceWriter } from '../codec.ts';
import { escapeRbsp, formatNal, joinNal } from '../nal.ts';
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
  const nalHeaderBytes = () => (sinceIdr === 0 ? headers.idr : headers.delta);

  return {
    start(since) {
      sinceIdr = since;
      if (since === 0) idrPicId = 1 - idrPicId;
    },
    run(address, run) {
      header(address, 'I', run.qp);
      const shift = bits.bitLength & 7;
      const placed = run.placed[shift] ?? place(run, shift);
      run.placed[shift] = placed;
      bits.put(placed.first, 8 - shift);
      const head = bits.written();
      if (head[head.length - 1] !== 0) return joinNal(nalHeaderBytes(), head, placed.rest);
      header(address, 'I', run.qp);
      return formatNal(nalHeaderBytes(), bits.appendBits(run.bytes, run.bits).trail().written());
    },
    skip(address, count) {
      header(address, 'P', 26);
      return joinNal(nalHeaderBytes(), bits.ue(count).trail().written(), nothing);
    },
  };
}

const headers = { idr: [nalHeader.idr], delta: [nalHeader.delta] };
const nothing = new Uint8Array(0);

/** A run as it stands behind `shift` bits, up to its end. */
function place({ bytes, bits }: CodedRun, shift: number): PlacedRun {
  const whole = new BitWriter(bytes.length + 8).put(0, shift).appendBits(bytes, bits).trail().written();
  return { first: whole[0]!, rest: escapeRbsp(whole.subarray(1)) };
}
