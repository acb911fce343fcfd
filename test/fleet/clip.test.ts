import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realClock } from '../../core/runtime/clock.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { seededRandom } from '../../core/runtime/random.ts';
import { startFleet } from '../../device-sim/index.ts';
import { readClip } from '../../device-sim/video/clip/clip.ts';
import { have, run } from '../video/filmed.ts';
import { fleetConfig } from './lab.ts';

const words = (text: string) => text.split(/\s+/).filter(Boolean);
const ready = have('ffmpeg');
let folder: string;
const at = (name: string) => join(folder, name);

/** A second and a half of somebody else's coder, with pictures coded out of order. */
const made = {
  'film.mp4': '-c:v libx264 -profile:v high -g 10 -bf 2 -preset veryfast -x264-params b-adapt=0',
  'film.h264': '-c:v libx264 -profile:v main -g 10 -bf 0 -preset veryfast -f h264',
  'film.h265': '-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=10:bframes=0 -f hevc',
  'hevc.mp4': '-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=10 -tag:v hvc1',
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-clip-'));
  if (!ready) return;
  for (const [name, how] of Object.entries(made))
    await run('ffmpeg', [
      ...words('-v error -f lavfi -i testsrc2=size=322x180:rate=20:duration=1.5 -pix_fmt yuv420p'),
      ...words(how),
      at(name),
    ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const startWith = (clip: string) =>
  startFleet(
    fleetConfig({ cameras: [{ name: 'door', profile: 'c340', initialized: true, password: 'a password', clip }] }),
    {
      clock: realClock,
      random: seededRandom('clip'),
      log: silentLog,
    },
  );

test.skipIf(!ready).each([
  ['film.mp4', 'h264', 'High'],
  ['film.h264', 'h264', 'Main'],
  ['film.h265', 'hevc', 'Main'],
  ['hevc.mp4', 'hevc', 'Main'],
])('%s is what the stream is, and goes round without a complaint', async (name, codec, profile) => {
  await using fleet = await startWith(at(name));
  const { camera } = fleet.camera('door');
  const url = `rtsp://admin:${encodeURIComponent('a password')}@127.0.0.1:${camera.address.ports.rtsp}/stream1`;
  const probe = await run('ffprobe', [
    ...words('-v error -rtsp_transport tcp -of json -select_streams v -show_entries'),
    'stream=codec_name,profile,width,height',
    url,
  ]);
  expect(JSON.parse(probe.stdout.toString()).streams[0]).toEqual({
    codec_name: codec,
    profile,
    width: 322,
    height: 180,
  });
  // More than two rounds.
  const played = await run('ffmpeg', [
    ...words('-hide_banner -v error -xerror -err_detect explode -rtsp_transport tcp -i'),
    url,
    ...words('-map 0:v -t 3.5 -f null -'),
  ]);
  expect(played).toMatchObject({ status: 0, stderr: '' });
  expect(camera.state.videoEncoders).toMatchObject([
    { width: 322, height: 180, fps: 20, profile, encoding: codec === 'hevc' ? 'H265' : 'H264' },
    { width: 322, height: 180, fps: 20 },
  ]);
});

test.skipIf(!ready)('what a file says is read from it: size with cropping, rate, profile, key frames', () => {
  const clip = readClip(at('film.mp4'));
  expect(clip).toMatchObject({ codec: 'H264', profile: 'High', width: 322, height: 180, fps: 20 });
  expect(clip.pictures).toHaveLength(30);
  expect(clip.pictures.filter(({ keyframe }) => keyframe)).toHaveLength(3);
  expect(clip.parameterSets).toHaveLength(2);
  // Coded out of order: some are shown later than their turn.
  expect(new Set(clip.pictures.map(({ shownLaterMs }) => shownLaterMs)).size).toBeGreaterThan(1);
});

test('a camera that played a film plays what its model has when the film is taken away', async () => {
  const dataDir = at('state');
  const start = (clip?: string) =>
    startFleet(fleetConfig({ dataDir, seed: 'clip', cameras: [{ name: 'door', profile: 'c340', clip }] }), {
      clock: realClock,
      random: seededRandom('clip'),
      log: silentLog,
    });
  if (!ready) return;
  {
    await using fleet = await start(at('film.h264'));
    fleet.camera('door').camera.save();
    expect(fleet.camera('door').camera.state.videoEncoders[0]).toMatchObject({ width: 322 });
  }
  await using fleet = await start();
  const { camera } = fleet.camera('door');
  expect(camera.state.videoEncoders[0]!.width).toBe(camera.profile.streams[0].width);
});

test('a file that cannot be played is told by its path and the reason', async () => {
  const wrong: [name: string, content: Buffer | undefined, reason: RegExp][] = [
    ['none.mp4', undefined, /there is no such file/],
    ['text.avi', Buffer.from('x'), /its name must end in \.mp4/],
    ['noise.h264', Buffer.from('no start code in it'), /it is no H264 byte stream/],
    ['half.h265', Buffer.from('00000001020100000001', 'hex'), /no H265 key frame|no H265 byte stream/],
    ['noise.mp4', Buffer.from('this is a text, not a film'), /cut short or no MP4/],
    ['empty.mp4', Buffer.from('0000000866747970', 'hex'), /no moov box/],
  ];
  for (const [name, content, reason] of wrong) {
    if (content) await writeFile(at(name), content);
    expect(() => readClip(at(name))).toThrow(new RegExp(`the clip .*${name} cannot be played: .*${reason.source}`));
    await expect(startWith(at(name))).rejects.toThrow(reason);
  }
});

test.skipIf(!ready)('no cut of a film ends in anything but a reason', async () => {
  const { readFile } = await import('node:fs/promises');
  for (const name of ['film.mp4', 'hevc.mp4', 'film.h265']) {
    const whole = await readFile(at(name));
    for (let part = 1; part < 40; part++) {
      const cut = at(`cut-${name}`);
      await writeFile(cut, whole.subarray(0, Math.floor((whole.length * part) / 40)));
      try {
        readClip(cut);
      } catch (error) {
        expect((error as Error).message).toMatch(/the clip .* cannot be played: /);
        expect((error as Error).name).toBe('UsageError');
      }
    }
  }
});
