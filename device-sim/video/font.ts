/**
 * A typeface drawn by strokes on a grid: 5 wide, capitals 8 high, descenders to 10. It is drawn at any size from its
 * distance field, so the same letters are sharp at 320×180 and at 4K. Paths: M move, L line, Q curve, Z close.
 */
const bowlRight = 'M0.4 5.25Q0.4 2.5 2.6 2.5Q4.8 2.5 4.8 5.25Q4.8 8 2.6 8Q0.4 8 0.4 5.25';
const bowlLeft = 'M4.4 5.25Q4.4 2.5 2.2 2.5Q0 2.5 0 5.25Q0 8 2.2 8Q4.4 8 4.4 5.25';
const round = 'M0 3Q0 0 2.5 0Q5 0 5 3L5 5Q5 8 2.5 8Q0 8 0 5Z';
const strokes: Record<string, string> = {
  ' ': '',
  '0': `${round}M2.5 3.9L2.5 4.1`,
  '1': 'M0.8 1.6L2.8 0L2.8 8M0.9 8L4.7 8',
  '2': 'M0.2 2.2Q0.4 0 2.5 0Q4.8 0 4.8 2.2Q4.8 3.6 3.4 4.9L0.2 8L5 8',
  '3': 'M0.3 0L4.7 0L2.3 3.2Q5 3.2 5 5.6Q5 8 2.4 8Q0.6 8 0 6.6',
  '4': 'M3.8 8L3.8 0L0 5.8L5 5.8',
  '5': 'M4.6 0L0.7 0L0.4 3.7Q1.3 3 2.5 3Q5 3 5 5.5Q5 8 2.4 8Q0.7 8 0 6.8',
  '6': 'M4.3 0.2Q0 1 0 5.4Q0 8 2.5 8Q5 8 5 5.5Q5 3.1 2.5 3.1Q0.6 3.1 0 5',
  '7': 'M0 0L5 0L1.8 8',
  '8': 'M2.5 3.8Q0.4 3.8 0.4 1.9Q0.4 0 2.5 0Q4.6 0 4.6 1.9Q4.6 3.8 2.5 3.8Q0 3.8 0 5.9Q0 8 2.5 8Q5 8 5 5.9Q5 3.8 2.5 3.8',
  '9': 'M0.7 7.8Q5 7 5 2.6Q5 0 2.5 0Q0 0 0 2.5Q0 4.9 2.5 4.9Q4.4 4.9 5 3',
  A: 'M0 8L2.5 0L5 8M0.9 5.4L4.1 5.4',
  B: 'M0 8L0 0L2.6 0Q4.6 0 4.6 1.9Q4.6 3.8 2.6 3.8L0 3.8M2.6 3.8Q5 3.8 5 5.9Q5 8 2.6 8L0 8',
  C: 'M4.9 1.8Q4.3 0 2.6 0Q0 0 0 3L0 5Q0 8 2.6 8Q4.3 8 4.9 6.2',
  D: 'M0 0L0 8L2 8Q5 8 5 5L5 3Q5 0 2 0Z',
  E: 'M4.8 0L0 0L0 8L4.8 8M0 3.9L3.9 3.9',
  F: 'M4.8 0L0 0L0 8M0 3.9L3.9 3.9',
  G: 'M4.8 1.7Q4.2 0 2.6 0Q0 0 0 3L0 5Q0 8 2.6 8Q5 8 5 5.6L5 4.4L2.9 4.4',
  H: 'M0 0L0 8M5 0L5 8M0 4L5 4',
  I: 'M2.5 0L2.5 8M1 0L4 0M1 8L4 8',
  J: 'M4.4 0L4.4 5.6Q4.4 8 2.2 8Q0.4 8 0 6.2',
  K: 'M0 0L0 8M4.8 0L0 4.9M1.7 3.3L5 8',
  L: 'M0 0L0 8L4.8 8',
  M: 'M0 8L0 0L2.5 4.6L5 0L5 8',
  N: 'M0 8L0 0L5 8L5 0',
  O: round,
  P: 'M0 8L0 0L2.7 0Q5 0 5 2.2Q5 4.4 2.7 4.4L0 4.4',
  Q: `${round}M3.2 6.2L5 8.4`,
  R: 'M0 8L0 0L2.7 0Q5 0 5 2.2Q5 4.4 2.7 4.4L0 4.4M2.6 4.4L5 8',
  S: 'M4.7 1.6Q4.2 0 2.5 0Q0.2 0 0.2 2Q0.2 3.5 2.5 3.9Q5 4.4 5 6Q5 8 2.5 8Q0.4 8 0 6.3',
  T: 'M0 0L5 0M2.5 0L2.5 8',
  U: 'M0 0L0 5.2Q0 8 2.5 8Q5 8 5 5.2L5 0',
  V: 'M0 0L2.5 8L5 0',
  W: 'M0 0L1.1 8L2.5 3L3.9 8L5 0',
  X: 'M0 0L5 8M5 0L0 8',
  Y: 'M0 0L2.5 4L5 0M2.5 4L2.5 8',
  Z: 'M0 0L5 0L0 8L5 8',
  a: `M4.4 2.6L4.4 8${bowlLeft}`,
  b: `M0.4 0L0.4 8${bowlRight}`,
  c: 'M4.4 3.6Q3.8 2.5 2.5 2.5Q0.2 2.5 0.2 5.25Q0.2 8 2.5 8Q3.8 8 4.4 6.9',
  d: `M4.4 0L4.4 8${bowlLeft}`,
  e: 'M0.2 5.2L4.6 5.2Q4.6 2.5 2.4 2.5Q0.2 2.5 0.2 5.2Q0.2 8 2.5 8Q3.7 8 4.4 7.1',
  f: 'M4.3 0.2Q2 -0.4 2 2L2 8M0.4 2.7L4 2.7',
  g: 'M4.4 2.6L4.4 8Q4.4 10 2.3 10Q1 10 0.4 9.4M4.4 5.2Q4.4 2.5 2.2 2.5Q0 2.5 0 5.2Q0 7.8 2.2 7.8Q4.4 7.8 4.4 5.2',
  h: 'M0.5 0L0.5 8M0.5 5Q0.6 2.5 2.7 2.5Q4.6 2.5 4.6 4.8L4.6 8',
  i: 'M1.2 2.6L2.5 2.6L2.5 8M1 8L4 8M2.5 0.3L2.5 0.4',
  j: 'M1.6 2.6L3 2.6L3 8.2Q3 10 1.3 10L0.8 10M3 0.3L3 0.4',
  k: 'M0.6 0L0.6 8M4.2 2.6L0.6 5.8M2 4.7L4.6 8',
  l: 'M1.2 0L2.5 0L2.5 8M1 8L4 8',
  m: 'M0 8L0 2.6M0 4.4Q0.1 2.5 1.3 2.5Q2.5 2.5 2.5 4.4L2.5 8M2.5 4.4Q2.6 2.5 3.8 2.5Q5 2.5 5 4.4L5 8',
  n: 'M0.5 8L0.5 2.6M0.5 5Q0.6 2.5 2.7 2.5Q4.6 2.5 4.6 4.8L4.6 8',
  o: 'M0.1 5.25Q0.1 2.5 2.4 2.5Q4.7 2.5 4.7 5.25Q4.7 8 2.4 8Q0.1 8 0.1 5.25',
  p: `M0.4 2.6L0.4 10${bowlRight}`,
  q: `M4.4 2.6L4.4 10${bowlLeft}`,
  r: 'M0.9 8L0.9 2.6M0.9 5.2Q1 2.5 3.4 2.5L4.3 2.6',
  s: 'M4.2 3.5Q3.6 2.5 2.4 2.5Q0.5 2.5 0.5 3.9Q0.5 5 2.4 5.2Q4.5 5.5 4.5 6.6Q4.5 8 2.4 8Q0.8 8 0.3 6.9',
  t: 'M1.9 0.8L1.9 6.2Q1.9 8 3.5 8L4.3 7.9M0.4 2.7L4 2.7',
  u: 'M0.4 2.6L0.4 5.6Q0.4 8 2.3 8Q4.4 8 4.5 5.4M4.5 2.6L4.5 8',
  v: 'M0.2 2.6L2.5 8L4.8 2.6',
  w: 'M0 2.6L1.2 8L2.5 4L3.8 8L5 2.6',
  x: 'M0.4 2.6L4.6 8M4.6 2.6L0.4 8',
  y: 'M0.3 2.6L2.6 7.8M4.8 2.6L1.7 9.3Q1.3 10 0.4 10',
  z: 'M0.5 2.6L4.5 2.6L0.5 8L4.6 8',
  '-': 'M0.8 4.3L4.2 4.3',
  '+': 'M2.5 2L2.5 6.6M0.2 4.3L4.8 4.3',
  '.': 'M2.5 7.8L2.5 8',
  ',': 'M2.7 7.7L2 9.3',
  ':': 'M2.5 3L2.5 3.2M2.5 6.9L2.5 7.1',
  ';': 'M2.6 3L2.6 3.2M2.7 7L2 8.8',
  '/': 'M4.6 -0.2L0.4 8.6',
  '\\': 'M0.4 -0.2L4.6 8.6',
  '|': 'M2.5 -0.4L2.5 9',
  _: 'M0 8.8L5 8.8',
  '=': 'M0.4 3.2L4.6 3.2M0.4 5.6L4.6 5.6',
  '*': 'M2.5 1L2.5 5M0.8 2L4.2 4M4.2 2L0.8 4',
  '#': 'M1.8 0.8L1.2 7.4M3.9 0.8L3.3 7.4M0.3 2.8L4.8 2.8M0 5.4L4.5 5.4',
  '%': 'M4.7 0L0.3 8M0.3 1.3Q0.3 0 1.2 0Q2.1 0 2.1 1.3Q2.1 2.6 1.2 2.6Q0.3 2.6 0.3 1.3M2.9 6.7Q2.9 5.4 3.8 5.4Q4.7 5.4 4.7 6.7Q4.7 8 3.8 8Q2.9 8 2.9 6.7',
  '&': 'M5 8L1.4 3.2Q0.8 0 2.4 0Q4 0 3.9 1.6Q3.8 3 2 4Q0 5 0 6.3Q0 8 2 8Q4.2 8 4.7 4.8',
  '@': 'M3.6 5.6Q3.4 2.8 2.4 2.8Q1.4 2.8 1.4 4.3Q1.4 5.8 2.4 5.8Q3.4 5.8 3.6 3.2Q3.8 6.2 4.4 5.4Q5 4.6 5 3Q5 0 2.5 0Q0 0 0 4Q0 8 2.6 8L4 7.7',
  '(': 'M3.6 -0.4Q1.4 1.6 1.4 4.2Q1.4 6.8 3.6 9',
  ')': 'M1.4 -0.4Q3.6 1.6 3.6 4.2Q3.6 6.8 1.4 9',
  '[': 'M3.6 -0.4L1.6 -0.4L1.6 9L3.6 9',
  ']': 'M1.4 -0.4L3.4 -0.4L3.4 9L1.4 9',
  '<': 'M4.4 1.4L0.6 4.3L4.4 7.2',
  '>': 'M0.6 1.4L4.4 4.3L0.6 7.2',
  "'": 'M2.5 -0.2L2.5 1.6',
  '"': 'M1.6 -0.2L1.6 1.6M3.4 -0.2L3.4 1.6',
  '!': 'M2.5 0L2.5 5.2M2.5 7.8L2.5 8',
  '?': 'M0.3 1.9Q0.5 0 2.5 0Q4.7 0 4.7 2Q4.7 3.4 3.4 4Q2.5 4.5 2.5 5.6M2.5 7.8L2.5 8',
};

/** A character the typeface has; `?` for any other. */
export const drawable = (text: string) => (plain.test(text) ? text : text.replace(foreign, '?'));
const foreign = /[^ -~]|[\x60^~$\x7b\x7d]/gu;
const plain = /^[ -#%-\]_a-z|]*$/;

type Segment = readonly [x0: number, y0: number, x1: number, y1: number];
const curveSteps = 7;

function segmentsOf(path: string): Segment[] {
  const segments: Segment[] = [];
  let [x, y, startX, startY] = [0, 0, 0, 0];
  const line = (toX: number, toY: number) => {
    segments.push([x, y, toX, toY]);
    [x, y] = [toX, toY];
  };
  for (const [, verb, rest] of path.matchAll(/([MLQZ])([^MLQZ]*)/g)) {
    const n = rest!.trim().split(/\s+/).map(Number);
    if (verb === 'M') [x, y, startX, startY] = [n[0]!, n[1]!, n[0]!, n[1]!];
    else if (verb === 'L') line(n[0]!, n[1]!);
    else if (verb === 'Z') line(startX, startY);
    else {
      const [fromX, fromY, bendX, bendY, toX, toY] = [x, y, n[0]!, n[1]!, n[2]!, n[3]!];
      for (let step = 1; step <= curveSteps; step++) {
        const t = step / curveSteps;
        const s = 1 - t;
        line(s * s * fromX + 2 * s * t * bendX + t * t * toX, s * s * fromY + 2 * s * t * bendY + t * t * toY);
      }
    }
  }
  return segments;
}

/** Coverage 0…255 of one character in its cell. */
export type GlyphMask = Uint8Array;

/** The typeface at one size; masks are drawn when first asked for. */
export interface Typeface {
  /** Every character is as wide as this. */
  readonly advance: number;
  readonly height: number;
  mask(code: number): GlyphMask;
}

/** Letters for lines of `height` samples. */
export function createTypeface(height: number): Typeface {
  const unit = height / 13.5;
  // Two letters side by side fill whole blocks of 16 samples.
  const advance = height < 16 ? Math.max(5, Math.round(unit * 6.7)) : 8 * Math.round((unit * 6.7) / 8);
  const left = (advance - 5 * unit) / 2;
  const top = (height - 8.6 * unit) / 2;
  const half = Math.max(0.6, unit * 0.56);
  const masks = new Map<number, GlyphMask>();

  function draw(code: number): GlyphMask {
    const mask = new Uint8Array(advance * height);
    const segments = segmentsOf(strokes[String.fromCharCode(code)] ?? strokes['?']!);
    for (let row = 0; row < height; row++)
      for (let column = 0; column < advance; column++) {
        const x = (column + 0.5 - left) / unit;
        const y = (row + 0.5 - top) / unit;
        let nearest = Number.POSITIVE_INFINITY;
        for (const [x0, y0, x1, y1] of segments) {
          const [dx, dy] = [x1 - x0, y1 - y0];
          const along = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1);
          const t = along < 0 ? 0 : Math.min(along, 1);
          const [ex, ey] = [x - x0 - t * dx, y - y0 - t * dy];
          nearest = Math.min(nearest, ex * ex + ey * ey);
        }
        const coverage = 0.5 + half - Math.sqrt(nearest) * unit;
        mask[row * advance + column] = Math.round(255 * Math.min(1, Math.max(0, coverage)));
      }
    return mask;
  }

  return {
    advance,
    height,
    mask(code) {
      let mask = masks.get(code);
      if (!mask) {
        mask = draw(code);
        masks.set(code, mask);
      }
      return mask;
    },
  };
}
