import type { Backdrop, CodedMover } from './backdrop.ts';
import type { CodedRun, SliceWriter, VideoCodec } from './codec.ts';
import { layBars } from './overlay.ts';
import type { Mover, Shown } from './picture.ts';
import type { PictureLibrary } from './picture-library.ts';
import { PictureWriter } from './picture-writer.ts';
import { TextBar } from './text-bar.ts';

/** What moves is coded more coarsely, as the eye follows it and does not see it. */
const usualCoarseness = 4;
const coarsestQp = 48;
/** Coarseness goes in steps, so that streams share what they code. */
const coarsenessStep = 4;

/**
 * Codes the pictures of one stream. An IDR shows everything; each picture after it says only how it differs from that
 * IDR: the text that changed and the thing that moves. So a picture is made from the moment alone, without the ones
 * before it, and a viewer may miss any of them. All of it is put together from runs that are coded once.
 */
export class PictureCoder {
  readonly qp: number;
  private readonly codec: VideoCodec;
  private readonly width: number;
  private readonly height: number;
  private readonly columns: number;
  /** Rows between the bars of text. */
  private readonly first: number;
  private readonly end: number;
  private readonly library: PictureLibrary;
  private readonly slices: SliceWriter;
  private moverQp: number;
  private sinceIdr = 0;
  private backdrop: Backdrop | undefined;
  private bars: TextBar[] = [];
  /** The mover the IDR shows. */
  private inIdr: CodedMover | undefined;

  constructor(codec: VideoCodec, width: number, height: number, qp: number, library: PictureLibrary) {
    const { columns, bars } = layBars(width, height);
    this.codec = codec;
    this.width = width;
    this.height = height;
    this.columns = columns;
    this.first = bars[0]!.rows;
    this.end = bars[1]!.from;
    this.qp = qp;
    this.library = library;
    this.slices = codec.createSliceWriter(columns, (height + 15) >> 4);
    this.moverQp = Math.min(coarsestQp, qp + usualCoarseness);
  }

  /** How much coarser than usual what moves is coded, 0 and up: the way to stay within a rate. */
  setCoarseness(steps: number): void {
    const coarser = Math.ceil(steps / coarsenessStep) * coarsenessStep;
    this.moverQp = Math.min(coarsestQp, this.qp + usualCoarseness + coarser);
  }

  /** Put the slices of an IDR picture into the library's units. */
  idr(shown: Shown): void {
    const { columns, first, end } = this;
    const backdrop = this.library.backdrop(this.codec, this.width, this.height, this.qp, shown.view);
    if (backdrop.view.hue !== this.backdrop?.view.hue) this.bars = this.makeBars(backdrop.view.hue);
    this.backdrop = backdrop;
    this.sinceIdr = 0;
    const mover = this.mover(backdrop, shown.mover);
    this.inIdr = mover;
    this.slices.start(0, this.library.units);
    const picture = new PictureWriter(this.slices, columns);
    this.bars[0]!.idr(shown.lines[0], picture);
    for (let row = first; row < end; row++) {
      if (!mover || row < mover.row || row >= mover.row + mover.rows.length) {
        picture.run(row, 0, columns, backdrop.rows[row]!);
        continue;
      }
      const put = (from: number, to: number, run: CodedRun) => picture.run(row, from, to, run);
      backdrop.parts(row, 0, mover.from, put);
      put(mover.from, mover.to, mover.rows[row - mover.row]!);
      backdrop.parts(row, mover.to, columns, put);
    }
    this.bars[1]!.idr(shown.lines[1], picture);
  }

  /** The same for a picture after an IDR. False when the view differs from the IDR's: then another IDR is due. */
  delta(shown: Shown): boolean {
    const { backdrop, inIdr } = this;
    if (!backdrop || !this.library.sameView(backdrop.view, shown.view)) return false;
    this.slices.start(++this.sinceIdr, this.library.units);
    const picture = new PictureWriter(this.slices, this.columns);
    const mover = this.mover(backdrop, shown.mover);
    this.bars[0]!.delta(shown.lines[0], picture);
    const first = Math.min(mover?.row ?? this.end, inIdr?.row ?? this.end);
    const end = Math.max(endOf(mover), endOf(inIdr));
    for (let row = first; row < end; row++) {
      const now = mover && rowOf(mover, row);
      const gone = inIdr && inIdr !== mover && rowOf(inIdr, row) ? inIdr : undefined;
      // Where the IDR's mover was: the backdrop again, left and right of where it is now.
      if (gone) {
        const to = now ? Math.min(gone.to, mover.from) : gone.to;
        if (gone.from < to) picture.run(row, gone.from, to, backdrop.part(row, gone.from, to));
      }
      if (now && mover !== inIdr) picture.run(row, mover.from, mover.to, now);
      if (gone && now) {
        const from = Math.max(gone.from, mover.to);
        if (from < gone.to) picture.run(row, from, gone.to, backdrop.part(row, from, gone.to));
      }
    }
    this.bars[1]!.delta(shown.lines[1], picture);
    picture.end(((this.height + 15) >> 4) * this.columns);
    return true;
  }

  private mover(backdrop: Backdrop, mover: Mover | undefined): CodedMover | undefined {
    if (!mover) return undefined;
    const coded = backdrop.mover(mover, this.moverQp, this.first, this.end);
    return coded.rows.length > 0 ? coded : undefined;
  }

  private makeBars(hue: number): TextBar[] {
    const { columns, library, qp, codec } = this;
    const { bars, textRows } = layBars(this.width, this.height);
    return bars.map((bar) => new TextBar({ letters: library.letters(codec, textRows * 16, qp, hue), columns, ...bar }));
  }
}

const endOf = (mover: CodedMover | undefined) => (mover ? mover.row + mover.rows.length : 0);
const rowOf = ({ row, rows }: CodedMover, at: number) => rows[at - row];
