import { type Clock, realClock } from '../../core/runtime/clock.ts';
import type { Figure } from '../motion/figure.ts';
import type { Backdrop, Backdrops, CodedMover } from './backdrop.ts';
import { type ByteCache, createByteCache } from './byte-cache.ts';
import type { CodedRun, RunCoder, VideoCodec } from './codec.ts';
import { createTypeface, type Typeface } from './font.ts';
import { createSnapshotCoder, type SnapshotCoder } from './jpeg/snapshot-coder.ts';
import { drawLabel, type LaidLabel, layLabels } from './labels.ts';
import { drawFigure, lay, type Sprite } from './movers.ts';
import { barColour, type ColumnKeys, drawColumn, layBars } from './overlay.ts';
import type { Mover } from './picture.ts';
import { copyBlocks, copyPlanes, createPlanes, type Planes, rowsOf } from './planes.ts';
import { coverMask } from './privacy.ts';
import { drawScenery, type View } from './scenery.ts';
import { toneSprite } from './tone.ts';
import { UnitWriter } from './unit-writer.ts';

/** Coded letters of one size and colour. */
export interface Letters {
  readonly face: Typeface;
  /** Rows of blocks a line of text is high. */
  readonly rows: number;
  /** Columns side by side, a run a row. */
  columns(keys: ColumnKeys, from: number, to: number): readonly CodedRun[];
  /** So many columns without text. */
  flat(columns: number): CodedRun;
}

/**
 * Pieces of pictures that many streams share: coded backdrops, letters, people. One for a fleet, so that a thousand
 * cameras of a few sizes and hues draw each piece once. Nothing in it belongs to a camera.
 */
export interface PictureLibrary extends Backdrops {
  sameView(a: View, b: View): boolean;
  letters(codec: VideoCodec, height: number, qp: number, hue: number): Letters;
  /** Its poses, one after the other. */
  figure(figure: Figure, height: number, hue: number, toLeft: boolean): readonly Sprite[];
  /** Where pictures are put together, one after the other. */
  readonly units: UnitWriter;
  /** Still pictures. */
  readonly stills: SnapshotCoder;
}

/** Hues are told apart in steps of 15 degrees, so that cameras share. */
export const hueStep = 15;

/** What a coded run takes: its bytes, the copies placed behind headers of some lengths, and the objects around them. */
const weighRun = ({ bytes }: CodedRun) => 3 * bytes.length + 700;
const weighRuns = (runs: readonly CodedRun[]) => runs.reduce((sum, run) => sum + weighRun(run), 0);
const weighBackdrop = ({ decoded, rows }: Backdrop) =>
  decoded.y.length * 1.5 + weighRuns(rows.filter((run) => run !== undefined));
const weighSprites = (poses: readonly Sprite[]) => poses.reduce((sum, { colour }) => sum + colour.y.length * 3, 0);

export function createPictureLibrary(limitBytes = 192 << 20, clock: Clock = realClock): PictureLibrary {
  const backdrops = createByteCache<string, Backdrop>(limitBytes / 4, weighBackdrop, clock);
  const movers = createByteCache<number, CodedMover>(limitBytes / 2, ({ rows }) => weighRuns(rows), clock);
  const parts = createByteCache<number, CodedRun>(limitBytes / 4, weighRun, clock);
  const sprites = createByteCache<string, readonly Sprite[]>(limitBytes / 8, weighSprites, clock);
  let drawn = 0;
  const typefaces = memo(createTypeface, String);
  const coders = memo(
    (codec: VideoCodec, qp: number) => codec.createRunCoder(qp),
    ({ name }, qp) => `${name} ${qp}`,
  );
  const letters = memo(
    (codec: VideoCodec, height: number, qp: number, hue: number) =>
      createLetters(coders(codec, qp), typefaces(height), hue),
    ({ name }, ...key) => `${name} ${key}`,
  );
  /** Views are made anew for each picture: most are the same object's twin. */
  const viewKeys = new WeakMap<View, string>();
  const viewKey = (view: View) => {
    let key = viewKeys.get(view);
    if (key === undefined) {
      key = JSON.stringify(view);
      viewKeys.set(view, key);
    }
    return key;
  };

  let stills: SnapshotCoder | undefined;

  const library: PictureLibrary = {
    units: new UnitWriter(),
    get stills() {
      stills ??= createSnapshotCoder(library);
      return stills;
    },
    typeface: typefaces,
    letters,
    figure: (...key) => sprites.get(key.join(), () => drawFigure(...key)),
    sameView: (a, b) => a === b || viewKey(a) === viewKey(b),
    backdrop(codec, width, height, qp, view) {
      const key = `${codec.name} ${width} ${height} ${qp} ${viewKey(view)}`;
      return backdrops.get(key, () => {
        // Labels tell the time: what is behind them is not drawn again.
        const below = view.labels && library.backdrop(codec, width, height, qp, { ...view, labels: undefined });
        const labels = layLabels(view.labels ?? [], width, height, typefaces);
        const coder = (at: number) => coders(codec, at);
        return makeBackdrop({ number: ++drawn, width, height, view, qp, coder, parts, movers, below, labels });
      });
    },
  };
  return library;
}

interface BackdropMaking {
  /** Tells it apart from all others. */
  number: number;
  width: number;
  height: number;
  view: View;
  qp: number;
  coder(qp: number): RunCoder;
  parts: ByteCache<number, CodedRun>;
  movers: ByteCache<number, CodedMover>;
  /** The same without labels, where there are some. */
  below: Backdrop | undefined;
  labels: readonly LaidLabel[];
}

function makeBackdrop(making: BackdropMaking): Backdrop {
  const { number, width, height, view, qp, coder, parts, movers, below, labels } = making;
  const [columns, blockRows] = [(width + 15) >> 4, (height + 15) >> 4];
  /** Is there a label in these rows of blocks? */
  const labelled = (from: number, to: number) =>
    labels.some((one) => one.y < to * 16 && one.y + one.height > from * 16);
  const decoded = below ? copyPlanes(below.decoded) : createPlanes(columns * 16, blockRows * 16);
  const rows = below
    ? below.rows.map((run, row) => (run && labelled(row, row + 1) ? codeLabels(decoded, row, making) : run))
    : codeScenery(decoded, view, width, height, coder(qp));
  const scratch = createPlanes(columns * 16, 16);
  const part: Backdrop['part'] = (row, from, to) =>
    below && !labelled(row, row + 1)
      ? below.part(row, from, to)
      : parts.get(((number * 512 + row) * 512 + from) * 512 + to, () =>
          coder(qp).code(rowsOf(decoded, row, row + 1), scratch, from, to),
        );
  const cut = Math.ceil(columns / cutsInRow);
  const stage: Backdrop['stage'] = ({ sprite, x, y }, column, row, wide, high) => {
    const planes = copyBlocks(decoded, column, row, wide, high);
    const [left, top] = [column * 16, row * 16];
    lay(view.tone ? toneSprite(sprite, view.tone) : sprite, planes, x - left, y - top);
    for (const mask of view.masks ?? []) coverMask(planes, mask, { width, height, left, top });
    for (const label of labels) drawLabel(planes, label, view.hue, left, top);
    return planes;
  };
  return {
    view,
    decoded,
    rows,
    sizeBytes: rows.reduce((sum, run) => sum + (run?.bytes.length ?? 0), 0),
    stage,
    part,
    parts(row, from, to, put) {
      for (let at = from; at < to; ) {
        const end = Math.min(to, (Math.floor(at / cut) + 1) * cut);
        put(at, end, part(row, at, end));
        at = end;
      }
    },
    ...(below ? { below } : {}),
    mover: (mover, moverQp, first, end) =>
      below && !labelled(mover.y >> 4, ((mover.y + mover.sprite.colour.height - 1) >> 4) + 1)
        ? below.mover(mover, moverQp, first, end)
        : movers.get((number * 64 + moverQp) * 1024 + mover.key, () =>
            codeMover(stage, columns, mover, coder(moverQp), first, end),
          ),
  };
}

/** Draw and code what never moves, a run a row; `decoded` gets what a decoder sees. */
function codeScenery(
  decoded: Planes,
  view: View,
  width: number,
  height: number,
  coder: RunCoder,
): (CodedRun | undefined)[] {
  const source = drawScenery(decoded.width, decoded.height, height, view);
  for (const mask of view.masks ?? []) coverMask(source, mask, { width, height, left: 0, top: 0 });
  const { bars } = layBars(width, height);
  const bar = barColour(view.hue);
  return Array.from({ length: decoded.height / 16 }, (_, row) => {
    const own = rowsOf(decoded, row, row + 1);
    if (bars.some(({ from, rows: high }) => row >= from && row < from + high)) {
      own.y.fill(bar.y);
      own.u.fill(bar.u);
      own.v.fill(bar.v);
      return undefined;
    }
    return coder.code(rowsOf(source, row, row + 1), own, 0, decoded.width / 16);
  });
}

/** Code a row of blocks with its labels; `decoded` holds what is behind them, and gets what a decoder sees. */
function codeLabels(decoded: Planes, row: number, { labels, view, coder, qp }: BackdropMaking): CodedRun {
  const source = copyPlanes(rowsOf(decoded, row, row + 1));
  for (const label of labels) drawLabel(source, label, view.hue, 0, row * 16);
  return coder(qp).code(source, rowsOf(decoded, row, row + 1), 0, decoded.width / 16);
}

/** Pieces a row is cut into around what moves: few enough that four rows have less than 32 slices. */
const cutsInRow = 4;

/** Code the blocks a mover touches, before what is behind it. */
function codeMover(
  stage: Backdrop['stage'],
  columns: number,
  mover: Mover,
  coder: RunCoder,
  first: number,
  end: number,
): CodedMover {
  const { sprite, x, y } = mover;
  const { width, height } = sprite.colour;
  const row = Math.max(first, y >> 4);
  const rows = Math.max(0, Math.min(end, ((y + height - 1) >> 4) + 1) - row);
  const from = Math.max(0, x >> 4);
  const to = Math.min(columns, ((x + width - 1) >> 4) + 1);
  if (rows === 0 || from >= to) return { row, from, to, rows: [] };
  const planes = stage(mover, from, row, to - from, rows);
  const scratch = createPlanes(planes.width, 16);
  return {
    row,
    from,
    to,
    rows: Array.from({ length: rows }, (_, at) => coder.code(rowsOf(planes, at, at + 1), scratch, 0, to - from)),
  };
}

/** Pieces of text kept before all are forgotten: a clock never comes back, its digits do. */
const mostLetterBytes = 512 << 10;

/** Columns are looked up one after the other. */
interface Spelling {
  next?: Map<number, Spelling>;
  runs?: readonly CodedRun[];
}

function createLetters(coder: RunCoder, face: Typeface, hue: number): Letters {
  const rows = face.height / 16;
  const colour = barColour(hue);
  let known: Spelling = {};
  let bytes = 0;
  const code = (keys: ColumnKeys): CodedRun[] => {
    const bar = createPlanes(keys.length * 16, face.height);
    bar.y.fill(colour.y);
    bar.u.fill(colour.u);
    bar.v.fill(colour.v);
    for (let column = 0; column < keys.length; column++)
      if (keys[column] !== 0) drawColumn(bar, column, keys[column]!, face, colour.y);
    const scratch = createPlanes(bar.width, 16);
    return Array.from({ length: rows }, (_, row) => coder.code(rowsOf(bar, row, row + 1), scratch, 0, keys.length));
  };
  const columns: Letters['columns'] = (keys, from, to) => {
    let spelling = known;
    for (let column = from; column < to; column++) {
      const key = keys[column]!;
      let next = spelling.next?.get(key);
      if (!next) {
        next = {};
        spelling.next ??= new Map();
        spelling.next.set(key, next);
      }
      spelling = next;
    }
    if (!spelling.runs) {
      spelling.runs = code(keys.subarray(from, to));
      bytes += weighRuns(spelling.runs);
      if (bytes > mostLetterBytes) {
        known = {};
        bytes = 0;
      }
    }
    return spelling.runs;
  };
  const empty = new Float64Array(512);
  return { face, rows, columns, flat: (count) => columns(empty, 0, count)[0]! };
}

/** Remember results by key. */
function memo<A extends unknown[], R>(make: (...args: A) => R, keyOf: (...args: A) => string): (...args: A) => R {
  const known = new Map<string, R>();
  return (...args) => {
    const key = keyOf(...args);
    let result = known.get(key);
    if (result === undefined) {
      result = make(...args);
      known.set(key, result);
    }
    return result;
  };
}
