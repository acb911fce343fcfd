import { createTypeface, type Typeface } from './font.ts';
import { ResidualCoder } from './h264/residual-coder.ts';
import { type IntraRow, IntraRowCoder } from './h264/slices.ts';
import { createSnapshotCoder, type SnapshotCoder } from './jpeg/snapshot-coder.ts';
import { drawCar, drawWalker, type Sprite, walkPoses } from './movers.ts';
import { barColour, createTileCache, layBars, type TileCache } from './overlay.ts';
import { createPlanes, type Planes, rowsOf } from './planes.ts';
import { drawScenery, type View } from './scenery.ts';

/** A backdrop drawn, coded and as a decoder sees it. */
export interface Backdrop {
  readonly view: View;
  readonly decoded: Planes;
  /** By macroblock row; none where the bars of text lie. */
  readonly rows: readonly (IntraRow | undefined)[];
  /** Of all rows together. */
  readonly sizeBytes: number;
}

/**
 * Pieces of pictures that many streams share: coded backdrops, letters, people. One for a fleet, so that a thousand
 * cameras of a few sizes and hues draw each piece once. Nothing in it belongs to a camera.
 */
export interface PictureLibrary {
  backdrop(width: number, height: number, qp: number, view: View): Backdrop;
  typeface(height: number): Typeface;
  tiles(height: number, qp: number, flat: number): TileCache;
  walker(height: number, hue: number, toLeft: boolean): readonly Sprite[];
  car(height: number, hue: number, toLeft: boolean): Sprite;
  /** Still pictures. */
  readonly stills: SnapshotCoder;
}

/** Hues are told apart in steps of 15 degrees, so that cameras share. */
export const hueStep = 15;

export function createPictureLibrary(limitBytes = 96 << 20): PictureLibrary {
  const backdrops = new Map<string, Backdrop>();
  let keptBytes = 0;
  const typefaces = memo(createTypeface, String);
  const coders = memo((qp: number) => new ResidualCoder(qp), String);
  const tiles = memo(
    (height: number, qp: number, flat: number) => createTileCache(coders(qp), typefaces(height), flat),
    (...key) => key.join(),
  );
  const walkers = memo(
    (height: number, hue: number, toLeft: boolean) =>
      Array.from({ length: walkPoses }, (_, pose) => drawWalker(height, hue, pose, toLeft)),
    (...key) => key.join(),
  );
  const cars = memo(drawCar, (...key) => key.join());
  const weight = ({ decoded, sizeBytes }: Backdrop) => decoded.y.length * 1.5 + sizeBytes * 2;

  let stills: SnapshotCoder | undefined;

  const library: PictureLibrary = {
    get stills() {
      stills ??= createSnapshotCoder(library);
      return stills;
    },
    typeface: typefaces,
    tiles,
    walker: walkers,
    car: cars,
    backdrop(width, height, qp, view) {
      const key = [width, height, qp, ...Object.values(view)].join();
      const known = backdrops.get(key);
      if (known) {
        // The latest used stands last.
        backdrops.delete(key);
        backdrops.set(key, known);
        return known;
      }
      const made = makeBackdrop(width, height, coders(qp), view);
      backdrops.set(key, made);
      keptBytes += weight(made);
      for (const [oldest, one] of backdrops) {
        if (keptBytes <= limitBytes || backdrops.size === 1) break;
        backdrops.delete(oldest);
        keptBytes -= weight(one);
      }
      return made;
    },
  };
  return library;
}

function makeBackdrop(width: number, height: number, coder: ResidualCoder, view: View): Backdrop {
  const [columns, mbRows] = [(width + 15) >> 4, (height + 15) >> 4];
  const source = drawScenery(columns * 16, mbRows * 16, height, view);
  const decoded = createPlanes(columns * 16, mbRows * 16);
  const { bars } = layBars(width, height);
  const bar = barColour(view.hue);
  const rowCoder = new IntraRowCoder(coder, columns);
  let sizeBytes = 0;
  const rows = Array.from({ length: mbRows }, (_, row) => {
    const own = rowsOf(decoded, row, row + 1);
    if (bars.some(({ from, rows: high }) => row >= from && row < from + high)) {
      own.y.fill(bar.y);
      own.u.fill(bar.u);
      own.v.fill(bar.v);
      return undefined;
    }
    const coded = rowCoder.code(row, rowsOf(source, row, row + 1), own);
    sizeBytes += coded.nal(1).length;
    return coded;
  });
  return { view, decoded, rows, sizeBytes };
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
