import type { Colour, Planes } from './planes.ts';

/** Share 0…1 of a sample that a shape covers, by its distance in samples (negative inside). */
const coverageOf = (distance: number) => (distance <= -0.5 ? 1 : distance >= 0.5 ? 0 : 0.5 - distance);

/** A shape as signed distance: negative inside. Coordinates in samples. */
export type Shape = (x: number, y: number) => number;

export const circle =
  (cx: number, cy: number, r: number): Shape =>
  (x, y) =>
    Math.hypot(x - cx, y - cy) - r;

export const ellipse =
  (cx: number, cy: number, rx: number, ry: number): Shape =>
  (x, y) =>
    (Math.hypot((x - cx) / rx, (y - cy) / ry) - 1) * Math.min(rx, ry);

/** A line with round ends, `r` half as thick. */
export function capsule(x0: number, y0: number, x1: number, y1: number, r: number): Shape {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const lengthSquared = dx * dx + dy * dy || 1;
  return (x, y) => {
    const along = ((x - x0) * dx + (y - y0) * dy) / lengthSquared;
    const t = along < 0 ? 0 : Math.min(along, 1);
    return Math.hypot(x - x0 - t * dx, y - y0 - t * dy) - r;
  };
}

export const box =
  (x0: number, y0: number, x1: number, y1: number, r = 0): Shape =>
  (x, y) => {
    const [dx, dy] = [Math.abs(x - (x0 + x1) / 2) - (x1 - x0) / 2 + r, Math.abs(y - (y0 + y1) / 2) - (y1 - y0) / 2 + r];
    return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - r;
  };

/** Convex polygon, corners clockwise as seen. */
export function polygon(...corners: [x: number, y: number][]): Shape {
  const edges = corners.map(([x0, y0], i) => {
    const [x1, y1] = corners[(i + 1) % corners.length]!;
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    return [x0, y0, (y1 - y0) / length, (x0 - x1) / length] as const;
  });
  return (x, y) => {
    let farthest = Number.NEGATIVE_INFINITY;
    for (const [x0, y0, nx, ny] of edges) farthest = Math.max(farthest, (x - x0) * nx + (y - y0) * ny);
    return farthest;
  };
}

/** What a shape lies within. */
export type Bounds = readonly [x0: number, y0: number, x1: number, y1: number];

/** Blends shapes over the samples of a picture. */
export class Painter {
  readonly planes: Planes;

  constructor(planes: Planes) {
    this.planes = planes;
  }

  /** Rows `y0`…`y1` in colours by row. */
  rows(y0: number, y1: number, colourAt: (y: number) => Colour): void {
    const { width, height, y: luma, u, v } = this.planes;
    const end = Math.min(height, Math.round(y1));
    for (let row = Math.max(0, Math.round(y0)); row < end; row++) {
      const colour = colourAt(row);
      luma.fill(Math.round(colour.y), row * width, (row + 1) * width);
      if (row & 1) continue;
      const at = (row >> 1) * (width >> 1);
      u.fill(Math.round(colour.u), at, at + (width >> 1));
      v.fill(Math.round(colour.v), at, at + (width >> 1));
    }
  }

  /** Everything below a line, down to `bottom`. */
  below(edgeAt: (x: number) => number, bottom: number, colour: Colour): void {
    const { width, height, y: luma, u, v } = this.planes;
    const end = Math.min(height, Math.round(bottom));
    const edges = Float64Array.from({ length: width }, (_, x) => edgeAt(x));
    let top = end;
    for (const edge of edges) top = Math.min(top, Math.floor(edge));
    for (let row = Math.max(0, top); row < end; row++)
      for (let x = 0; x < width; x++) {
        const share = coverageOf(edges[x]! - row - 0.5);
        if (share > 0) blend(luma, row * width + x, colour.y, share);
      }
    const half = width >> 1;
    for (let row = Math.max(0, top >> 1); row < end >> 1; row++)
      for (let x = 0; x < half; x++) {
        const share = coverageOf((edges[2 * x]! + edges[2 * x + 1]!) / 4 - row - 0.5);
        if (share > 0) {
          blend(u, row * half + x, colour.u, share);
          blend(v, row * half + x, colour.v, share);
        }
      }
  }

  /** A shape within bounds, `opacity` 0…1. */
  shape(shape: Shape, [x0, y0, x1, y1]: Bounds, colour: Colour, opacity = 1): void {
    const { width, height, y: luma, u, v } = this.planes;
    const [left, right] = [Math.max(0, Math.floor(x0) - 1), Math.min(width, Math.ceil(x1) + 1)];
    const [top, bottom] = [Math.max(0, Math.floor(y0) - 1), Math.min(height, Math.ceil(y1) + 1)];
    for (let row = top; row < bottom; row++)
      for (let x = left; x < right; x++) {
        const share = coverageOf(shape(x + 0.5, row + 0.5)) * opacity;
        if (share > 0) blend(luma, row * width + x, colour.y, share);
      }
    const half = width >> 1;
    for (let row = top >> 1; row < (bottom + 1) >> 1; row++)
      for (let x = left >> 1; x < (right + 1) >> 1; x++) {
        const share = coverageOf(shape(2 * x + 1, 2 * row + 1) / 2) * opacity;
        if (share > 0) {
          blend(u, row * half + x, colour.u, share);
          blend(v, row * half + x, colour.v, share);
        }
      }
  }

  disc(cx: number, cy: number, r: number, colour: Colour, opacity = 1): void {
    this.shape(circle(cx, cy, r), [cx - r, cy - r, cx + r, cy + r], colour, opacity);
  }

  oval(cx: number, cy: number, rx: number, ry: number, colour: Colour, opacity = 1): void {
    this.shape(ellipse(cx, cy, rx, ry), [cx - rx, cy - ry, cx + rx, cy + ry], colour, opacity);
  }

  box(x0: number, y0: number, x1: number, y1: number, colour: Colour, radius = 0, opacity = 1): void {
    this.shape(box(x0, y0, x1, y1, radius), [x0, y0, x1, y1], colour, opacity);
  }

  line(x0: number, y0: number, x1: number, y1: number, thickness: number, colour: Colour, opacity = 1): void {
    const r = thickness / 2;
    const bounds: Bounds = [Math.min(x0, x1) - r, Math.min(y0, y1) - r, Math.max(x0, x1) + r, Math.max(y0, y1) + r];
    this.shape(capsule(x0, y0, x1, y1, r), bounds, colour, opacity);
  }

  polygon(colour: Colour, ...corners: [x: number, y: number][]): void {
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
    this.shape(polygon(...corners), [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)], colour);
  }
}

function blend(plane: Uint8Array, at: number, value: number, share: number): void {
  const before = plane[at];
  if (before !== undefined) plane[at] = share >= 1 ? Math.round(value) : Math.round(before + (value - before) * share);
}
