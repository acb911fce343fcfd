import type { Figure } from '../motion/figure.ts';
import { Painter } from './painter.ts';
import { type Colour, createPlanes, hsl, type Planes, rgb } from './planes.ts';

/** A thing that moves through the picture: premultiplied samples and how far they cover what is behind them. */
export interface Sprite {
  readonly colour: Planes;
  /** Coverage 0…255, in the same layout. */
  readonly cover: Planes;
  /** Bottom of the sprite to the ground line, samples. */
  readonly footing: number;
}

/** Steps of one walking cycle. */
export const walkPoses = 8;

const even = (value: number) => 2 * Math.ceil(value / 2);

function drawSprite(width: number, height: number, draw: (paint: (colour: Colour) => SpritePainter) => void): Sprite {
  const [w, h] = [even(width), even(height)];
  const colour = createPlanes(w, h);
  const cover = createPlanes(w, h);
  for (const plane of [colour.y, colour.u, colour.v, cover.y, cover.u, cover.v]) plane.fill(0);
  const inColour = new Painter(colour);
  const inCover = new Painter(cover);
  const full: Colour = { y: 255, u: 255, v: 255 };
  draw((one) => ({
    disc(x, y, r) {
      inColour.disc(x, y, r, one);
      inCover.disc(x, y, r, full);
    },
    line(x0, y0, x1, y1, thickness) {
      inColour.line(x0, y0, x1, y1, thickness, one);
      inCover.line(x0, y0, x1, y1, thickness, full);
    },
    box(x0, y0, x1, y1, radius) {
      inColour.box(x0, y0, x1, y1, one, radius);
      inCover.box(x0, y0, x1, y1, full, radius);
    },
    polygon(...corners) {
      inColour.polygon(one, ...corners);
      inCover.polygon(full, ...corners);
    },
  }));
  return { colour, cover, footing: Math.round(h * 0.02) };
}

interface SpritePainter {
  disc(x: number, y: number, r: number): void;
  line(x0: number, y0: number, x1: number, y1: number, thickness: number): void;
  box(x0: number, y0: number, x1: number, y1: number, radius: number): void;
  polygon(...corners: [number, number][]): void;
}

/** A person walking to the right (or left), `height` samples tall, in one pose of the cycle. */
function drawWalker(height: number, hue: number, pose: number, toLeft: boolean): Sprite {
  const jacket = hsl(hue + 180, 0.75, 0.5);
  const trousers = rgb(42, 48, 66);
  const skin = rgb(224, 172, 138);
  const swing = Math.sin((pose / walkPoses) * 2 * Math.PI);
  const bob = Math.abs(swing) * 0.012;
  const width = height * 0.5;
  return drawSprite(width, height, (paint) => {
    const direction = toLeft ? -1 : 1;
    const x = (at: number) => width / 2 + direction * at * height;
    const y = (at: number) => (at + bob) * height;
    const limb = (colour: Colour, points: [number, number][], thickness: number) => {
      for (const [i, [x1, y1]] of points.slice(1).entries()) {
        const [x0, y0] = points[i]!;
        paint(colour).line(x(x0), y(y0), x(x1), y(y1), thickness * height);
      }
    };
    const leg = (side: number): [number, number][] => [
      [0, 0.54],
      [0.075 * side + 0.02, 0.74],
      [0.14 * side - 0.015 * Math.abs(side), 0.945 - 0.035 * Math.max(0, -side)],
      [0.14 * side + 0.045, 0.955 - 0.03 * Math.max(0, -side)],
    ];
    const arm = (side: number): [number, number][] => [
      [0, 0.27],
      [-0.07 * side - 0.015, 0.41],
      [-0.09 * side + 0.05, 0.53],
    ];
    limb(mixDark(jacket), arm(-swing), 0.06);
    limb(mixDark(trousers), leg(-swing), 0.075);
    limb(trousers, leg(swing), 0.08);
    paint(jacket).box(x(0) - 0.092 * height, y(0.2), x(0) + 0.092 * height, y(0.56), 0.06 * height);
    limb(mixDark(jacket), arm(swing), 0.062);
    paint(skin).disc(x(0.012), y(0.105), 0.072 * height);
    paint(rgb(58, 42, 34)).box(x(0) - 0.075 * height, y(0.02), x(0) + 0.06 * height, y(0.085), 0.035 * height);
  });
}

const mixDark = ({ y, u, v }: Colour): Colour => ({ y: 16 + (y - 16) * 0.78, u, v });

/** A car from its side, `height` samples tall. */
function drawCar(height: number, hue: number, toLeft: boolean): Sprite {
  const width = height * 2.5;
  const body = hsl(hue + 180, 0.7, 0.45);
  const glass = rgb(160, 196, 214);
  return drawSprite(width, height, (paint) => {
    const x = (at: number) => (toLeft ? width - at * height : at * height);
    const y = (at: number) => at * height;
    const shape = (colour: Colour, ...corners: [number, number][]) => {
      const points = corners.map(([cx, cy]): [number, number] => [x(cx), y(cy)]);
      paint(colour).polygon(...(toLeft ? points.reverse() : points));
    };
    shape(body, [0.55, 0.06], [1.6, 0.06], [2.0, 0.42], [0.3, 0.42]);
    paint(body).box(Math.min(x(0.02), x(2.48)), y(0.38), Math.max(x(0.02), x(2.48)), y(0.82), 0.14 * height);
    shape(glass, [0.64, 0.14], [1.02, 0.14], [1.02, 0.4], [0.46, 0.4]);
    shape(glass, [1.1, 0.14], [1.53, 0.14], [1.82, 0.4], [1.1, 0.4]);
    paint(rgb(255, 244, 200)).disc(x(2.4), y(0.55), 0.06 * height);
    paint(rgb(210, 40, 40)).disc(x(0.09), y(0.53), 0.05 * height);
    for (const wheel of [0.52, 1.98]) {
      paint(rgb(30, 32, 36)).disc(x(wheel), y(0.78), 0.205 * height);
      paint(rgb(150, 152, 156)).disc(x(wheel), y(0.78), 0.1 * height);
    }
  });
}

/** A dog running to the right (or left), `height` samples from the ground to its ears, in one pose of the cycle. */
function drawDog(height: number, hue: number, pose: number, toLeft: boolean): Sprite {
  const fur = rgb(112, 70, 36);
  const collar = hsl(hue + 180, 0.75, 0.5);
  const dark = mixDark(fur);
  const nose = rgb(34, 30, 30);
  const swing = Math.sin((pose / walkPoses) * 2 * Math.PI);
  const bob = Math.abs(swing) * 0.025;
  const width = height * 1.5;
  return drawSprite(width, height, (paint) => {
    const x = (at: number) => (toLeft ? width - at * height : at * height);
    const y = (at: number) => (at + bob) * height;
    const line = (colour: Colour, x0: number, y0: number, x1: number, y1: number, thickness: number) =>
      paint(colour).line(x(x0), y(y0), x(x1), y(y1), thickness * height);
    /** Legs stand on the ground while the body goes up and down. */
    const leg = (colour: Colour, hip: number, side: number) => {
      const [knee, paw, ground] = [hip + 0.09 * side + 0.02, hip + 0.19 * side, 0.93 - bob - 0.06 * Math.max(0, -side)];
      line(colour, hip, 0.6, knee, 0.76, 0.12);
      line(colour, knee, 0.76, paw, ground, 0.09);
      line(colour, paw, ground, paw + 0.05, ground, 0.08);
    };
    leg(dark, 0.36, -swing);
    leg(dark, 0.98, swing);
    line(fur, 0.26, 0.45, 0.08, 0.22 + 0.05 * swing, 0.07);
    paint(fur).box(Math.min(x(0.22), x(1.12)), y(0.4), Math.max(x(0.22), x(1.12)), y(0.7), 0.14 * height);
    leg(fur, 0.3, swing);
    leg(fur, 1.02, -swing);
    line(fur, 1.02, 0.5, 1.2, 0.25, 0.2);
    line(collar, 1.02, 0.33, 1.16, 0.43, 0.07);
    paint(fur).disc(x(1.22), y(0.22), 0.15 * height);
    line(fur, 1.24, 0.25, 1.4, 0.28, 0.13);
    line(dark, 1.14, 0.1, 1.09, 0.28, 0.09);
    paint(nose).disc(x(1.44), y(0.26), 0.035 * height);
    paint(nose).disc(x(1.28), y(0.18), 0.026 * height);
  });
}

const cycle = (draw: (pose: number) => Sprite) => Array.from({ length: walkPoses }, (_, pose) => draw(pose));

/** The poses of a figure that goes to the right (or left), `height` samples tall. */
export function drawFigure(figure: Figure, height: number, hue: number, toLeft: boolean): readonly Sprite[] {
  if (figure === 'Vehicle') return [drawCar(height, hue, toLeft)];
  const draw = figure === 'Human' ? drawWalker : drawDog;
  return cycle((pose) => draw(height, hue, pose, toLeft));
}

/** Lay a sprite over a picture, its left top corner at even (x, y); what lies outside is left out. */
export function lay(sprite: Sprite, onto: Planes, x: number, y: number): void {
  const { colour, cover } = sprite;
  layPlane(colour.y, cover.y, colour.width, colour.height, onto.y, onto.width, onto.height, x, y);
  const [w, h, toW, toH] = [colour.width >> 1, colour.height >> 1, onto.width >> 1, onto.height >> 1];
  layPlane(colour.u, cover.u, w, h, onto.u, toW, toH, x >> 1, y >> 1);
  layPlane(colour.v, cover.v, w, h, onto.v, toW, toH, x >> 1, y >> 1);
}

function layPlane(
  colour: Uint8Array,
  cover: Uint8Array,
  width: number,
  height: number,
  onto: Uint8Array,
  toWidth: number,
  toHeight: number,
  x: number,
  y: number,
): void {
  const [left, right] = [Math.max(0, -x), Math.min(width, toWidth - x)];
  const [top, bottom] = [Math.max(0, -y), Math.min(height, toHeight - y)];
  for (let row = top; row < bottom; row++) {
    const from = row * width;
    const to = (row + y) * toWidth + x;
    for (let column = left; column < right; column++) {
      const share = cover[from + column]!;
      if (share === 0) continue;
      const at = to + column;
      onto[at] =
        share === 255 ? colour[from + column]! : colour[from + column]! + (onto[at]! * (255 - share) + 127) / 255;
    }
  }
}
