import { BitWriter } from '../bit-writer.ts';
import type { CodedRun, SliceWriter } from '../codec.ts';
import { escapeRbsp, joinNal } from '../nal.ts';
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
  let sinceIdr = 0;
  const skips = new Map<number, Uint8Array>();
  const cabac = new CabacEncoder(skipInit.length, 256);

  /** §7.3.6.1, up to the alignment: a bit that is set, so that no escape reaches into the data. */
  function header(address: number, type: 'P' | 'I', qp: number): void {
    bits.reset().flag(address === 0);
    if (sinceIdr === 0) bits.flag(false); // no_output_of_prior_pics
    bits.ue(0);
    if (address > 0) bits.u(address, addressBits);
    bits.ue(type === 'P' ? 1 : 2);
    if (sinceIdr > 0) {
      bits.u(sinceIdr, pocBits).flag(false);
      bits
        .ue(1)
        .ue(0)
        .ue(sinceIdr - 1)
        .flag(true); // one reference: the IDR
    }
    if (type === 'P') bits.flag(false).ue(4); // no more references; one candidate to merge with
    bits.se(qp - 26);
    bits.trail();
  }

  const unit = (data: Uint8Array) => joinNal(sinceIdr === 0 ? headers.idr : headers.delta, bits.written(), data);

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
    start(since) {
      sinceIdr = since;
    },
    run(address, run: CodedRun) {
      header(address, 'I', run.qp);
      return unit(run.bytes);
    },
    skip(address, count) {
      header(address, 'P', skipQp);
      return unit(skipData(address % columns, count));
    },
  };
}
