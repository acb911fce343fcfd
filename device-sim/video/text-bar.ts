import type { CodedRun } from './codec.ts';
import { type ColumnKeys, createLineLayout, type TextLine } from './overlay.ts';
import type { Letters } from './picture-library.ts';
import type { PictureWriter } from './picture-writer.ts';

export interface TextBarOptions {
  letters: Letters;
  columns: number;
  /** First row of blocks, and rows in all; below the text the bar is flat. */
  from: number;
  rows: number;
}

/** Pieces a line is cut into where nothing changes. */
const keptPieces = 4;
/** Pieces of a line: a decoder in use complains of the 32nd slice within four rows. */
const mostPieces = 7;

/** A piece of a bar: columns `from` up to `to`, a run a row. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly runs: readonly CodedRun[];
}

/**
 * Codes a bar of text: whole in an IDR, only what changed after it. Pieces are two letters wide, counted from the right
 * end where the digits change: a hundred pairs are coded once and come again for ever; where so much changed that there
 * would be too many, one piece holds it all. In an IDR the pieces that changed since the one before
 * stand alone, as they will change again; what lies between them is cut at the same places each time, so that it comes
 * from memory.
 */
export class TextBar {
  private readonly options: TextBarOptions;
  /** Where pieces begin. */
  private readonly bounds: readonly number[];
  private inIdr: ColumnKeys | undefined;
  private readonly lay: (line: TextLine) => ColumnKeys;

  constructor(options: TextBarOptions) {
    const { columns, letters } = options;
    this.options = options;
    this.lay = createLineLayout(columns, letters.face.advance);
    const wide = Math.max(1, Math.ceil(letters.face.advance / 8));
    const bounds = [columns - 1, columns];
    while (bounds[0]! > 0) bounds.unshift(Math.max(0, bounds[0]! - wide));
    this.bounds = bounds;
  }

  idr(line: TextLine, picture: PictureWriter): void {
    const { letters, columns, from, rows } = this.options;
    const keys = this.lay(line);
    const changed = this.changed(keys, this.inIdr ?? keys);
    const cut = this.between(keys, changed);
    const pieces = cut.length > mostPieces ? this.between(keys, this.asOne(keys, changed)) : cut;
    for (let row = 0; row < rows; row++)
      if (row < letters.rows)
        for (const piece of pieces) picture.run(from + row, piece.from, piece.to, piece.runs[row]!);
      else picture.run(from + row, 0, columns, letters.flat(columns));
    this.inIdr = keys;
  }

  delta(line: TextLine, picture: PictureWriter): void {
    const { letters, from } = this.options;
    const keys = this.lay(line);
    const changed = this.changed(keys, this.inIdr!);
    const pieces = changed.length > mostPieces ? this.asOne(keys, changed) : changed;
    for (let row = 0; row < letters.rows; row++)
      for (const piece of pieces) picture.run(from + row, piece.from, piece.to, piece.runs[row]!);
  }

  /** The whole line: these pieces, and what lies between them. */
  private between(keys: ColumnKeys, changed: readonly Piece[]): Piece[] {
    const { letters, columns } = this.options;
    const pieces: Piece[] = [];
    const keptWide = Math.ceil(columns / keptPieces);
    let kept = 0;
    const keepUpTo = (to: number) => {
      for (let end: number; kept < to; kept = end) {
        end = Math.min(to, (Math.floor(kept / keptWide) + 1) * keptWide);
        pieces.push({ from: kept, to: end, runs: letters.columns(keys, kept, end) });
      }
    };
    for (const piece of changed) {
      keepUpTo(piece.from);
      pieces.push(piece);
      kept = piece.to;
    }
    keepUpTo(columns);
    return pieces;
  }

  /** One piece from the first of these to the last. */
  private asOne(keys: ColumnKeys, pieces: readonly Piece[]): Piece[] {
    const [from, to] = [pieces[0]!.from, pieces.at(-1)!.to];
    return [{ from, to, runs: this.options.letters.columns(keys, from, to) }];
  }

  private changed(keys: ColumnKeys, before: ColumnKeys): Piece[] {
    const { bounds } = this;
    const pieces: Piece[] = [];
    for (let i = 0; i + 1 < bounds.length; i++) {
      const [from, to] = [bounds[i]!, bounds[i + 1]!];
      let column = from;
      while (column < to && keys[column] === before[column]) column++;
      if (column < to) pieces.push({ from, to, runs: this.options.letters.columns(keys, from, to) });
    }
    return pieces;
  }
}
