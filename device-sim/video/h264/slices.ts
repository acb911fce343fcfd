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

/** Makes rows of IDR pictures; the bits are made once, both picture ids take equally many. */
export class IntraRowCoder {
  private readonly coder: ResidualCoder;
  private readonly columns: number;
  private readonly bits: BitWriter;
  private readonly writer: RowWriter;

  constructor(coder: ResidualCoder, columns: number) {
    this.coder = coder;
    this.columns = columns;
    this.bits = new BitWriter(columns * 32);
    this.writer = new RowWriter(this.bits, 'I');
  }

  /** Begin a row; the caller writes its macroblocks. */
  start(row: number): RowWriter {
    idrSliceHeader(this.bits.reset(), this.context, row, 1);
    return this.writer.reset();
  }

  end(row: number): IntraRow {
    this.writer.end();
    const rbsp = this.bits.trail().written().slice();
    const idBit = idrIdBit(this.context, row);
    const nals: (Buffer | undefined)[] = [];
    return {
      nal(id) {
        const known = nals[id];
        if (known) return known;
        // ue(1) is 010 and ue(2) is 011: one bit tells them apart.
        const payload = id === 1 ? rbsp : rbsp.slice();
        if (id === 2) payload[idBit >> 3]! |= 0x80 >> (idBit & 7);
        const nal = formatNal([nalHeader.idr], payload);
        nals[id] = nal;
        return nal;
      },
    };
  }

  /** A whole row. `source` and `decoded` are views on it. */
  code(row: number, source: Planes, decoded: Planes): IntraRow {
    const out = this.start(row);
    for (let column = 0; column < this.columns; column++) out.intra(this.coder.intra(source, decoded, column));
    return this.end(row);
  }

  private get context(): SliceContext {
    return { columns: this.columns, qp: this.coder.qp };
  }
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

/** Writes the slices of P pictures: rows where nothing differs from the IDR are skipped together. */
export class DeltaWriter {
  private readonly bits = new BitWriter(4096);
  private readonly out = new RowWriter(this.bits, 'P');
  private readonly context: SliceContext;
  private readonly rows: number;
  private nals: Buffer[] = [];
  private sinceIdr = 0;
  private nextRow = 0;

  constructor(context: SliceContext, rows: number) {
    this.context = context;
    this.rows = rows;
  }

  /** Begin the picture that comes so many after the IDR. */
  start(sinceIdr: number): void {
    this.nals = [];
    this.sinceIdr = sinceIdr;
    this.nextRow = 0;
  }

  /** A row in which something differs; rows come from top to bottom. `write` must fill the row. */
  row(row: number, write: (out: RowWriter) => void, qp = this.context.qp): void {
    this.skipTo(row);
    this.slice(row, write, qp);
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

  private slice(row: number, write: (out: RowWriter) => void, qp = this.context.qp): void {
    deltaSliceHeader(this.bits.reset(), { columns: this.context.columns, qp }, row, this.sinceIdr);
    write(this.out.reset());
    this.out.end();
    this.nals.push(formatNal([nalHeader.delta], this.bits.trail().written()));
  }
}
