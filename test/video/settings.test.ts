import { decode as decodeJpeg } from 'jpeg-js';
import { expect, test } from 'vitest';
import { imaging } from '../../device-sim/onvif/imaging-state.ts';
import { masks } from '../../device-sim/onvif/mask.ts';
import { have, password, run, startFilmed, words } from './filmed.ts';

type Door = Awaited<ReturnType<typeof startFilmed>>;

/** The still picture, as somebody else decodes it. */
async function still(door: Door, size = '640x360') {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const answer = await fetch(`${door.snapshotUrl}?size=${size}`, { headers: { authorization } });
  const { data, width } = decodeJpeg(Buffer.from(await answer.arrayBuffer()), { useTArray: true });
  const at = (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
  /** Mean and mean colourfulness between the bars of text. */
  const look = () => {
    let [light, colour, count] = [0, 0, 0];
    for (let y = 40; y < 300; y += 3)
      for (let x = 4; x < width; x += 3, count++) {
        const [r, g, b] = at(x, y) as [number, number, number];
        light += (r + g + b) / 3;
        colour += Math.max(r, g, b) - Math.min(r, g, b);
      }
    return { light: light / count, colour: colour / count };
  };
  return { at, look };
}
const set = (door: Door, change: object) => imaging.write(door.camera, { ...imaging.read(door.camera), ...change });

test('brightness, saturation and the infra-red filter show in the picture, on what moves too', async () => {
  await using door = await startFilmed();
  door.camera.trigger('motion', true);
  const usual = (await still(door)).look();
  set(door, { brightness: 80 });
  expect((await still(door)).look().light).toBeGreaterThan(usual.light + 20);
  set(door, { brightness: 50, saturation: 90 });
  expect((await still(door)).look().colour).toBeGreaterThan(usual.colour * 1.3);
  set(door, { saturation: 50, irCutFilter: 'OFF' });
  expect((await still(door)).look().colour).toBeLessThan(4);
  set(door, { irCutFilter: 'AUTO', contrast: 50 });
  expect((await still(door)).look().colour).toBeCloseTo(usual.colour, 0);
});

test('texts of the OSD show in the picture, and are gone when they are deleted', async () => {
  await using door = await startFilmed();
  const bar = async () => {
    const { at } = await still(door);
    return Array.from({ length: 300 }, (_, x) => [4, 10, 16, 22].map((y) => at(16 + x, 328 + y)[0]!));
  };
  const bright = (columns: number[][]) => columns.filter((column) => Math.max(...column) > 150).length;
  door.camera.state.deviceName = 'x';
  const usual = bright(await bar());
  const osds = [{ token: 'osd_name', position: 'UpperLeft', text: 'Plain' }];
  door.camera.state.extra['media.osds'] = [
    ...osds,
    { token: 'osd_1', position: 'LowerLeft', text: 'Plain', plain: 'GATE' },
  ];
  expect(bright(await bar())).toBeGreaterThan(usual + 20);
  door.camera.state.extra['media.osds'] = [];
  expect(bright(await bar())).toBe(0);
});

test.skipIf(!have('ffmpeg')).each(['H264', 'H265'] as const)(
  'texts stand where they are set, in the %s stream and the still picture: in a corner or anywhere',
  async (encoding) => {
    await using door = await startFilmed({ encoder: { encoding, profile: 'Main', width: 640, height: 360 } });
    const clockText = { token: 'osd_clock', text: 'DateAndTime' };
    const set = (...osds: object[]) => {
      door.camera.state.extra['media.osds'] = osds;
    };
    /** Samples as light as text, by place: the halves of the bars, and a field on the road at the left. */
    const looks = async () => {
      const picture = await still(door);
      const { stdout, stderr } = await run('ffmpeg', [
        ...words('-v error -xerror -analyzeduration 100000 -rtsp_transport tcp -i'),
        door.signedUrl,
        ...words('-frames:v 1 -pix_fmt rgb24 -f rawvideo -'),
      ]);
      expect(stderr).toBe('');
      const streamed = (x: number, y: number) => [...stdout.subarray((y * 640 + x) * 3, (y * 640 + x) * 3 + 3)];
      return [picture.at, streamed].map((at) => {
        const light = (x0: number, y0: number, x1: number, y1: number) => {
          let count = 0;
          for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) if (Math.min(...at(x, y)) > 190) count++;
          return count;
        };
        return {
          topLeft: light(120, 0, 300, 32),
          topRight: light(320, 0, 640, 32),
          bottomLeft: light(0, 328, 300, 360),
          placed: light(30, 285, 230, 312),
        };
      });
    };
    set({ ...clockText, position: 'UpperLeft' }, { token: 'osd_name', text: 'Plain', position: 'UpperRight' });
    for (const look of await looks()) {
      expect(look.topLeft).toBeGreaterThan(300);
      expect(look.topRight).toBeGreaterThan(300);
      expect(look.bottomLeft).toBe(0);
      expect(look.placed).toBeLessThan(20);
    }
    // One on the road at the left, where somebody put it, and then the time there.
    const place = { position: 'Custom', x: -0.9, y: -0.58, fontSize: 40 };
    set({ ...clockText, position: 'LowerLeft' }, { token: 'osd_1', text: 'Plain', plain: 'LOADING BAY', ...place });
    for (const look of await looks()) {
      expect(look.placed).toBeGreaterThan(300);
      expect(look.bottomLeft).toBeGreaterThan(300);
      expect(look.topLeft + look.topRight).toBe(0);
    }
    set({ token: 'osd_1', text: 'Time', timeFormat: 'hh:mm:ss tt', ...place });
    for (const look of await looks()) expect(look.placed).toBeGreaterThan(200);
  },
  60_000,
);

test.skipIf(!have('ffmpeg')).each(['H264', 'H265'] as const)(
  'a privacy mask covers the %s stream and the still picture, and who walks behind it',
  async (encoding) => {
    await using door = await startFilmed({ encoder: { encoding, profile: 'Main', width: 640, height: 360 } });
    const left = [
      { x: -1, y: -0.9 },
      { x: 0, y: -0.9 },
      { x: 0, y: 0.8 },
      { x: -1, y: 0.8 },
    ];
    masks.write(door.camera, [{ token: 'm', polygon: left, color: { y: 81, cb: 90, cr: 240 }, enabled: true }]);
    door.camera.trigger('motion', true);
    const picture = await still(door);
    const { stdout } = await run('ffmpeg', [
      ...words('-v error -rtsp_transport tcp -i'),
      door.signedUrl,
      ...words('-frames:v 1 -pix_fmt rgb24 -f rawvideo -'),
    ]);
    // Somebody has just come in from the left, where the mask is.
    for (const [x, y] of [
      [10, 60],
      [40, 250],
      [60, 300],
      [200, 200],
      [310, 100],
    ] as const) {
      for (const [r, g, b] of [picture.at(x, y), [...stdout.subarray((y * 640 + x) * 3, (y * 640 + x) * 3 + 3)]]) {
        expect(r).toBeGreaterThan(180);
        expect(Math.max(g!, b!)).toBeLessThan(60);
      }
    }
    const [r, g, b] = picture.at(500, 60) as [number, number, number];
    expect(r).toBeLessThan(Math.max(g, b));
    masks.write(door.camera, [{ token: 'm', polygon: left, color: { y: 81, cb: 90, cr: 240 }, enabled: false }]);
    expect((await still(door)).at(200, 60)[0]).toBeLessThan(180);
  },
);
