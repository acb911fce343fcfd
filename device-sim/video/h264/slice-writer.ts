import { BitWriter } from '../bit-writer.ts';
import type { CodedRun, PlacedRun, SliceWriter } from '../codec.ts';
import { escapeRbsp } from '../nal.ts';
import type { UnitWriter } from '../unit-writer.ts';
import { frameNumBits, nalHeader, pocBits } from './parameter-sets.ts';

/**
 * Slices of IDR pictures, and of pictures that lean on the IDR alone while nothing leans on them: any of those may be
 * lost or left out without harm.
 */
export function createSliceWriter(): SliceWriter {
  const bits = new BitWriter(4096);
  let out!: UnitWriter;
  let sinceIdr = 0;
  let unitHeader = headers.idr;
  /** Neighbouring IDR pictures must differ in it. */
  let idrPicId = 0;
  /** What follows slice_type in pictures after an IDR: pic_parameter_set_id 0, frame_num 1, pic_order_cnt_lsb. */
  let place = 0;

  /** §7.3.3 up to slice_qp_delta and the loop filter, which is off. */
  const header = (address: number, type: 'P' | 'I', qp: number) => {
    bits.reset().ue(address);
    if (sinceIdr === 0) {
      bits.ue(2).ue(0).u(0, frameNumBits).ue(idrPicId).u(0, pocBits);
      bits.flag(false).flag(false); // no_output_of_prior_pics, long_term_reference
    } else if (type === 'I') bits.put((0b011 << placeBits) | place, 3 + placeBits);
    // After the place: one reference, in its natural order.
    else bits.put((1 << (placeBits + 2)) | (place << 2), 1 + placeBits + 2);
    bits.se(qp - 26).put(0b010, 3);
  };

  return {
    start(since, units) {
      out = units;
      sinceIdr = since;
      unitHeader = since === 0 ? headers.idr : headers.delta;
      if (since === 0) idrPicId = 1 - idrPicId;
      place = (1 << (placeBits - 1)) | (1 << pocBits) | ((2 * since) & ((1 << pocBits) - 1));
    },
    run(address, run) {
      header(address, 'I', run.qp);
      const shift = bits.bitLength & 7;
      const placed = run.placed[shift] ?? placeRun(run, shift);
      run.placed[shift] = placed;
      bits.put(placed.first, 8 - shift);
      if (!bits.endsWithZero) return out.unit(unitHeader, bits, placed.rest);
      header(address, 'I', run.qp);
      out.unit(unitHeader, bits.appendBits(run.bytes, run.bits).trail());
    },
    skip(address, count) {
      header(address, 'P', 26);
      out.unit(unitHeader, bits.ue(count).trail());
    },
  };
}

const headers: Record<'idr' | 'delta', readonly number[]> = { idr: [nalHeader.idr], delta: [nalHeader.delta] };
const placeBits = 1 + frameNumBits + pocBits;

/** A run as it stands behind `shift` bits, up to its end. */
function placeRun({ bytes, bits }: CodedRun, shift: number): PlacedRun {
  const whole = new BitWriter(bytes.length + 8).put(0, shift).appendBits(bytes, bits).trail().written();
  return { first: whole[0]!, rest: escapeRbsp(whole.subarray(1)) };
}
