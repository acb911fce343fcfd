import type { Planes } from './planes.ts';

/** A privacy mask: corners in shares of the picture from its left top, and one colour. */
export interface PrivacyMask {
  corners: readonly (readonly [x: number, y: number])[];
  y: number;
  u: number;
  v: number;
}

/**
 * Cover what a mask hides. `planes` are a part of a picture of `width` by `height` samples, from (`left`, `top`) on. Any
 * block of colour that is touched is covered as a whole, so that no tint of what is hidden shines through.
 */
export function coverMask(
  planes: Planes,
  mask: PrivacyMask,
  { width, height, left, top }: { width: number; height: number; left: number; top: number },
): void {
  const corners = mask.corners.map(([x, y]) => [x * width - left, y * height - top] as const);
  const half = planes.width >> 1;
  for (let row = 0; row < planes.height >> 1; row++) {
    const at = row * 2 + 1;
    const crossings: number[] = [];
    for (const [i, [x0, y0]] of corners.entries()) {
      const [x1, y1] = corners[(i + 1) % corners.length]!;
      if (y0 <= at !== y1 <= at) crossings.push(x0 + ((at - y0) / (y1 - y0)) * (x1 - x0));
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.floor(crossings[i]! / 2));
      const to = Math.min(half, Math.ceil(crossings[i + 1]! / 2));
      if (from >= to) continue;
      planes.u.fill(mask.u, row * half + from, row * half + to);
      planes.v.fill(mask.v, row * half + from, row * half + to);
      for (const line of [2 * row, 2 * row + 1])
        planes.y.fill(mask.y, line * planes.width + 2 * from, line * planes.width + 2 * to);
    }
  }
}
