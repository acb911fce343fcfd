import type { Point } from './polygon.ts';

/** Left, top, right, bottom in ONVIF's coordinates: -1 to 1, y upwards. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Which side of the way from `a` to `b` a point lies on: above 0 is left of it. */
const sideOf = (a: Point, b: Point, p: Point) => (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);

/** Does the way from `a` to `b` meet the one from `c` to `d`? Touching an end counts once, not twice. */
function meet(a: Point, b: Point, c: Point, d: Point): boolean {
  return sideOf(c, d, a) > 0 !== sideOf(c, d, b) > 0 && sideOf(a, b, c) > 0 !== sideOf(a, b, d) > 0;
}

/**
 * Where something that moved from `from` to `to` came out when it crossed a line, seen along the line from its first
 * point to its last; undefined when it did not cross.
 */
export function crossing(line: readonly Point[], from: Point, to: Point): 'Left' | 'Right' | undefined {
  for (let at = 1; at < line.length; at++) {
    const [a, b] = [line[at - 1]!, line[at]!];
    if (meet(from, to, a, b)) return sideOf(a, b, to) > 0 ? 'Left' : 'Right';
  }
  return undefined;
}

/** Is the point within the polygon? By the number of edges a ray from it meets. */
export function inside(polygon: readonly Point[], { x, y }: Point): boolean {
  let within = false;
  for (const [at, a] of polygon.entries()) {
    const b = polygon[(at + 1) % polygon.length]!;
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) within = !within;
  }
  return within;
}

/** Do a polygon and a box share any place? */
export function overlap(polygon: readonly Point[], { left, top, right, bottom }: Box): boolean {
  const corners: Point[] = [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ];
  if (corners.some((corner) => inside(polygon, corner))) return true;
  if (polygon.some(({ x, y }) => x >= left && x <= right && y >= bottom && y <= top)) return true;
  return polygon.some((a, at) => {
    const b = polygon[(at + 1) % polygon.length]!;
    return corners.some((c, corner) => meet(a, b, c, corners[(corner + 1) % corners.length]!));
  });
}
