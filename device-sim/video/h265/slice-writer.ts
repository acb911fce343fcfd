import { BitWriter } from '../bit-writer.ts';
import type { CodedRun, SliceWriter } from '../codec.ts';
import { escapeRbsp } from '../nal.ts';
import type { UnitWriter } from '../unit-writer.ts';
import { CabacEncoder } from './cabac.ts';
import { skipInit } from './contexts.ts';
import { nalHeaderOf, nalType, pocBits } from './parameter-sets.ts';

/** Runs of skipped units kept: by where they begin in a row, and how long they are. */
const mostSkips = 4096;
const skipQp = 26;
const headers = { idr: nalHeaderOf(nalType.idr), delta: nalHeaderOf(nalType.delta) };

/**
 * Slices of IDR pictures, and of pictures that lean on the IDR alone while nothing leans on them (TRAIL_N): any of those
 * may be lost or left out without harm. A slice's data begins at a byte, so a run is copied as it is.
 */
export function createSliceWriter(columns: number, rows: number): SliceWriter {
  const bits = new BitWriter(64);
  const addressBits = 32 - Math.clz32(columns * rows - 1);
  let out!: UnitWriter;
  let sinceIdr = 0;
  let unitHeader = headers.idr;
  const skips = new Map<number, Uint8Array>();
  const cabac = new CabacEncoder(skipInit.length, 256);

  /** §7.3.6.1, up to the alignment: a bit that is set, so that no escape reaches into the data. */
  function header(address: number, type: 'P' | 'I', qp: number): void {
    bits.reset();
    // first_slice_segment_in_pic, in an IDR no_output_of_prior_pics, the picture parameter set 0
    if (sinceIdr === 0) bits.put(address === 0 ? 0b101 : 0b001, 3);
    else bits.put(address === 0 ? 0b11 : 0b01, 2);
    if (address > 0) bits.put(address, addressBits);
    bits.put(type === 'P' ? 0b010 : 0b011, 3);
    if (sinceIdr > 0) {
      // A reference picture set of its own with one before, the IDR, and none after.
      bits.put((sinceIdr << 5) | 0b0_010_1, pocBits + 5);
      bits.ue(sinceIdr - 1).put(1, 1);
    }
    if (type === 'P') bits.put(0b0_00101, 6); // no more references; one candidate to merge with
    bits.se(qp - 26);
    bits.trail();
  }

  /** cu_skip_flag asks the units to the left and above, as far as they are in the same slice. */
  function skipData(column: number, count: number): Uint8Array {
    const key = column * columns * rows + count;
    let data = skips.get(key);
    if (data) return data;
    cabac.start(skipInit, skipQp);
    for (let i = 0; i < count; i++) {
      const left = i > 0 && (column + i) % columns > 0 ? 1 : 0;
      cabac.bin(left + (i >= columns ? 1 : 0), 1);
      cabac.terminate(i === count - 1 ? 1 : 0);
    }
    data = escapeRbsp(cabac.end());
    if (skips.size >= mostSkips) skips.clear();
    skips.set(key, data);
    return data;
  }

  return {
    start(since, units) {
      out = units;
      sinceIdr = since;
      unitHeader = since === 0 ? headers.idr : headers.delta;
    },
    run(address, run: CodedRun) {
      header(address, 'I', run.qp);
      out.unit(unitHeader, bits, run.bytes);
    },
    skip(address, count) {
      header(address, 'P', skipQp);
      out.unit(unitHeader, bits, skipData(address % columns, count));
    },
  };
}
