import type { Typeface } from '../font.ts';
import { type ColumnKeys, drawColumn, layLine, type TextLine, type TileCache } from '../overlay.ts';
import { type Colour, createPlanes, type Planes, rowsOf } from '../planes.ts';
import type { CodedIntra, CodedResidual } from './macroblock.ts';
import type { ResidualCoder } from './residual-coder.ts';
import { type DeltaWriter, type IdrPicId, IntraRowCoder } from './slices.ts';

/** What follows depends on all columns to the left, and on nothing else: so it is kept by the way that led there. */
interface Station {
  readonly coded?: CodedIntra;
  /** Right edge as decoded: what the next macroblock is predicted from. */
  readonly edge: Uint8Array;
  next?: Map<number, Station>;
}

/** Stations kept before all are forgotten: a clock never comes back, its hours and minutes do. */
const maxStations = 2000;

export interface BarOptions {
  coder: ResidualCoder;
  face: Typeface;
  tiles: TileCache;
  colour: Colour;
  columns: number;
  /** First macroblock row, rows in all, and rows the text is high. */
  from: number;
  rows: number;
  textRows: number;
}

/** Codes a bar of text: whole in an IDR, only what changed after it. */
export class BarCoder {
  private readonly options: BarOptions;
  private readonly planes: Planes;
  private readonly decoded: Planes;
  private readonly row: IntraRowCoder;
  /** What `planes` shows, and what the latest IDR showed. */
  private drawn: ColumnKeys;
  private inIdr: ColumnKeys;
  private roots: Station[] = [];
  private stations = 0;

  constructor(options: BarOptions) {
    this.options = options;
    const { columns, rows, colour, coder } = options;
    this.planes = createPlanes(columns * 16, rows * 16);
    this.planes.y.fill(colour.y);
    this.planes.u.fill(colour.u);
    this.planes.v.fill(colour.v);
    this.decoded = createPlanes(columns * 16, 16);
    this.row = new IntraRowCoder(coder, columns);
    this.drawn = new Float64Array(columns);
    this.inIdr = this.drawn;
  }

  idr(line: TextLine, idrPicId: IdrPicId): Buffer[] {
    const { columns, rows, from, face } = this.options;
    const keys = layLine(line, columns, face.advance);
    this.draw(keys);
    this.inIdr = keys;
    return Array.from({ length: rows }, (_, row) => this.codeRow(row, from + row, keys).nal(idrPicId));
  }

  delta(line: TextLine, picture: DeltaWriter): void {
    const { columns, from, textRows, face, tiles } = this.options;
    const keys = layLine(line, columns, face.advance);
    const changed: [column: number, tile: readonly (CodedResidual | undefined)[]][] = [];
    for (let column = 0; column < columns; column++) {
      const key = keys[column]!;
      if (key !== this.inIdr[column]) changed.push([column, key === 0 ? [] : tiles.tile(key)]);
    }
    if (changed.length === 0) return;
    for (let row = 0; row < textRows; row++)
      picture.row(from + row, (out) => {
        let at = 0;
        for (const [column, tile] of changed) {
          out.skip(column - at);
          out.inter(this.toFlatEdge(column), tile[row]);
          at = column + 1;
        }
        out.skip(columns - at);
      });
  }

  /** How far prediction moves sideways to lie wholly beyond the picture, where its flat edge goes on for ever. */
  private toFlatEdge(column: number): number {
    const { columns } = this.options;
    const middle = columns >> 1;
    return column <= middle ? -16 * (middle + 1) : 16 * (columns - middle);
  }

  private codeRow(row: number, pictureRow: number, keys: ColumnKeys) {
    const { coder, columns, textRows } = this.options;
    const source = rowsOf(this.planes, row, row + 1);
    const out = this.row.start(pictureRow);
    if (this.stations > maxStations) {
      this.roots = [];
      this.stations = 0;
    }
    coder.pcm(out, source, this.decoded, 0);
    this.roots[row] ??= { edge: this.edgeOf(0) };
    let station = this.roots[row]!;
    // Where the last column was taken from memory, `decoded` does not hold it.
    let decodedAt = 0;
    for (let column = 1; column < columns - 1; column++) {
      const key = row < textRows ? keys[column]! : 0;
      let next = station.next?.get(key);
      if (!next) {
        if (decodedAt !== column - 1) this.setEdge(column - 1, station.edge);
        const coded = coder.intra(source, this.decoded, column);
        next = { coded, edge: this.edgeOf(column) };
        station.next ??= new Map();
        station.next.set(key, next);
        this.stations++;
        decodedAt = column;
      }
      out.intra(next.coded!);
      station = next;
    }
    coder.pcm(out, source, this.decoded, columns - 1);
    return this.row.end(pictureRow);
  }

  private draw(keys: ColumnKeys): void {
    const { columns, face, colour } = this.options;
    const { planes } = this;
    for (let column = 0; column < columns; column++) {
      if (keys[column] === this.drawn[column]) continue;
      for (let y = 0; y < face.height; y++) {
        const at = y * planes.width + column * 16;
        planes.y.fill(colour.y, at, at + 16);
      }
      if (keys[column] !== 0) drawColumn(planes, column, keys[column]!, face, colour.y);
    }
    this.drawn = keys;
  }

  private edgeOf(column: number): Uint8Array {
    const { y, u, v, width } = this.decoded;
    const edge = new Uint8Array(32);
    for (let row = 0; row < 16; row++) edge[row] = y[row * width + column * 16 + 15]!;
    for (let row = 0; row < 8; row++) {
      const at = row * (width >> 1) + column * 8 + 7;
      edge[16 + row] = u[at]!;
      edge[24 + row] = v[at]!;
    }
    return edge;
  }

  private setEdge(column: number, edge: Uint8Array): void {
    const { y, u, v, width } = this.decoded;
    for (let row = 0; row < 16; row++) y[row * width + column * 16 + 15] = edge[row]!;
    for (let row = 0; row < 8; row++) {
      const at = row * (width >> 1) + column * 8 + 7;
      u[at] = edge[16 + row]!;
      v[at] = edge[24 + row]!;
    }
  }
}
