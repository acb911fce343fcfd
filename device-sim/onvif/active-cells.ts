import type { Box } from './geometry.ts';

/** The grid of the cell motion engine: so many cells across the picture and down. */
export const cellColumns = 22;
export const cellRows = 18;

/** ActiveCells of a CellMotionDetector (Analytics B.2): Base64 of PackBits of one bit a cell, row by row from the top. */
export function parseActiveCells(text: string): Uint8Array {
  const packed = Buffer.from(text, 'base64');
  const bytes: number[] = [];
  const size = Math.ceil((cellColumns * cellRows) / 8);
  for (let at = 0; at < packed.length && bytes.length < size; ) {
    const control = packed.readInt8(at++);
    if (control >= 0) {
      for (let left = control + 1; left > 0 && at < packed.length; left--) bytes.push(packed[at++]!);
    } else if (control > -128 && at < packed.length) {
      const byte = packed[at++]!;
      for (let left = 1 - control; left > 0; left--) bytes.push(byte);
    }
  }
  return Uint8Array.from({ length: size }, (_, at) => bytes[at] ?? 0);
}

/** How many active cells a box covers at least in part. */
export function coveredCells(cells: Uint8Array, { left, top, right, bottom }: Box): number {
  const column = (x: number) => Math.min(cellColumns - 1, Math.max(0, Math.floor(((x + 1) / 2) * cellColumns)));
  const row = (y: number) => Math.min(cellRows - 1, Math.max(0, Math.floor(((1 - y) / 2) * cellRows)));
  let covered = 0;
  for (let r = row(top); r <= row(bottom); r++)
    for (let c = column(left); c <= column(right); c++) {
      const bit = r * cellColumns + c;
      if ((cells[bit >> 3]! >> (7 - (bit & 7))) & 1) covered += 1;
    }
  return covered;
}

/** Is every cell of the picture active? The bits after the last cell count for nothing. */
export const allActive = (cells: Uint8Array): boolean =>
  cells.every((byte, at) => byte === 0xff || (at === cells.length - 1 && (byte & lastByte) === lastByte));
const lastByte = 0xff & (0xff << (8 - ((cellColumns * cellRows) % 8 || 8)));
