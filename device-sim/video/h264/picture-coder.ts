import { lay, type Sprite } from '../movers.ts';
import { barColour, layBars, type TextLine } from '../overlay.ts';
import type { Backdrop, PictureLibrary } from '../picture-library.ts';
import { assignPlanes, copyPlanes, createPlanes, type Planes, rowsOf } from '../planes.ts';
import type { View } from '../scenery.ts';
import { BarCoder } from './bar-coder.ts';
import type { CodedIntra, RowWriter } from './macroblock.ts';
import { ResidualCoder } from './residual-coder.ts';
import { DeltaWriter, type IdrPicId, IntraRowCoder } from './slices.ts';

/** What one picture shows. */
export interface Shown {
  view: View;
  lines: readonly [top: TextLine, bottom: TextLine];
  mover?: Mover;
}

/** Left top corner at even samples. */
export interface Mover {
  sprite: Sprite;
  x: number;
  y: number;
}

/** Columns of macroblocks a mover touches, from…to, not including `to`. */
type Span = readonly [from: number, to: number];
const nowhere: Span = [0, 0];

/** What moves is coded more coarsely, as the eye follows it and does not see it. */
const usualCoarseness = 4;
const coarsestQp = 48;

/**
 * Codes the pictures of one stream. An IDR shows everything; each picture after it says only how it differs from that
 * IDR: the text that changed and the thing that moves. So a picture is made from the moment alone, without the ones
 * before it, and a viewer may miss any of them.
 */
export class H264PictureCoder {
  readonly qp: number;
  private readonly width: number;
  private readonly height: number;
  private readonly columns: number;
  private readonly rows: number;
  private readonly library: PictureLibrary;
  private readonly coder: ResidualCoder;
  private stageCoder: ResidualCoder;
  private idrPicId: IdrPicId = 1;
  private sinceIdr = 0;
  private backdrop: Backdrop | undefined;
  private bars: BarCoder[] = [];
  private readonly rowCoder: IntraRowCoder;
  private readonly picture: DeltaWriter;
  /** The rows a mover crosses: as they are to look, and as the IDR left them at a decoder. */
  private stage: Stage | undefined;

  constructor(width: number, height: number, qp: number, library: PictureLibrary) {
    this.width = width;
    this.height = height;
    this.columns = (width + 15) >> 4;
    this.rows = (height + 15) >> 4;
    this.qp = qp;
    this.library = library;
    this.coder = new ResidualCoder(qp);
    this.stageCoder = new ResidualCoder(Math.min(coarsestQp, qp + usualCoarseness));
    this.rowCoder = new IntraRowCoder(this.coder, this.columns);
    this.picture = new DeltaWriter({ columns: this.columns, qp }, this.rows);
  }

  /** How much coarser than usual what moves is coded, 0 and up: the way to stay within a rate. */
  setCoarseness(steps: number): void {
    const qp = Math.min(coarsestQp, this.qp + usualCoarseness + steps);
    if (qp === this.stageCoder.qp) return;
    this.stageCoder = new ResidualCoder(qp);
    this.stage?.forgetErasures();
  }

  /** Slices of an IDR picture. */
  idr(shown: Shown): Buffer[] {
    const { rows, width, height, library } = this;
    const backdrop = library.backdrop(width, height, this.qp, shown.view);
    if (backdrop !== this.backdrop) this.stage = undefined;
    if (backdrop.view.hue !== this.backdrop?.view.hue) this.bars = this.makeBars(backdrop.view.hue);
    this.backdrop = backdrop;
    this.idrPicId = this.idrPicId === 1 ? 2 : 1;
    this.sinceIdr = 0;
    const stage = this.setStage(shown.mover);
    if (stage) stage.inIdr = stage.draw(shown.mover!);

    const [top, bottom] = this.bars.map((bar, i) => bar.idr(shown.lines[i]!, this.idrPicId)) as [Buffer[], Buffer[]];
    const nals = [...top];
    for (let row = top.length; row < rows - bottom.length; row++) {
      if (stage && row >= stage.from && row < stage.to) {
        const at = row - stage.from;
        const [source, decoded] = [rowsOf(stage.look, at, at + 1), rowsOf(stage.reference, at, at + 1)];
        nals.push(this.rowCoder.code(row, source, decoded).nal(this.idrPicId));
      } else nals.push(backdrop.rows[row]!.nal(this.idrPicId));
    }
    nals.push(...bottom);
    stage?.settle(backdrop);
    return nals;
  }

  /** Slices of a picture after an IDR. Undefined when the view differs from the IDR's: then another IDR is due. */
  delta(shown: Shown): Buffer[] | undefined {
    const { backdrop } = this;
    if (!backdrop || !sameView(backdrop.view, shown.view)) return undefined;
    if (shown.mover && !this.stage) this.setStage(shown.mover);
    const { stage } = this;
    if (stage && shown.mover && !stage.holds(shown.mover)) return undefined;
    const { picture } = this;
    picture.start(++this.sinceIdr);
    const [top, bottom] = this.bars as [BarCoder, BarCoder];
    top.delta(shown.lines[0], picture);
    if (stage) this.writeStage(picture, stage, shown.mover);
    bottom.delta(shown.lines[1], picture);
    return picture.end();
  }

  private makeBars(hue: number): BarCoder[] {
    const { columns, library, qp, coder } = this;
    const { bars, textRows } = layBars(this.width, this.height);
    const colour = barColour(hue);
    const face = library.typeface(textRows * 16);
    const tiles = library.tiles(textRows * 16, qp, colour.y);
    return bars.map((bar) => new BarCoder({ coder, face, tiles, colour, columns, textRows, ...bar }));
  }

  private setStage(mover: Mover | undefined): Stage | undefined {
    if (!mover) this.stage = undefined;
    else if (!this.stage?.holds(mover)) {
      const from = mover.y >> 4;
      const to = Math.min(this.rows, ((mover.y + mover.sprite.colour.height - 1) >> 4) + 1);
      this.stage = new Stage(this.columns, from, to);
      this.stage.clear(this.backdrop!);
    } else this.stage.clear(this.backdrop!);
    return this.stage;
  }

  private writeStage(picture: DeltaWriter, stage: Stage, mover: Mover | undefined): void {
    const now = mover ? stage.draw(mover) : nowhere;
    const before = stage.inIdr;
    for (let row = 0; row < stage.to - stage.from; row++) {
      const parts: ((out: RowWriter) => void)[] = [];
      let at = 0;
      const put = (column: number, write: (out: RowWriter) => void) => {
        const gap = column - at;
        parts.push((out) => {
          out.skip(gap);
          write(out);
        });
        at = column + 1;
      };
      const difference = (column: number) => {
        const residual = this.stageCoder.inter(stage.look, row, stage.have, row, column);
        if (residual) put(column, (out) => out.inter(0, residual));
      };
      // What was in the IDR and is gone: drawn anew from the left, as long as all to the left is as the IDR left it.
      let clean = true;
      for (let column = Math.min(before[0], now[0]); column < Math.max(before[1], now[1]); column++) {
        if (within(now, column)) {
          difference(column);
          clean = clean && column < before[0] - 1;
        } else if (within(before, column)) {
          if (clean) {
            const erased = stage.erased(row, column, this.stageCoder);
            put(column, (out) => out.intra(erased));
          } else difference(column);
        }
      }
      if (parts.length === 0) continue;
      const rest = this.columns - at;
      picture.row(
        stage.from + row,
        (out) => {
          for (const write of parts) write(out);
          out.skip(rest);
        },
        this.stageCoder.qp,
      );
    }
    if (mover) stage.wipe(now);
  }
}

const within = ([from, to]: Span, column: number) => column >= from && column < to;

const sameView = (a: View, b: View) =>
  a === b ||
  (a.place === b.place &&
    a.light === b.light &&
    a.hue === b.hue &&
    a.x === b.x &&
    a.y === b.y &&
    a.magnification === b.magnification);

/** The macroblock rows a mover crosses. */
class Stage {
  readonly from: number;
  readonly to: number;
  /** What is to be seen: `behind` with the mover on it. */
  readonly look: Planes;
  /** What a decoder shows without the mover; where the IDR's mover was, the backdrop it hid. */
  private readonly behind: Planes;
  /** What a decoder holds of these rows since the IDR, when the mover was in it. */
  readonly reference: Planes;
  inIdr: Span = nowhere;
  /** What a decoder has of these rows. */
  have: Planes;
  private readonly columns: number;
  /** By row: macroblocks of the backdrop in place of the IDR's mover, each predicted from the one before. */
  private readonly erasures = new Map<number, { decoded: Planes; coded: CodedIntra[] }>();

  constructor(columns: number, from: number, to: number) {
    this.columns = columns;
    this.from = from;
    this.to = to;
    this.look = createPlanes(columns * 16, (to - from) * 16);
    this.reference = createPlanes(columns * 16, (to - from) * 16);
    this.behind = createPlanes(columns * 16, (to - from) * 16);
    this.have = this.behind;
  }

  holds({ sprite, y }: Mover): boolean {
    return y >> 4 >= this.from && (y + sprite.colour.height - 1) >> 4 < this.to;
  }

  clear(backdrop: Backdrop): void {
    assignPlanes(this.behind, rowsOf(backdrop.decoded, this.from, this.to));
    assignPlanes(this.look, this.behind);
    this.have = this.behind;
    this.inIdr = nowhere;
    this.erasures.clear();
  }

  draw({ sprite, x, y }: Mover): Span {
    lay(sprite, this.look, x, y - this.from * 16);
    const from = Math.max(0, x >> 4);
    const to = Math.min(this.columns, ((x + sprite.colour.width - 1) >> 4) + 1);
    return from < to ? [from, to] : nowhere;
  }

  /** The IDR is coded: from now on whatever the mover does not touch may stay as the decoder has it. */
  settle(backdrop: Backdrop): void {
    assignPlanes(this.behind, this.reference);
    copyMacroblocks(rowsOf(backdrop.decoded, this.from, this.to), this.behind, this.inIdr);
    this.have = this.reference;
    assignPlanes(this.look, this.behind);
  }

  /** Take the mover away again. */
  wipe(span: Span): void {
    copyMacroblocks(this.behind, this.look, span);
  }

  /** They hold for one quantiser. */
  forgetErasures(): void {
    this.erasures.clear();
  }

  /** The backdrop where the IDR's mover was: the same for every picture of the group. */
  erased(row: number, column: number, coder: ResidualCoder): CodedIntra {
    let known = this.erasures.get(row);
    if (!known) {
      known = { decoded: copyPlanes(rowsOf(this.reference, row, row + 1)), coded: [] };
      this.erasures.set(row, known);
    }
    const { decoded, coded } = known;
    const source = rowsOf(this.behind, row, row + 1);
    for (let next = this.inIdr[0] + coded.length; next <= column; next++)
      coded.push(coder.intra(source, decoded, next));
    return coded[column - this.inIdr[0]]!;
  }
}

function copyMacroblocks(from: Planes, to: Planes, [first, last]: Span): void {
  copyColumns(from.y, to.y, to.width, first * 16, last * 16);
  copyColumns(from.u, to.u, to.width >> 1, first * 8, last * 8);
  copyColumns(from.v, to.v, to.width >> 1, first * 8, last * 8);
}

function copyColumns(from: Uint8Array, to: Uint8Array, width: number, first: number, last: number): void {
  for (let at = 0; at < to.length; at += width) to.set(from.subarray(at + first, at + last), at + first);
}
