import type { Sprite } from './movers.ts';
import type { Planes } from './planes.ts';

/** How a camera's settings change its picture; 50 leaves things as they are. */
export interface Tone {
  brightness: number;
  contrast: number;
  saturation: number;
}

export const plain: Tone = { brightness: 50, contrast: 50, saturation: 50 };

const clip = (value: number) => Math.min(255, Math.max(0, Math.round(value)));

/** Luma and chroma by what they were. */
function tablesOf({ brightness, contrast, saturation }: Tone): { luma: Uint8Array; chroma: Uint8Array } {
  // Contrast from a half to double, colour from none to double, brightness by a third of the range either way.
  const gain = 2 ** ((contrast - 50) / 50);
  const shift = (brightness - 50) * 1.5;
  const colour = saturation / 50;
  return {
    luma: Uint8Array.from({ length: 256 }, (_, y) => Math.min(235, Math.max(16, clip((y - 126) * gain + 126 + shift)))),
    chroma: Uint8Array.from({ length: 256 }, (_, c) => Math.min(240, Math.max(16, clip((c - 128) * colour + 128)))),
  };
}

/** Change samples in place. */
export function tonePlanes({ y, u, v }: Planes, tone: Tone): void {
  const { luma, chroma } = tablesOf(tone);
  for (let i = 0; i < y.length; i++) y[i] = luma[y[i]!]!;
  for (const plane of [u, v]) for (let i = 0; i < plane.length; i++) plane[i] = chroma[plane[i]!]!;
}

/** The same thing under these settings. */
export function toneSprite({ colour, cover, footing }: Sprite, tone: Tone): Sprite {
  const { luma, chroma } = tablesOf(tone);
  const change = (samples: Uint8Array, covers: Uint8Array, table: Uint8Array) =>
    samples.map((sample, i) => {
      const share = covers[i]!;
      return share === 0 ? 0 : Math.round((table[clip((sample * 255) / share)]! * share) / 255);
    });
  const { width, height } = colour;
  return {
    cover,
    footing,
    colour: {
      width,
      height,
      y: change(colour.y, cover.y, luma),
      u: change(colour.u, cover.u, chroma),
      v: change(colour.v, cover.v, chroma),
    },
  };
}
