import type { Backdrop, Backdrops } from '../backdrop.ts';
import { h264 } from '../h264/codec.ts';
import { barColour, drawColumn, layBars, layLine } from '../overlay.ts';
import type { Shown } from '../picture.ts';
import { createPlanes, rowsOf } from '../planes.ts';
import { type CodedRow, ScanWriter, UnitCoder } from './scan.ts';
import { huffman, quantisersOf, zigzag } from './tables.ts';

/** A coded picture: rows of the scan, each a restart interval of its own. */
export interface JpegPicture {
  readonly width: number;
  readonly height: number;
  readonly quality: number;
  readonly rows: readonly Buffer[];
}

/** The quantiser of the video's backdrop: the still picture is taken from what the stream shows. */
const backdropQp = 26;
/** Letters kept by what they are and where in a column they stand. */
const mostTiles = 2048;

interface CodedBackdrop {
  /** Units, to be put together with something that moves before them. */
  readonly units: (CodedRow | undefined)[];
  readonly rows: (Buffer | undefined)[];
}

/** Still pictures of one fleet: what does not change is coded once. */
export interface SnapshotCoder {
  picture(width: number, height: number, shown: Shown): JpegPicture;
}

export function createSnapshotCoder(library: Backdrops, quality = 80): SnapshotCoder {
  const coder = new UnitCoder(quality);
  const writer = new ScanWriter();
  const backdrops = new WeakMap<Backdrop, CodedBackdrop>();
  const tiles = new Map<string, CodedRow[]>();

  const codedBackdrop = (backdrop: Backdrop): CodedBackdrop => {
    let coded = backdrops.get(backdrop);
    if (!coded) {
      coded = { units: [], rows: [] };
      backdrops.set(backdrop, coded);
    }
    return coded;
  };
  /** Rows without a label are those of the backdrop below. */
  const ownerOf = (backdrop: Backdrop, row: number): Backdrop =>
    backdrop.below && backdrop.below.rows[row] === backdrop.rows[row] ? backdrop.below : backdrop;
  const unitsOf = (given: Backdrop, row: number): CodedRow => {
    const backdrop = ownerOf(given, row);
    const { units } = codedBackdrop(backdrop);
    units[row] ??= coder.row(rowsOf(backdrop.decoded, row, row + 1));
    return units[row];
  };
  const rowOf = (given: Backdrop, row: number): Buffer => {
    const coded = codedBackdrop(ownerOf(given, row));
    coded.rows[row] ??= writeRow(unitsOf(given, row));
    return coded.rows[row];
  };
  const writeRow = (units: CodedRow): Buffer => {
    for (let i = 0; i * 6 < units.dc.length; i++) writer.unit(units, i);
    return writer.end();
  };

  /** One column of a text bar, a coded row of a single unit for each macroblock row; key 0 is the empty bar. */
  function tile(key: number, textRows: number, hue: number): CodedRow[] {
    const name = `${textRows} ${hue} ${key}`;
    let tile = tiles.get(name);
    if (tile) return tile;
    const colour = barColour(hue);
    const cell = createPlanes(16, textRows * 16);
    cell.y.fill(colour.y);
    cell.u.fill(colour.u);
    cell.v.fill(colour.v);
    if (key !== 0) drawColumn(cell, 0, key, library.typeface(textRows * 16), colour.y);
    tile = Array.from({ length: textRows }, (_, row) => coder.row(rowsOf(cell, row, row + 1)));
    if (tiles.size >= mostTiles) tiles.clear();
    tiles.set(name, tile);
    return tile;
  }

  return {
    picture(width, height, shown) {
      const backdrop = library.backdrop(h264, width, height, backdropQp, shown.view);
      const { bars, textRows, columns } = layBars(width, height);
      const face = library.typeface(textRows * 16);
      const rows: Buffer[] = [];
      const mbRows = (height + 15) >> 4;
      for (const [i, bar] of bars.entries()) {
        const keys = layLine(shown.lines[i]!, columns, face.advance);
        for (let row = 0; row < bar.rows; row++) {
          for (let column = 0; column < columns; column++) {
            const key = row < textRows ? keys[column]! : 0;
            writer.unit(tile(key, textRows, shown.view.hue)[Math.min(row, textRows - 1)]!, 0);
          }
          rows[bar.from + row] = writer.end();
        }
      }
      if (shown.mover) {
        const { sprite, x, y } = shown.mover;
        const [first, last] = [Math.max(0, y >> 4), Math.min(mbRows - 1, (y + sprite.colour.height - 1) >> 4)];
        const [from, to] = [Math.max(0, x >> 4), Math.min(columns, ((x + sprite.colour.width - 1) >> 4) + 1)];
        const stage = backdrop.stage(shown.mover, 0, first, columns, last + 1 - first);
        for (let row = first; row <= last; row++) {
          if (rows[row] || from >= to) continue;
          const behind = unitsOf(backdrop, row);
          const before = coder.row(rowsOf(stage, row - first, row - first + 1), from, to);
          for (let column = 0; column < columns; column++) {
            const covered = column >= from && column < to;
            writer.unit(covered ? before : behind, covered ? column - from : column);
          }
          rows[row] = writer.end();
        }
      }
      for (let row = 0; row < mbRows; row++) rows[row] ??= rowOf(backdrop, row);
      return { width, height, quality, rows };
    },
  };
}

const segment = (marker: number, payload: Buffer | readonly number[]): Buffer => {
  const body = Buffer.from(payload as Buffer);
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
};

/** A JFIF file. */
export function formatJpeg({ width, height, quality, rows }: JpegPicture): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt16BE(height, 0);
  size.writeUInt16BE(width, 2);
  const interval = Buffer.alloc(2);
  interval.writeUInt16BE((width + 15) >> 4);
  const quantisers = quantisersOf(quality).map((table, i) => segment(0xdb, [i, ...zigzag.map((at) => table[at]!)]));
  const tables = (
    [
      ['dcLuma', 0x00],
      ['acLuma', 0x10],
      ['dcChroma', 0x01],
      ['acChroma', 0x11],
    ] as const
  ).map(([name, id]) => segment(0xc4, [id, ...huffman[name].counts, ...huffman[name].symbols]));
  const scan = rows.flatMap((row, i) => (i === 0 ? [row] : [Buffer.from([0xff, 0xd0 + ((i - 1) & 7)]), row]));
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('JFIF\0\u0001\u0001\0\0\u0001\0\u0001\0\0', 'latin1')),
    ...quantisers,
    segment(0xc0, [8, ...size, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]),
    ...tables,
    segment(0xdd, interval),
    segment(0xda, [3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]),
    ...scan,
    Buffer.from([0xff, 0xd9]),
  ]);
}
