import { type Place, places } from '../profiles/place.ts';
import type { Label } from './labels.ts';
import { Painter } from './painter.ts';
import { type Colour, createPlanes, hsl, mix, type Planes, rgb } from './planes.ts';
import type { PrivacyMask } from './privacy.ts';
import { type Tone, tonePlanes } from './tone.ts';

export type Light = 'day' | 'dusk' | 'night';

/** What makes one backdrop differ from another. */
export interface View {
  place: Place;
  light: Light;
  /** Degrees; tells cameras apart. */
  hue: number;
  /** Where the lens points: picture widths to the right, picture heights up, and magnification. */
  x: number;
  y: number;
  magnification: number;
  /** How the camera's settings change it; as it is when absent. */
  tone?: Tone;
  /** What may not be seen. */
  masks?: readonly PrivacyMask[];
  /** Texts over all of it, away from the bars. */
  labels?: readonly Label[] | undefined;
}

/** Light by the hour of the camera's clock. */
export const lightAt = (hour: number): Light =>
  hour >= 7 && hour < 18 ? 'day' : hour < 5 || hour >= 20 ? 'night' : 'dusk';

/** Width of one place, in picture heights. */
const placeWidth = 16 / 9;
/** Where people and cars move, in picture heights from the top. */
export const pathTop = 0.77;
export const pathBottom = 0.9;
const horizon = 0.56;

const lights: Record<Light, (colour: Colour) => Colour> = {
  day: (colour) => colour,
  dusk: ({ y, u, v }) => ({ y: 16 + (y - 16) * 0.72, u: u - 5, v: v + 9 }),
  night: ({ y, u, v }) => ({
    y: 16 + (y - 16) * 0.34 + 6,
    u: 128 + (u - 128) * 0.55 + 9,
    v: 128 + (v - 128) * 0.5 - 3,
  }),
};

/** Draw a backdrop, masks left out. Sizes are whole macroblocks; `visibleHeight` is what is not cropped. */
export function drawScenery(width: number, height: number, visibleHeight: number, view: View): Planes {
  const planes = createPlanes(width, height);
  const painter = new Painter(planes);
  const scale = visibleHeight * view.magnification;
  const centre = places.indexOf(view.place) * placeWidth + (view.x * width) / visibleHeight;
  const spread = width / scale / 2;
  const brush = new Brush(painter, view, scale, width / 2, visibleHeight * (0.5 + view.y * view.magnification), centre);
  brush.sky();
  const first = Math.floor((centre - spread) / placeWidth + 0.5);
  const last = Math.floor((centre + spread) / placeWidth + 0.5);
  for (let n = first; n <= last; n++) brush.hills(n * placeWidth);
  brush.ground();
  for (let n = first; n <= last; n++) {
    const place = places[((n % places.length) + places.length) % places.length]!;
    scenes[place](brush.at(n * placeWidth));
  }
  if (view.tone) tonePlanes(planes, view.tone);
  return planes;
}

/** Draws in picture heights around the middle of a place. */
class Brush {
  readonly accent: Colour;
  readonly accentDark: Colour;
  readonly lit: boolean;
  private readonly painter: Painter;
  private readonly view: View;
  private readonly scale: number;
  private readonly originX: number;
  private readonly originY: number;
  private readonly centre: number;
  private readonly tone: (colour: Colour) => Colour;

  constructor(painter: Painter, view: View, scale: number, originX: number, originY: number, centre: number) {
    this.painter = painter;
    this.view = view;
    this.scale = scale;
    this.originX = originX;
    this.originY = originY;
    this.centre = centre;
    this.tone = lights[view.light];
    this.lit = view.light !== 'day';
    this.accent = hsl(view.hue, 0.5, 0.52);
    this.accentDark = hsl(view.hue, 0.5, 0.34);
  }

  at(middle: number): Brush {
    const { painter, view, scale, originX, originY, centre } = this;
    return new Brush(painter, view, scale, originX, originY, centre - middle);
  }

  x(at: number): number {
    return this.originX + (at - this.centre) * this.scale;
  }

  y(at: number): number {
    return this.originY + (at - 0.5) * this.scale;
  }

  box(x0: number, y0: number, x1: number, y1: number, colour: Colour, radius = 0): void {
    this.painter.box(this.x(x0), this.y(y0), this.x(x1), this.y(y1), this.tone(colour), radius * this.scale);
  }

  /** A thing that gives light itself when it is dark. */
  lamp(x0: number, y0: number, x1: number, y1: number, off: Colour): void {
    const colour = this.lit ? rgb(255, 222, 140) : off;
    this.painter.box(this.x(x0), this.y(y0), this.x(x1), this.y(y1), colour, 0.004 * this.scale);
  }

  disc(x: number, y: number, r: number, colour: Colour): void {
    this.painter.disc(this.x(x), this.y(y), r * this.scale, this.tone(colour));
  }

  oval(x: number, y: number, rx: number, ry: number, colour: Colour, opacity = 1): void {
    this.painter.oval(this.x(x), this.y(y), rx * this.scale, ry * this.scale, this.tone(colour), opacity);
  }

  line(x0: number, y0: number, x1: number, y1: number, thickness: number, colour: Colour): void {
    this.painter.line(this.x(x0), this.y(y0), this.x(x1), this.y(y1), thickness * this.scale, this.tone(colour));
  }

  polygon(colour: Colour, ...corners: [number, number][]): void {
    this.painter.polygon(this.tone(colour), ...corners.map(([x, y]): [number, number] => [this.x(x), this.y(y)]));
  }

  sky(): void {
    const { painter, view } = this;
    const tint = (colour: Colour, share: number) => mix(colour, hsl(view.hue, 0.55, 0.6), share);
    const [top, low] = {
      day: [tint(rgb(96, 158, 222), 0.3), tint(rgb(214, 234, 246), 0.16)],
      dusk: [tint(rgb(70, 74, 128), 0.25), tint(rgb(246, 176, 128), 0.12)],
      night: [tint(rgb(10, 16, 34), 0.1), tint(rgb(38, 50, 82), 0.14)],
    }[view.light] as [Colour, Colour];
    const [y0, y1] = [this.y(0), this.y(horizon)];
    painter.rows(0, y1 + 2, (row) => mix(top, low, Math.min(1, Math.max(0, (row - y0) / (y1 - y0)))));
    // Sun or moon stands still while the camera turns a little, like everything far away.
    const [sunX, sunY] = [this.originX + 0.52 * this.scale - this.view.x * 0.2 * this.scale, this.y(0.22)];
    const [disc, glow] = view.light === 'night' ? [rgb(236, 238, 226), 0.05] : [rgb(255, 240, 190), 0.11];
    for (let ring = 4; ring > 0; ring--) painter.disc(sunX, sunY, (0.04 + 0.016 * ring) * this.scale, disc, glow);
    painter.disc(sunX, sunY, 0.04 * this.scale, disc);
    if (view.light === 'night') {
      for (let star = 0; star < 40; star++) {
        const [a, b] = [(star * 0.618034) % 1, (star * 0.754878) % 1];
        painter.disc(
          a * painter.planes.width,
          this.y(0.02 + b * 0.42),
          0.0022 * this.scale + 0.4,
          rgb(226, 230, 244),
          0.8,
        );
      }
      return;
    }
    const white = view.light === 'day' ? rgb(252, 253, 255) : rgb(250, 206, 176);
    for (const [x, y, size] of [[-0.55, 0.2, 1], [-0.02, 0.13, 0.75], [0.72, 0.3, 0.6]] as const)
      for (const [dx, dy, rx, ry] of [[0, 0, 0.14, 0.03], [-0.05, -0.022, 0.06, 0.035], [0.035, -0.03, 0.075, 0.045]] as const)
        painter.oval(
          this.originX + (x + dx * size) * this.scale, this.y(y + dy * size),
          rx * size * this.scale, ry * size * this.scale, white, 0.85,
        ); // biome-ignore format: a table of ovals
  }

  hills(middle: number): void {
    const { painter, view } = this;
    const haze = view.light === 'night' ? rgb(34, 44, 70) : hsl(view.hue, 0.3, 0.72);
    const layers: [number, number, Colour][] = [
      [0.47, 0.035, mix(rgb(112, 150, 158), haze, 0.55)],
      [0.52, 0.028, mix(rgb(92, 140, 104), haze, 0.25)],
    ];
    const [from, to] = [this.x(middle - placeWidth / 2), this.x(middle + placeWidth / 2)];
    for (const [level, swing, colour] of layers) {
      const bottom = this.y(horizon) + 2;
      painter.below(
        (x) => {
          if (x < from || x >= to) return bottom;
          const at = (x - this.originX) / this.scale + this.centre;
          // Whole waves in four places, so that a full turn closes.
          const wave = (n: number) => Math.sin(((at * Math.PI) / (2 * placeWidth)) * n + level * 40);
          return this.y(level + swing * (0.6 * wave(3) + 0.3 * wave(7) + 0.1 * wave(16)));
        },
        bottom,
        this.tone(colour),
      );
    }
  }

  ground(): void {
    const { painter, tone } = this;
    const [near, far] = [rgb(92, 132, 74), rgb(132, 168, 98)];
    const [y0, y1] = [this.y(horizon), this.y(1)];
    painter.rows(y0, painter.planes.height, (row) => tone(mix(far, near, Math.min(1, (row - y0) / (y1 - y0)))));
    painter.rows(this.y(pathTop - 0.012), this.y(pathBottom + 0.012), () => tone(rgb(188, 186, 178)));
    painter.rows(this.y(pathTop), this.y(pathBottom), () => tone(rgb(122, 124, 128)));
  }
}

const wood = rgb(118, 84, 58);
const leaves = rgb(70, 118, 62);
const leavesLight = rgb(104, 152, 80);
const glass = rgb(150, 186, 204);
const wall = rgb(226, 216, 198);
const stone = rgb(150, 146, 140);
const white = rgb(240, 240, 236);
const tyre = rgb(34, 36, 40);

function tree(b: Brush, x: number, foot: number, size: number): void {
  b.oval(x, foot, 0.1 * size, 0.014 * size, rgb(62, 92, 54), 0.6);
  b.box(x - 0.014 * size, foot - 0.2 * size, x + 0.014 * size, foot, wood);
  for (const [dx, dy, r] of [[-0.07, -0.24, 0.075], [0.07, -0.25, 0.08], [0, -0.33, 0.09]] as const)
    b.disc(x + dx * size, foot + dy * size, r * size, leaves); // biome-ignore format: a table
  b.disc(x - 0.025 * size, foot - 0.345 * size, 0.05 * size, leavesLight);
  b.disc(x + 0.05 * size, foot - 0.27 * size, 0.035 * size, leavesLight);
}

function fence(b: Brush, from: number, to: number, foot: number): void {
  b.box(from, foot - 0.062, to, foot - 0.052, white);
  b.box(from, foot - 0.026, to, foot - 0.016, white);
  for (let x = from; x < to; x += 0.034)
    b.polygon(
      white,
      [x, foot - 0.075],
      [x + 0.009, foot - 0.088],
      [x + 0.018, foot - 0.075],
      [x + 0.018, foot],
      [x, foot],
    );
}

function streetLamp(b: Brush, x: number, foot: number): void {
  b.line(x, foot, x, foot - 0.36, 0.01, stone);
  b.line(x, foot - 0.36, x + 0.07, foot - 0.37, 0.008, stone);
  b.lamp(x + 0.045, foot - 0.372, x + 0.095, foot - 0.358, white);
}

/** A car seen from its side, wheels at `foot`, `length` in picture heights. */
function parkedCar(b: Brush, x: number, foot: number, length: number, colour: Colour): void {
  const u = length / 10;
  b.oval(x + 5 * u, foot, 5.2 * u, 0.35 * u, rgb(70, 72, 76), 0.6);
  b.polygon(
    colour,
    [x + 2.6 * u, foot - 3.2 * u],
    [x + 6.6 * u, foot - 3.2 * u],
    [x + 8 * u, foot - 2 * u],
    [x + 1.7 * u, foot - 2 * u],
  );
  b.box(x, foot - 2.1 * u, x + 10 * u, foot - 0.6 * u, colour, 0.5 * u);
  b.polygon(
    glass,
    [x + 2.9 * u, foot - 2.9 * u],
    [x + 4.4 * u, foot - 2.9 * u],
    [x + 4.4 * u, foot - 2 * u],
    [x + 2.3 * u, foot - 2 * u],
  );
  b.polygon(
    glass,
    [x + 4.8 * u, foot - 2.9 * u],
    [x + 6.4 * u, foot - 2.9 * u],
    [x + 7.4 * u, foot - 2 * u],
    [x + 4.8 * u, foot - 2 * u],
  );
  for (const wheel of [2.2, 7.8]) {
    b.disc(x + wheel * u, foot - 0.8 * u, 0.95 * u, tyre);
    b.disc(x + wheel * u, foot - 0.8 * u, 0.45 * u, stone);
  }
}

const scenes: Record<Place, (b: Brush) => void> = {
  yard(b) {
    tree(b, -0.78, 0.64, 0.95);
    b.box(-0.62, 0.36, -0.16, 0.66, wall);
    b.polygon(b.accentDark, [-0.66, 0.37], [-0.52, 0.21], [-0.26, 0.21], [-0.12, 0.37]);
    b.box(-0.3, 0.2, -0.26, 0.27, stone);
    b.box(-0.42, 0.47, -0.34, 0.66, b.accent, 0.006);
    b.disc(-0.352, 0.57, 0.006, white);
    for (const x of [-0.57, -0.28]) {
      b.box(x - 0.006, 0.433, x + 0.086, 0.546, white);
      b.lamp(x, 0.44, x + 0.08, 0.54, glass);
      b.box(x + 0.037, 0.44, x + 0.043, 0.54, white);
    }
    b.polygon(stone, [-0.43, 0.66], [-0.33, 0.66], [-0.27, 0.77], [-0.44, 0.77]);
    fence(b, -0.1, 0.86, 0.66);
    tree(b, 0.34, 0.64, 1.05);
    tree(b, 0.72, 0.63, 0.8);
    for (const [x, r] of [
      [0.02, 0.034],
      [0.07, 0.026],
      [0.56, 0.03],
    ] as const)
      b.oval(x, 0.655, r * 1.5, r, leaves);
  },
  gate(b) {
    b.box(-0.89, 0.5, 0.89, 0.66, rgb(176, 120, 98));
    b.box(-0.89, 0.485, 0.89, 0.505, stone);
    for (let row = 0; row < 5; row++) b.box(-0.89, 0.533 + row * 0.027, 0.89, 0.536 + row * 0.027, rgb(150, 100, 82));
    b.box(-0.36, 0.42, 0.36, 0.67, rgb(126, 160, 110));
    b.box(-0.36, 0.62, 0.36, 0.67, stone);
    b.polygon(stone, [-0.34, 0.66], [0.34, 0.66], [0.42, 0.77], [-0.42, 0.77]);
    for (const side of [-1, 1]) {
      b.box(side * 0.4 - 0.045, 0.38, side * 0.4 + 0.045, 0.67, wall);
      b.box(side * 0.4 - 0.058, 0.36, side * 0.4 + 0.058, 0.385, b.accentDark);
      b.lamp(side * 0.4 - 0.02, 0.315, side * 0.4 + 0.02, 0.36, white);
      for (let bar = 1; bar < 9; bar++)
        b.box(side * (0.04 * bar) - 0.004, 0.43, side * (0.04 * bar) + 0.004, 0.66, b.accentDark);
    }
    b.box(-0.36, 0.44, 0.36, 0.452, b.accentDark);
    b.box(-0.36, 0.63, 0.36, 0.642, b.accentDark);
    tree(b, -0.7, 0.5, 0.7);
    tree(b, 0.68, 0.5, 0.8);
    b.box(0.5, 0.7, 0.56, 0.76, b.accent, 0.006);
  },
  shop(b) {
    b.box(-0.7, 0.2, 0.6, 0.68, wall);
    b.box(-0.72, 0.19, 0.62, 0.215, stone);
    b.box(-0.64, 0.27, 0.54, 0.36, b.accentDark, 0.008);
    for (const [i, width] of [0.09, 0.14, 0.07, 0.18, 0.1, 0.12].entries())
      b.box(-0.56 + i * 0.18, 0.3, -0.56 + i * 0.18 + width, 0.33, white, 0.006);
    for (const [x0, x1] of [
      [-0.64, -0.16],
      [0.06, 0.54],
    ] as const) {
      b.box(x0 - 0.008, 0.43, x1 + 0.008, 0.65, white);
      b.lamp(x0, 0.438, x1, 0.642, glass);
      b.box((x0 + x1) / 2 - 0.004, 0.43, (x0 + x1) / 2 + 0.004, 0.65, white);
      for (let stripe = 0; stripe < 8; stripe++) {
        const [a, c] = [x0 - 0.02 + (stripe * (x1 - x0 + 0.04)) / 8, x0 - 0.02 + ((stripe + 1) * (x1 - x0 + 0.04)) / 8];
        b.polygon(stripe % 2 ? white : b.accent, [a + 0.004, 0.385], [c - 0.004, 0.385], [c, 0.45], [a, 0.45]);
      }
    }
    b.box(-0.12, 0.43, 0.02, 0.68, b.accentDark);
    b.lamp(-0.105, 0.45, 0.005, 0.6, glass);
    b.box(-0.82, 0.68, 0.82, 0.77, stone);
    for (const x of [-0.5, 0.3]) {
      b.box(x, 0.66, x + 0.1, 0.71, b.accentDark, 0.006);
      b.oval(x + 0.05, 0.64, 0.06, 0.035, leaves);
    }
    streetLamp(b, 0.72, 0.72);
    tree(b, -0.8, 0.66, 0.9);
  },
  'car-park'(b) {
    b.box(-0.89, 0.6, 0.89, 0.77, rgb(108, 110, 114));
    for (let bay = 0; bay <= 8; bay++) {
      const x = -0.84 + bay * 0.21;
      b.polygon(white, [x + 0.006, 0.62], [x + 0.014, 0.62], [x + 0.01, 0.76], [x, 0.76]);
    }
    b.box(-0.89, 0.53, 0.89, 0.6, leaves);
    for (let x = -0.86; x < 0.86; x += 0.09) b.oval(x, 0.535, 0.06, 0.022, (x * 50) % 2 < 1 ? leaves : leavesLight);
    parkedCar(b, -0.8, 0.72, 0.36, b.accent);
    parkedCar(b, -0.16, 0.72, 0.36, rgb(206, 208, 212));
    parkedCar(b, 0.46, 0.72, 0.36, b.accentDark);
    streetLamp(b, -0.35, 0.6);
    streetLamp(b, 0.3, 0.6);
    b.line(0.83, 0.62, 0.83, 0.46, 0.01, stone);
    b.box(0.78, 0.4, 0.88, 0.49, rgb(36, 92, 168), 0.01);
    b.box(0.812, 0.42, 0.824, 0.475, white);
    b.box(0.812, 0.42, 0.846, 0.43, white);
    b.box(0.838, 0.42, 0.848, 0.452, white);
    b.box(0.812, 0.444, 0.846, 0.454, white);
  },
};
