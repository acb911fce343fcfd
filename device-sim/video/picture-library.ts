import { type ByteCache, createByteCache } from './byte-cache.ts';
import type { CodedRun, RunCoder, VideoCodec } from './codec.ts';
import { createTypeface, type Typeface } from './font.ts';
import { createSnapshotCoder, type SnapshotCoder } from './jpeg/snapshot-coder.ts';
import { drawCar, drawWalker, lay, type Sprite, walkPoses } from './movers.ts';
import { barColour, type ColumnKeys, drawColumn, layBars } from './overlay.ts';
import type { Mover } from './picture.ts';
import { copyBlocks, createPlanes, type Planes, rowsOf } from './planes.ts';
import { drawScenery, type View } from './scenery.ts';

/** A backdrop drawn, coded and as a decoder sees it. */
export interface Backdrop {
  readonly view: View;
  readonly decoded: Planes;
  /** By row of blocks; none where the bars of text lie. */
  readonly rows: readonly (CodedRun | undefined)[];
  /** Of all rows together. */
  readonly sizeBytes: number;
  /** Columns `from` up to `to` of a row, apart from the rest. */
  part(row: number, from: number, to: number): CodedRun;
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

/** Coded letters of one size and colour. */
export interface Letters {
  readonly face: Typeface;
  /** Rows of blocks a line of text is high. */
  readonly rows: number;
  /** Columns side by side, a run a row. */
  columns(keys: ColumnKeys): readonly CodedRun[];
  /** So many columns without text. */
  flat(columns: number): CodedRun;
}

/**
 * Pieces of pictures that many streams share: coded backdrops, letters, people. One for a fleet, so that a thousand
 * cameras of a few sizes and hues draw each piece once. Nothing in it belongs to a camera.
 */
export interface PictureLibrary {
  backdrop(codec: VideoCodec, width: number, height: number, qp: number, view: View): Backdrop;
  sameView(a: View, b: View): boolean;
  typeface(height: number): Typeface;
  letters(codec: VideoCodec, height: number, qp: number, hue: number): Letters;
  walker(height: number, hue: number, toLeft: boolean): readonly Sprite[];
  car(height: number, hue: number, toLeft: boolean): Sprite;
  /** Still pictures. */
  readonly stills: SnapshotCoder;
}

/** Hues are told apart in steps of 15 degrees, so that cameras share. */
export const hueStep = 15;

/** What a coded run takes beside its bytes. */
const runBytes = 120;
const weighRuns = (runs: readonly CodedRun[]) => runs.reduce((sum, { bytes }) => sum + bytes.length + runBytes, 0);

export function createPictureLibrary(limitBytes = 96 << 20): PictureLibrary {
  const backdrops = createByteCache<Backdrop>(
    limitBytes,
    ({ decoded, sizeBytes }) => decoded.y.length * 1.5 + sizeBytes,
  );
  const movers = createByteCache<CodedMover>(limitBytes / 2, ({ rows }) => weighRuns(rows) + runBytes);
  const parts = createByteCache<readonly CodedRun[]>(limitBytes / 4, weighRuns);
  const typefaces = memo(createTypeface, String);
  const coders = memo(
    (codec: VideoCodec, qp: number) => codec.createRunCoder(qp),
    ({ name }, qp) => `${name} ${qp}`,
  );
  const letters = memo(
    (codec: VideoCodec, height: number, qp: number, hue: number) =>
      createLetters(`${codec.name} ${height} ${qp} ${hue}`, coders(codec, qp), typefaces(height), hue, parts),
    ({ name }, ...key) => `${name} ${key}`,
  );
  const walkers = memo(
    (height: number, hue: number, toLeft: boolean) =>
      Array.from({ length: walkPoses }, (_, pose) => drawWalker(height, hue, pose, toLeft)),
    (...key) => key.join(),
  );
  const cars = memo(drawCar, (...key) => key.join());
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
    get stills() {
      stills ??= createSnapshotCoder(library);
      return stills;
    },
    typeface: typefaces,
    letters,
    walker: walkers,
    car: cars,
    sameView: (a, b) => a === b || viewKey(a) === viewKey(b),
    backdrop(codec, width, height, qp, view) {
      const key = `${codec.name} ${width} ${height} ${qp} ${viewKey(view)}`;
      return backdrops.get(key, () =>
        makeBackdrop({ key, width, height, view, qp, coder: (at) => coders(codec, at), parts, movers }),
      );
    },
  };
  return library;
}

interface BackdropMaking {
  key: string;
  width: number;
  height: number;
  view: View;
  qp: number;
  coder(qp: number): RunCoder;
  parts: ByteCache<readonly CodedRun[]>;
  movers: ByteCache<CodedMover>;
}

function makeBackdrop({ key, width, height, view, qp, coder, parts, movers }: BackdropMaking): Backdrop {
  const [columns, blockRows] = [(width + 15) >> 4, (height + 15) >> 4];
  const source = drawScenery(columns * 16, blockRows * 16, height, view);
  const decoded = createPlanes(columns * 16, blockRows * 16);
  const { bars } = layBars(width, height);
  const bar = barColour(view.hue);
  let sizeBytes = 0;
  const rows = Array.from({ length: blockRows }, (_, row) => {
    const own = rowsOf(decoded, row, row + 1);
    if (bars.some(({ from, rows: high }) => row >= from && row < from + high)) {
      own.y.fill(bar.y);
      own.u.fill(bar.u);
      own.v.fill(bar.v);
      return undefined;
    }
    const coded = coder(qp).code(rowsOf(source, row, row + 1), own, 0, columns);
    sizeBytes += coded.bytes.length;
    return coded;
  });
  const scratch = createPlanes(columns * 16, 16);
  return {
    view,
    decoded,
    rows,
    sizeBytes,
    part: (row, from, to) =>
      parts.get(`${key} ${row} ${from} ${to}`, () => [
        coder(qp).code(rowsOf(decoded, row, row + 1), scratch, from, to),
      ])[0]!,
    mover: (mover, moverQp, first, end) =>
      movers.get(`${key} ${moverQp} ${mover.key}`, () => codeMover(decoded, mover, coder(moverQp), first, end)),
  };
}

/** Code the blocks a mover touches, before what is behind it. */
function codeMover(behind: Planes, { sprite, x, y }: Mover, coder: RunCoder, first: number, end: number): CodedMover {
  const { width, height } = sprite.colour;
  const row = Math.max(first, y >> 4);
  const rows = Math.max(0, Math.min(end, ((y + height - 1) >> 4) + 1) - row);
  const from = Math.max(0, x >> 4);
  const to = Math.min(behind.width >> 4, ((x + width - 1) >> 4) + 1);
  if (rows === 0 || from >= to) return { row, from, to, rows: [] };
  const stage = copyBlocks(behind, from, row, to - from, rows);
  lay(sprite, stage, x - from * 16, y - row * 16);
  const scratch = createPlanes(stage.width, 16);
  return {
    row,
    from,
    to,
    rows: Array.from({ length: rows }, (_, at) => coder.code(rowsOf(stage, at, at + 1), scratch, 0, to - from)),
  };
}

function createLetters(
  key: string,
  coder: RunCoder,
  face: Typeface,
  hue: number,
  parts: ByteCache<readonly CodedRun[]>,
): Letters {
  const rows = face.height / 16;
  const colour = barColour(hue);
  const flatBar = (columns: number) => {
    const bar = createPlanes(columns * 16, face.height);
    bar.y.fill(colour.y);
    bar.u.fill(colour.u);
    bar.v.fill(colour.v);
    return bar;
  };
  const code = (keys: ArrayLike<number>): CodedRun[] => {
    const bar = flatBar(keys.length);
    for (let column = 0; column < keys.length; column++)
      if (keys[column] !== 0) drawColumn(bar, column, keys[column]!, face, colour.y);
    const scratch = createPlanes(bar.width, 16);
    return Array.from({ length: rows }, (_, row) => coder.code(rowsOf(bar, row, row + 1), scratch, 0, keys.length));
  };
  return {
    face,
    rows,
    columns: (keys) => parts.get(`${key} ${keys.join()}`, () => code(keys)),
    flat: (columns) => parts.get(`${key} flat ${columns}`, () => code(new Float64Array(columns)))[0]!,
  };
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
