import type { CodedRun, VideoCodec } from './codec.ts';
import type { Typeface } from './font.ts';
import type { Mover } from './picture.ts';
import type { Planes } from './planes.ts';
import type { View } from './scenery.ts';

/** A backdrop drawn, coded and as a decoder sees it. */
export interface Backdrop {
  readonly view: View;
  readonly decoded: Planes;
  /** By row of blocks; none where the bars of text lie. */
  readonly rows: readonly (CodedRun | undefined)[];
  /** The same without labels over it: rows that are the same run are the same. */
  readonly below?: Backdrop;
  /** Of all rows together. */
  readonly sizeBytes: number;
  /** Columns `from` up to `to` of a row, apart from the rest. */
  part(row: number, from: number, to: number): CodedRun;
  /** The same cut at places where other parts begin too: wide ones are pieced together from what is known. */
  parts(row: number, from: number, to: number, put: (from: number, to: number, run: CodedRun) => void): void;
  /** Blocks from (`column`, `row`) on as a decoder sees them, with a mover before them and masks over all. */
  stage(mover: Mover, column: number, row: number, columns: number, rows: number): Planes;
  /** Something that moves, before this backdrop, in rows `first` up to `end`. */
  mover(mover: Mover, qp: number, first: number, end: number): CodedMover;
}

/** The blocks a mover touches. */
export interface CodedMover {
  readonly row: number;
  readonly from: number;
  readonly to: number;
  readonly rows: readonly CodedRun[];
}

/** Where pictures take from what does not change, and what their text is drawn with. */
export interface Backdrops {
  backdrop(codec: VideoCodec, width: number, height: number, qp: number, view: View): Backdrop;
  typeface(height: number): Typeface;
}
