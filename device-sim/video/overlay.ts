import type { Typeface } from './font.ts';
import { drawable } from './font.ts';
import { type Colour, hsl, type Planes } from './planes.ts';

/** One line of text: something at its left, something at its right end. */
export interface TextLine {
  left: string;
  right: string;
}

/** Where the two bars of text lie, in macroblock rows. */
export interface BarLayout {
  columns: number;
  /** First row and height of each bar; the last one reaches to the picture's end, cropped part included. */
  bars: readonly { from: number; rows: number }[];
  /** Rows of macroblocks a line of text is high. */
  textRows: number;
}

export function layBars(width: number, height: number): BarLayout {
  const rows = (height + 15) >> 4;
  const whole = height >> 4;
  const textRows = Math.max(1, Math.round(height / 16 / 15));
  return {
    columns: (width + 15) >> 4,
    textRows,
    bars: [
      { from: 0, rows: textRows },
      { from: whole - textRows, rows: rows - whole + textRows },
    ],
  };
}

/** Dark, with a touch of the camera's hue; whole numbers, as the flat parts are sent as samples. */
export function barColour(hue: number): Colour {
  const { y, u, v } = hsl(hue, 0.35, 0.14);
  return { y: Math.round(y), u: Math.round(u), v: Math.round(v) };
}
export const textLuma = 228;

/** What stands in each macroblock column of a line: 0 for nothing, else offset and characters in one number. */
export type ColumnKeys = Float64Array;

/** Up to three characters reach into 16 samples, as none is narrower than 8. */
const perColumn = 3;

/**
 * Puts lines into columns. The first and the last column stay empty: the flat edge is what text is predicted from. The
 * right text wins when both do not fit. What stands at the left seldom changes, and is kept.
 */
export function createLineLayout(columns: number, advance: number): (line: TextLine) => ColumnKeys {
  const mostRight = Math.floor(((columns - 2) * 16) / advance);
  let kept = new Float64Array(columns);
  let [keptLeft, keptRoom] = ['', 0];
  return (line) => {
    const right = drawable(line.right).slice(-mostRight);
    const rightFrom = (columns - 1) * 16 - right.length * advance;
    const room = Math.max(0, Math.floor((Math.floor(rightFrom / 16) * 16 - 16 - advance / 2) / advance));
    if (line.left !== keptLeft || room !== keptRoom) {
      kept = new Float64Array(columns);
      placeText(kept, drawable(line.left).slice(0, room), 16, advance);
      [keptLeft, keptRoom] = [line.left, room];
    }
    const keys = kept.slice();
    placeText(keys, right, rightFrom, advance);
    return keys;
  };
}

/** One line alone. */
export const layLine = (line: TextLine, columns: number, advance: number): ColumnKeys =>
  createLineLayout(columns, advance)(line);

function placeText(keys: ColumnKeys, text: string, from: number, advance: number): void {
  if (text.length === 0) return;
  const first = Math.max(1, from >> 4);
  const last = Math.min(keys.length - 2, (from + text.length * advance - 1) >> 4);
  for (let column = first; column <= last; column++) {
    const start = Math.floor((column * 16 - from) / advance);
    let key = column * 16 - from - start * advance;
    let blank = true;
    for (let i = start; i < start + perColumn; i++) {
      const visible = from + i * advance < column * 16 + 16;
      const code = visible && i >= 0 && i < text.length ? text.charCodeAt(i) : 32;
      if (code !== 32) blank = false;
      key = key * 128 + code;
    }
    if (!blank) keys[column] = key;
  }
}

/** Draw what a key stands for at `column` of a bar; `bar` is flat before. */
export function drawColumn(bar: Planes, column: number, key: number, face: Typeface, flat: number): void {
  const codes = [Math.floor(key / 16384) % 128, Math.floor(key / 128) % 128, key % 128];
  const offset = Math.floor(key / 2097152);
  const { advance, height } = face;
  for (const [i, code] of codes.entries()) {
    if (code === 32) continue;
    const mask = face.mask(code);
    const shift = i * advance - offset;
    const [first, last] = [Math.max(0, shift), Math.min(16, shift + advance)];
    for (let row = 0; row < height; row++)
      for (let x = first; x < last; x++) {
        const cover = mask[row * advance + x - shift]!;
        if (cover > 0) bar.y[row * bar.width + column * 16 + x] = Math.round(flat + ((textLuma - flat) * cover) / 255);
      }
  }
}
