import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { VideoEncoderState } from '../../device-sim/camera.ts';
import { gstreamer, gstreamerSource, have, password, pictures, run, startFilmed, words } from './filmed.ts';

/** Programs other people wrote judge the stream; what is missing is said aloud. */
const noProbe = !have('ffprobe');
const noFfmpeg = !have('ffmpeg');
const noGstreamer = !have('gst-launch-1.0');
const noMotion = !have('motion');

test.skipIf(noProbe).each<[Partial<VideoEncoderState>, string, number]>([
  [{ profile: 'High', width: 2688, height: 1520, fps: 25, bitrateKbps: 3584, govLength: 50 }, 'High', 50],
  [{ profile: 'Main', width: 1920, height: 1080, fps: 30, bitrateKbps: 4096, govLength: 60 }, 'Main', 40],
  [
    { profile: 'Baseline', width: 640, height: 360, fps: 15, bitrateKbps: 512, govLength: 30 },
    'Constrained Baseline',
    22,
  ],
  [{ profile: 'High', width: 848, height: 480, fps: 25, bitrateKbps: 512, govLength: 50 }, 'High', 30],
])('ffprobe finds what the configuration says: %o', async (encoder, profile, level) => {
  await using door = await startFilmed({ encoder });
  const { status, stdout, stderr } = await run('ffprobe', [
    ...words('-v warning -rtsp_transport tcp -of json -show_entries'),
    'stream=codec_name,profile,level,width,height,r_frame_rate,avg_frame_rate,color_space,field_order',
    door.signedUrl,
  ]);
  // It knows no decoder for the metadata track, as nobody does; that is all it has to say.
  expect(stderr.replace('Unsupported codec with id 0 for input stream 2\n', '')).toBe('');
  expect(status).toBe(0);
  expect(JSON.parse(stdout.toString()).streams[0]).toMatchObject({
    codec_name: 'h264',
    profile,
    level,
    width: encoder.width,
    height: encoder.height,
    r_frame_rate: `${encoder.fps}/1`,
    avg_frame_rate: `${encoder.fps}/1`,
    color_space: 'bt709',
  });
});

test.skipIf(noFfmpeg).each(['tcp', 'udp', 'http'])(
  'ffmpeg decodes two seconds over %s without a complaint, a walker and all',
  async (way) => {
    await using door = await startFilmed({ encoder: { width: 640, height: 360, fps: 15 } });
    door.camera.trigger('motion', true);
    const { status, stderr } = await run('ffmpeg', [
      ...words(`-hide_banner -v warning -xerror -err_detect explode -rtsp_transport ${way} -i`),
      door.signedUrl,
      ...words('-t 2 -f null -'),
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  },
);

test.skipIf(noFfmpeg)('the stream is as heavy as its configuration says', async () => {
  await using door = await startFilmed({
    encoder: { width: 640, height: 360, fps: 25, bitrateKbps: 800, govLength: 25 },
  });
  const { stdout } = await run('ffmpeg', [
    ...words('-v error -rtsp_transport tcp -i'),
    door.signedUrl,
    ...words('-t 3 -c copy -f h264 -'),
  ]);
  expect((stdout.length * 8) / 3 / 1000).toBeGreaterThan(640);
  expect((stdout.length * 8) / 3 / 1000).toBeLessThan(900);
});

test.skipIf(noFfmpeg)('a viewer goes on when size and profile change under it', async () => {
  await using door = await startFilmed();
  const done = run('ffmpeg', [
    ...words('-hide_banner -v info -xerror -err_detect explode -rtsp_transport tcp -i'),
    door.signedUrl,
    ...words('-t 3 -vf showinfo -f null -'),
  ]);
  while (door.rtsp.viewerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
  // The change comes while ffmpeg decodes: after it has probed the first second.
  await door.camera.clock.sleep(1500);
  Object.assign(door.encoder, { width: 640, height: 360, profile: 'High' });
  const { status, stderr } = await done;
  expect(status).toBe(0);
  expect(stderr).toMatch(/s:320x180/);
  expect(stderr).toMatch(/changing video frame properties|s:640x360/);
  expect(stderr).not.toMatch(/error|corrupt|concealing/i);
});

test.skipIf(noFfmpeg || noGstreamer)('a JPEG stream decodes, at its size', async () => {
  await using door = await startFilmed({ encoder: { encoding: 'JPEG', width: 640, height: 360, fps: 10 } });
  const probe = await run('ffprobe', [
    ...words('-v warning -rtsp_transport tcp -of json -select_streams v -show_entries stream=codec_name,width,height'),
    door.signedUrl,
  ]);
  expect(JSON.parse(probe.stdout.toString()).streams).toMatchObject([{ codec_name: 'mjpeg', width: 640, height: 360 }]);
  const decoded = await run('ffmpeg', [
    ...words('-hide_banner -v warning -xerror -err_detect explode -rtsp_transport udp -i'),
    door.signedUrl,
    ...words('-t 2 -map 0:v -f null -'),
  ]);
  expect(decoded).toMatchObject({ status: 0, stderr: '' });
  const { stderr } = await gstreamer(gstreamerSource(door.url, 'tcp'), [
    {
      elements: 'rtpjpegdepay ! jpegdec ! videoconvert ! video/x-raw,format=I420',
      bytes: pictures(8, door.encoder),
    },
  ]);
  expect(stderr).toBe('');
});

test.skipIf(noGstreamer).each(['tcp', 'udp', 'http'])('GStreamer plays it over %s', async (way) => {
  await using door = await startFilmed();
  const { stderr } = await gstreamer(gstreamerSource(door.url, way), [
    {
      elements: 'rtph264depay ! h264parse ! avdec_h264 ! videoconvert ! video/x-raw,format=I420',
      bytes: pictures(15, door.encoder),
    },
  ]);
  expect(stderr).toBe('');
});

test.skipIf(noFfmpeg)('ffmpeg reads the still picture', async () => {
  await using door = await startFilmed();
  const get = (query: string, authorization?: string) =>
    fetch(`${door.snapshotUrl}${query}`, authorization ? { headers: { authorization } } : {});
  const basic = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const refused = await get('');
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toMatch(/Digest realm="Vigil Camera".*Basic realm=/);
  for (const [query, size] of [
    ['', '320x180'],
    ['?size=640x360', '640x360'],
    ['?profile=sub', '640x360'],
  ] as const) {
    const answer = await get(query, basic);
    expect(answer.headers.get('content-type')).toBe('image/jpeg');
    const { stderr, status } = await run(
      'ffmpeg',
      words('-hide_banner -v info -xerror -err_detect explode -f mjpeg -i - -f null -'),
      Buffer.from(await answer.arrayBuffer()),
    );
    expect(status).toBe(0);
    expect(stderr).toContain(size);
  }
  expect((await get('?size=123x456', basic)).status).toBe(404);
  expect((await fetch(door.snapshotUrl, { method: 'POST', headers: { authorization: basic } })).status).toBe(405);
  door.camera.state.initialized = false;
  expect((await get('', basic)).status).toBe(403);
});

test.skipIf(noMotion)(
  'motion, a program that watches cameras, raises an event when somebody walks by and none before',
  async () => {
    await using door = await startFilmed({ encoder: { width: 640, height: 360, fps: 10, bitrateKbps: 512 } });
    const folder = await mkdtemp(join(tmpdir(), 'vigil-motion-'));
    const settings = {
      daemon: 'off',
      setup_mode: 'off',
      log_level: '6',
      target_dir: folder,
      netcam_url: door.url,
      netcam_userpass: `admin:${password}`,
      width: '640',
      height: '360',
      framerate: '10',
      threshold: '1500',
      minimum_motion_frames: '1',
      picture_output: 'off',
      movie_output: 'off',
      webcontrol_port: '0',
      stream_port: '0',
      on_event_start: 'echo',
    };
    const path = join(folder, 'motion.conf');
    await writeFile(
      path,
      Object.entries(settings)
        .map(([name, value]) => `${name} ${value}\n`)
        .join(''),
    );
    const child = spawn('motion', ['-n', '-c', path], { stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    const gone = once(child, 'close');
    const until = async (pattern: RegExp) => {
      while (!pattern.test(log))
        await Promise.race([once(child.stderr, 'data'), gone.then(() => Promise.reject(new Error(log)))]);
    };
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    try {
      while (door.rtsp.viewerCount() === 0)
        await Promise.race([
          new Promise((resolve) => setImmediate(resolve)),
          gone.then(() => Promise.reject(new Error(log))),
        ]);
      // Long enough for it to take the empty scene for granted: it ignores the first seconds.
      await door.camera.clock.sleep(8000);
      expect(log).not.toMatch(/Motion detected/);
      door.camera.trigger('motion', true);
      await until(/Motion detected/);
    } finally {
      child.kill('SIGTERM');
      await gone;
      await rm(folder, { recursive: true, force: true });
    }
  },
  60_000,
);
