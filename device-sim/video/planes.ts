/** Samples of a picture, 4:2:0. Width and height are multiples of 16: whole macroblocks. */
export interface Planes {
  readonly width: number;
  readonly height: number;
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
}

/** Black when limited range is read. */
export function createPlanes(width: number, height: number): Planes {
  return {
    width,
    height,
    y: new Uint8Array(width * height).fill(16),
    u: new Uint8Array((width * height) >> 2).fill(128),
    v: new Uint8Array((width * height) >> 2).fill(128),
  };
}

/** Rows of macroblocks `from` up to, not including, `to`: a view on the same samples. */
export function rowsOf(planes: Planes, from: number, to: number): Planes {
  const { width } = planes;
  const [luma, chroma] = [width * 16, width * 4];
  return {
    width,
    height: (to - from) * 16,
    y: planes.y.subarray(from * luma, to * luma),
    u: planes.u.subarray(from * chroma, to * chroma),
    v: planes.v.subarray(from * chroma, to * chroma),
  };
}

/** A copy of some blocks of 16×16. */
export function copyBlocks(planes: Planes, column: number, row: number, columns: number, rows: number): Planes {
  const copy = createPlanes(columns * 16, rows * 16);
  const cut = (from: Uint8Array, to: Uint8Array, unit: number) => {
    const [stride, width] = [(planes.width >> 4) * unit, columns * unit];
    for (let y = 0; y < rows * unit; y++) {
      const at = (row * unit + y) * stride + column * unit;
      to.set(from.subarray(at, at + width), y * width);
    }
  };
  cut(planes.y, copy.y, 16);
  cut(planes.u, copy.u, 8);
  cut(planes.v, copy.v, 8);
  return copy;
}

export function copyPlanes(planes: Planes): Planes {
  const { width, height, y, u, v } = planes;
  return { width, height, y: y.slice(), u: u.slice(), v: v.slice() };
}

/** A colour as BT.709 limited-range samples. */
export interface Colour {
  readonly y: number;
  readonly u: number;
  readonly v: number;
}

/** Red, green, blue 0…255. */
export function rgb(red: number, green: number, blue: number): Colour {
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return {
    y: 16 + (luma * 219) / 255,
    u: 128 + (((blue - luma) / 1.8556) * 224) / 255,
    v: 128 + (((red - luma) / 1.5748) * 224) / 255,
  };
}

/** Hue in degrees, saturation and lightness 0…1. */
export function hsl(hue: number, saturation: number, lightness: number): Colour {
  const chroma = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + (((hue % 360) + 360) % 360) / 30) % 12;
    return 255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return rgb(channel(0), channel(8), channel(4));
}

export const mix = (a: Colour, b: Colour, share: number): Colour => ({
  y: a.y + (b.y - a.y) * share,
  u: a.u + (b.u - a.u) * share,
  v: a.v + (b.v - a.v) * share,
});
