import type { Typeface } from './font.ts';
import { drawable } from './font.ts';
import { barColour, layBars, textLuma } from './overlay.ts';
import type { Planes } from './planes.ts';

/** A text somewhere in the picture. */
export interface Label {
  text: string;
  /** Left top corner in shares of the picture. */
  x: number;
  y: number;
  /** ONVIF FontSize: lines of a picture of 540; as high as the bars' text when absent. */
  size?: number;
}

/** A label as it lies in a picture, samples. */
export interface LaidLabel {
  text: string;
  face: Typeface;
  x: number;
  y: number;
  width: number;
  height: number;
  margin: number;
}

const even = (value: number) => 2 * Math.round(value / 2);

/** Find room for labels between the bars of text: where they are set, moved in as far as they would stick out. */
export function layLabels(
  labels: readonly Label[],
  width: number,
  height: number,
  typeface: (height: number) => Typeface,
): LaidLabel[] {
  const { bars, textRows } = layBars(width, height);
  const [top, bottom] = [bars[0]!.rows * 16, bars[1]!.from * 16];
  return labels.map((label) => {
    const high = label.size === undefined ? textRows * 16 : even((label.size * height) / 540);
    const face = typeface(Math.min(bottom - top, Math.max(10, high)));
    const margin = even(face.advance / 2);
    const text = drawable(label.text).slice(0, Math.floor((width - 2 * margin) / face.advance));
    const wide = even(text.length * face.advance + 2 * margin);
    return {
      text,
      face,
      margin,
      width: wide,
      height: face.height,
      x: even(Math.max(0, Math.min(width - wide, label.x * width))),
      y: even(Math.max(top, Math.min(bottom - face.height, label.y * height))),
    };
  });
}

/** Draw a label into a part of the picture that begins at (`left`, `top`); what lies outside is left out. */
export function drawLabel(planes: Planes, label: LaidLabel, hue: number, left: number, top: number): void {
  const colour = barColour(hue);
  const [x0, y0] = [label.x - left, label.y - top];
  const [from, to] = [Math.max(0, x0), Math.min(planes.width, x0 + label.width)];
  if (from >= to) return;
  const half = planes.width >> 1;
  for (let row = Math.max(0, y0); row < Math.min(planes.height, y0 + label.height); row++) {
    planes.y.fill(colour.y, row * planes.width + from, row * planes.width + to);
    const line = row - y0;
    for (let x = from; x < to; x++) {
      const at = x - x0 - label.margin;
      const letter = Math.floor(at / label.face.advance);
      if (letter < 0 || letter >= label.text.length) continue;
      const code = label.text.charCodeAt(letter);
      if (code === 32) continue;
      const cover = label.face.mask(code)[line * label.face.advance + at - letter * label.face.advance]!;
      planes.y[row * planes.width + x] = Math.round(colour.y + ((textLuma - colour.y) * cover) / 255);
    }
    if (row & 1) continue;
    const chroma = (row >> 1) * half;
    planes.u.fill(colour.u, chroma + (from >> 1), chroma + (to >> 1));
    planes.v.fill(colour.v, chroma + (from >> 1), chroma + (to >> 1));
  }
}
