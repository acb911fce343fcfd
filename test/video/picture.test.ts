import { readFile } from 'node:fs/promises';
import { decode as decodeJpeg } from 'jpeg-js';
import { expect, test } from 'vitest';
import { profiles } from '../../device-sim/profiles/index.ts';
import { formatClock } from '../../device-sim/video/clock-text.ts';
import type { VideoCodec } from '../../device-sim/video/codec.ts';
import { h264 } from '../../device-sim/video/h264/codec.ts';
import { h265 } from '../../device-sim/video/h265/codec.ts';
import { formatJpeg } from '../../device-sim/video/jpeg/snapshot-coder.ts';
import { annexB, cutUnits } from '../../device-sim/video/nal.ts';
import { layBars, layLine } from '../../device-sim/video/overlay.ts';
import type { Shown } from '../../device-sim/video/picture.ts';
import { PictureCoder } from '../../device-sim/video/picture-coder.ts';
import { createPictureLibrary, type PictureLibrary } from '../../device-sim/video/picture-library.ts';
import type { View } from '../../device-sim/video/scenery.ts';
import { zoneOffsetMs } from '../../device-sim/video/shown.ts';
import { have, run } from './filmed.ts';

const view: View = { place: 'yard', light: 'day', hue: 210, x: 0, y: 0, magnification: 1 };
const shownAt = (i: number, more: Partial<Shown> = {}): Shown => ({
  view,
  lines: [
    { left: 'door', right: formatClock(Date.UTC(2026, 0, 1) + i * 40) },
    { left: 'a camera', right: `#${String(i).padStart(6, '0')}` },
  ],
  ...more,
});

const encoder = (width: number, height: number, profile: 'Baseline' | 'Main' | 'High' = 'Main') => ({
  token: 't',
  name: 'n',
  encoding: 'H264' as const,
  profile,
  width,
  height,
  fps: 25,
  bitrateKbps: 1000,
  govLength: 10,
  quality: 3,
});

/** Frames as a foreign decoder gives them, planes one after the other; cropped as the SPS says. */
async function decode(codec: VideoCodec, stream: Buffer): Promise<Buffer> {
  const format = codec.name === 'H264' ? 'h264' : 'hevc';
  const args =
    `-hide_banner -v warning -xerror -err_detect explode -f ${format} -i - -f rawvideo -pix_fmt yuv420p -`.split(' ');
  const { status, stdout, stderr } = await run('ffmpeg', args, stream);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

const codecs = [h264, h265];

/** A coder with the units its pictures become; `key`: an IDR. */
const coderOf = (codec: VideoCodec, width: number, height: number, qp: number, library: PictureLibrary) => {
  const coder = new PictureCoder(codec, width, height, qp, library);
  return (shown: Shown, key: boolean): Buffer[] => {
    library.units.begin();
    if (key) coder.idr(shown);
    else expect(coder.delta(shown)).toBe(true);
    return cutUnits(library.units.take());
  };
};

test.skipIf(!have('ffmpeg')).each(codecs)(
  'a foreign decoder sees the backdrop of $name sample for sample as we reckon it does',
  async (codec) => {
    const [width, height] = [320, 180];
    const library = createPictureLibrary();
    for (const qp of [20, 26, 35, 44]) {
      const code = coderOf(codec, width, height, qp, library);
      const nals = [
        ...codec.parameterSets(encoder(width, height)),
        ...code(shownAt(0), true),
        ...code(shownAt(1), false),
      ];
      const frames = await decode(codec, annexB(nals));
      expect(frames.length).toBe(((width * height * 3) / 2) * 2);
      const { decoded } = library.backdrop(codec, width, height, qp, view);
      const { bars } = layBars(width, height);
      for (const frame of [frames.subarray(0, frames.length / 2), frames.subarray(frames.length / 2)])
        for (let y = bars[0]!.rows * 16; y < bars[1]!.from * 16; y++) {
          const line = frame.subarray(y * width, (y + 1) * width);
          expect(
            line.equals(decoded.y.subarray(y * decoded.width, y * decoded.width + width)),
            `qp ${qp} line ${y}`,
          ).toBe(true);
        }
    }
  },
);

test.skipIf(!have('ffmpeg')).each(codecs)(
  'a walker comes and goes in $name without leaving a trace behind',
  async (codec) => {
    const [width, height] = [640, 360];
    const library = createPictureLibrary();
    const code = coderOf(codec, width, height, 26, library);
    const mover = (x: number) => ({ sprite: library.figure('Human', 120, 210, false)[0]!, x, y: 190, key: x });
    const nals: Buffer[] = [...codec.parameterSets(encoder(width, height, 'Baseline'))];
    // In the IDR, elsewhere in the next picture, gone in the third.
    nals.push(...code(shownAt(0, { mover: mover(100) }), true));
    nals.push(...code(shownAt(1, { mover: mover(300) }), false));
    nals.push(...code(shownAt(2), false));
    const frames = await decode(codec, annexB(nals));
    const size = (width * height * 3) / 2;
    const { decoded } = library.backdrop(codec, width, height, 26, view);
    /** Mean difference to the empty backdrop in the box a walker at `x` fills. */
    const trace = (frame: number, x: number) => {
      let sum = 0;
      for (let y = 200; y < 300; y++)
        for (let column = x + 20; column < x + 44; column++)
          sum += Math.abs(frames[frame * size + y * width + column]! - decoded.y[y * width + column]!);
      return sum / (100 * 24);
    };
    expect(trace(0, 100)).toBeGreaterThan(15);
    expect(trace(0, 300)).toBeLessThan(2);
    expect(trace(1, 100)).toBeLessThan(5);
    expect(trace(1, 300)).toBeGreaterThan(15);
    expect(trace(2, 100)).toBeLessThan(5);
    expect(trace(2, 300)).toBeLessThan(2);
  },
);

test.skipIf(!have('ffmpeg')).each([
  ['H264', 176, 144],
  ['H264', 848, 480],
  ['H264', 1000, 562],
  ['H264', 1920, 1080],
  ['H265', 176, 144],
  ['H265', 1000, 562],
  ['H265', 1920, 1080],
] as const)(
  '%s of %i×%i decodes without a complaint, text and all, even when any picture but the IDR is lost',
  async (name, width, height) => {
    const codec = codecs.find((one) => one.name === name)!;
    const library = createPictureLibrary();
    const code = coderOf(codec, width, height, 28, library);
    const nals: Buffer[] = [...codec.parameterSets(encoder(width, height, 'High'))];
    let frames = 0;
    for (let i = 0; i < 12; i++) {
      const slices = code(shownAt(i), i % 6 === 0);
      if (i % 4 === 2) continue;
      nals.push(...slices);
      frames++;
    }
    expect((await decode(codec, annexB(nals))).length).toBe(frames * width * height * 1.5);
  },
);

test.skipIf(!have('ffmpeg')).each([
  ['H264', 320, 180],
  ['H264', 2688, 1520],
  ['H265', 1920, 1080],
] as const)('no decoder complains of %s of %i×%i when all the text changes at once', async (name, width, height) => {
  const codec = codecs.find((one) => one.name === name)!;
  const code = coderOf(codec, width, height, 28, createPictureLibrary());
  const at = (time: string, name: string): Shown => ({
    view,
    lines: [
      { left: name, right: time },
      { left: name.split('').reverse().join(''), right: time.split('').reverse().join('') },
    ],
  });
  const nals: Buffer[] = [...codec.parameterSets(encoder(width, height, 'High'))];
  // Hours may pass between two viewers; each IDR keeps what did not change since the one before.
  const said = [
    at('2025-12-31 19:57:58.960', 'a camera at the door of the house'),
    at('2026-01-01 20:00:00.000', 'b comere et tha daar if tho hiuse'),
    at('2026-01-01 20:41:07.040', 'a camera at the door of the house'),
    at('2026-11-12 21:52:36.120', 'b comere et tha daar if tho hiuse'),
  ];
  for (const [i, shown] of said.entries()) nals.push(...code(shown, i === 0 || i === 3), ...code(said[3 - i]!, false));
  // One place more each time: the minute, the hour, the day, the month, the name.
  const further = [
    at('2026-11-12 21:52:38.120', 'b comere et tha daar if tho hiuse'),
    at('2026-11-12 21:53:36.120', 'b comere et tha daar if tho hiuse'),
    at('2026-11-12 22:52:38.120', 'b comere et tha daar if tho hiuse'),
    at('2026-11-13 21:53:36.120', 'b comere et tha daar if tho hiuse'),
    at('2026-12-12 22:52:38.120', 'b comere et tha daar if tho hiuse'),
    at('2026-11-13 21:53:36.120', 'a comere et tha daar if tho hiuse'),
  ];
  for (const shown of further) nals.push(...code(shown, true));
  expect((await decode(codec, annexB(nals))).length).toBe((8 + further.length) * width * height * 1.5);
});

test('the table of the README names the scene of each model', async () => {
  const readme = await readFile(new URL('../../device-sim/README.md', import.meta.url), 'utf8');
  for (const { model, scene } of Object.values(profiles)) {
    const row = new RegExp(`^\\| (.*) \\| \`${scene}\` \\|$`, 'm').exec(readme)?.[1];
    expect(row?.toLowerCase(), `${model} looks at the ${scene}`).toMatch(new RegExp(`\\b${model.toLowerCase()}\\b`));
  }
});

test('text goes into columns, the right end first, and none touches the flat edges', () => {
  const keys = layLine({ left: 'a very long name that cannot possibly fit', right: '12:00:00.000' }, 20, 8);
  expect(keys[0]).toBe(0);
  expect(keys[19]).toBe(0);
  expect(keys.filter((key) => key !== 0).length).toBeGreaterThan(15);
  const shorter = layLine({ left: 'x', right: '12:00:00.000' }, 20, 8);
  expect([...shorter.slice(13)]).toEqual([...keys.slice(13)]);
});

test('only the columns whose characters changed differ', () => {
  const [one, other] = ['12:00:00.000', '12:00:00.040'].map((right) => layLine({ left: 'door', right }, 20, 8));
  expect([...one!].filter((key, i) => key !== other![i])).toHaveLength(1);
});

test.each([
  ['UTC0', 0],
  ['CST-8', 8 * 60],
  ['EST5EDT,M3.2.0,M11.1.0', -5 * 60],
  ['<+0530>-5:30', 330],
  ['nonsense', 0],
])('the clock in the picture follows the zone %s', (zone, minutes) => {
  expect(zoneOffsetMs(zone)).toBe(minutes * 60_000);
});

test('the still picture decodes at its exact size and shows the backdrop', () => {
  const [width, height] = [320, 180];
  const library = createPictureLibrary();
  const jpeg = formatJpeg(library.stills.picture(width, height, shownAt(0)));
  const picture = decodeJpeg(jpeg, { useTArray: true });
  expect([picture.width, picture.height]).toEqual([width, height]);
  const { decoded } = library.backdrop(h264, width, height, 26, view);
  let worst = 0;
  for (let y = 24; y < 150; y += 3)
    for (let x = 4; x < 316; x += 3) {
      const [r, g, b] = [0, 1, 2].map((channel) => picture.data[(y * width + x) * 4 + channel]!) as [
        number,
        number,
        number,
      ];
      const luma = 16 + (219 / 255) * (0.2126 * r + 0.7152 * g + 0.0722 * b);
      worst = Math.max(worst, Math.abs(luma - decoded.y[y * decoded.width + x]!));
    }
  expect(worst).toBeLessThan(40);
});

test('a still picture with a walker differs from one without only around him', () => {
  const library = createPictureLibrary();
  const pixels = (shown: Shown) =>
    decodeJpeg(formatJpeg(library.stills.picture(640, 360, shown)), { useTArray: true }).data;
  const empty = pixels(shownAt(0));
  const peopled = pixels(
    shownAt(0, { mover: { sprite: library.figure('Human', 120, 210, false)[2]!, x: 200, y: 190, key: 200 } }),
  );
  const differs = new Set<string>();
  for (let i = 0; i < empty.length; i += 4)
    if (Math.abs(empty[i]! - peopled[i]!) > 30) differs.add(`${((i / 4) % 640) >> 6},${Math.floor(i / 4 / 640) >> 6}`);
  expect(differs.size).toBeGreaterThan(2);
  for (const place of differs) expect(place).toMatch(/^(3|4),(2|3|4)$/);
});

test('a library draws each backdrop once and forgets the one used longest ago', () => {
  const library = createPictureLibrary(400_000);
  const one = library.backdrop(h264, 320, 180, 30, view);
  expect(library.backdrop(h264, 320, 180, 30, { ...view })).toBe(one);
  for (let hue = 0; hue < 120; hue += 15) library.backdrop(h264, 320, 180, 30, { ...view, hue });
  expect(library.backdrop(h264, 320, 180, 30, view)).not.toBe(one);
});
