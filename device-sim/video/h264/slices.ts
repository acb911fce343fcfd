import { BitWriter } from '../bit-writer.ts';
import { formatNal } from '../nal.ts';
import type { Planes } from '../planes.ts';
import { RowWriter } from './macroblock.ts';
import { frameNumBits, nalHeader, pocBits } from './parameter-sets.ts';
import type { ResidualCoder } from './residual-coder.ts';

/** What a slice says of its picture. */
export interface SliceContext {
  /** Macroblocks a row. */
  columns: number;
  qp: number;
}

/** Neighbouring IDR pictures must differ in it; 1 and 2 take equally many bits. */
export type IdrPicId = 1 | 2;

function idrSliceHeader(bits: BitWriter, { columns, qp }: SliceContext, row: number, idrPicId: IdrPicId): void {
  bits
    .ue(row * columns)
    .ue(7)
    .ue(0); // first macroblock, all I, parameter set
  bits.u(0, frameNumBits).ue(idrPicId).u(0, pocBits);
  bits.flag(false).flag(false); // no_output_of_prior_pics, long_term_reference
  bits.se(qp - 26).ue(1); // no loop filter
}

/** Each delta leans on the IDR alone and nothing leans on it: any may be lost or left out without harm. */
function deltaSliceHeader(bits: BitWriter, { columns, qp }: SliceContext, row: number, sinceIdr: number): void {
  bits
    .ue(row * columns)
    .ue(5)
    .ue(0); // first macroblock, all P, parameter set
  bits.u(1, frameNumBits).u(2 * sinceIdr, pocBits);
  bits.flag(false).flag(false); // one reference, in its natural order
  bits.se(qp - 26).ue(1); // no loop filter
}

/** A slice of an IDR picture, one macroblock row high, still without its idr_pic_id. */
export interface IntraRow {
  nal(idrPicId: IdrPicId): Buffer;
}

/**
 * Code one macroblock row. `source` and `decoded` are views on that row; `exact` columns are sent as they are. The
 * bits are made once: both picture ids shift them alike.
 */
export function codeIntraRow(
  coder: ResidualCoder,
  columns: number,
  row: number,
  source: Planes,
  decoded: Planes,
  exact: (column: number) => boolean = () => false,
): IntraRow {
  const context = { columns, qp: coder.qp };
  const bits = new BitWriter(columns * 24);
  idrSliceHeader(bits, context, row, 1);
  const idBit = idrIdBit(context, row);
  const writer = new RowWriter(bits, 'I');
  for (let column = 0; column < columns; column++) {
    if (exact(column)) coder.pcm(writer, source, decoded, column);
    else coder.intra(writer, source, decoded, column);
  }
  writer.end();
  const rbsp = bits.trail().written().slice();
  const nals: (Buffer | undefined)[] = [];
  return {
    nal(id) {
      const known = nals[id];
      if (known) return known;
      // ue(1) is 010 and ue(2) is 011: one bit tells them apart.
      const payload = id === 1 ? rbsp : rbsp.slice();
      if (id === 2) payload[idBit >> 3]! |= 0x80 >> (idBit & 7);
      const nal = Buffer.from(formatNal([nalHeader.idr], payload));
      nals[id] = nal;
      return nal;
    },
  };
}

/** Where the last bit of idr_pic_id stands. */
function idrIdBit({ columns }: SliceContext, row: number): number {
  const bits = new BitWriter(16);
  bits
    .ue(row * columns)
    .ue(7)
    .ue(0)
    .u(0, frameNumBits)
    .ue(1);
  return bits.bitLength - 1;
}

/** Writes the slices of a P picture: rows where nothing differs from the IDR are skipped together. */
export class DeltaPicture {
  readonly nals: Buffer[] = [];
  private readonly bits: BitWriter;
  private readonly context: SliceContext;
  private readonly rows: number;
  private readonly sinceIdr: number;
  private nextRow = 0;

  constructor(bits: BitWriter, context: SliceContext, rows: number, sinceIdr: number) {
    this.bits = bits;
    this.context = context;
    this.rows = rows;
    this.sinceIdr = sinceIdr;
  }

  /** A row in which something differs; rows come from top to bottom. `write` gets the writer and must fill the row. */
  row(row: number, write: (out: RowWriter) => void): void {
    this.skipTo(row);
    this.slice(row, write);
    this.nextRow = row + 1;
  }

  end(): Buffer[] {
    this.skipTo(this.rows);
    return this.nals;
  }

  private skipTo(row: number): void {
    if (row <= this.nextRow) return;
    const count = (row - this.nextRow) * this.context.columns;
    this.slice(this.nextRow, (out) => out.skip(count));
    this.nextRow = row;
  }

  private slice(row: number, write: (out: RowWriter) => void): void {
    const bits = this.bits.reset();
    deltaSliceHeader(bits, this.context, row, this.sinceIdr);
    const out = new RowWriter(bits, 'P');
    write(out);
    out.end();
    this.nals.push(formatNal([nalHeader.delta], bits.trail().written()));
  }
}
