import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { have, password, run, startFilmed } from '../video/filmed.ts';

/** Every track of a camera by every way, as GStreamer takes them: picture, sound and metadata at once. */
const words = (text: string) => text.split(/\s+/).filter(Boolean);
const noGstreamer = !have('gst-launch-1.0');

const decoders = {
  H264: 'rtph264depay ! h264parse ! avdec_h264',
  H265: 'rtph265depay ! h265parse ! avdec_h265',
  JPEG: 'rtpjpegdepay ! jpegdec',
} as const;
/** The tunnel has a scheme of its own there. */
const source = (url: string, way: string) => [
  ...words('rtspsrc name=s latency=100 user-id=admin'),
  `user-pw=${password}`,
  ...(way === 'http' ? [`location=${url.replace('rtsp:', 'rtsph:')}`] : [`location=${url}`, `protocols=${way}`]),
];

test
  .skipIf(noGstreamer)
  .each(
    (['H264', 'H265', 'JPEG'] as const).flatMap((encoding) =>
      ['tcp', 'udp', 'http'].map((way) => [encoding, way] as const),
    ),
  )('GStreamer sees, hears and reads a camera with %s over %s', async (encoding, way) => {
  await using door = await startFilmed({ encoder: { encoding, width: 320, height: 184, fps: 15 } });
  const folder = await mkdtemp(join(tmpdir(), 'vigil-streams-'));
  try {
    const [sound, metadata] = [join(folder, 'sound'), join(folder, 'metadata')];
    const { status, stderr } = await run('gst-launch-1.0', [
      '-q',
      ...source(door.url, way),
      ...words(
        `s. ! application/x-rtp,media=video ! queue ! ${decoders[encoding]} ! identity eos-after=10 ! fakesink sync=false`,
      ),
      ...words('s. ! application/x-rtp,media=audio ! queue ! rtppcmadepay ! alawdec ! identity eos-after=15 !'),
      ...words(`filesink location=${sound}`),
      ...words('s. ! application/x-rtp,media=application ! queue ! identity eos-after=2 !'),
      ...words(`filesink location=${metadata}`),
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect((await readFile(sound)).length).toBeGreaterThan(2 * 320);
    expect(await readFile(metadata, 'utf8')).toContain('<tt:MetadataStream');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test
  .skipIf(noGstreamer)
  .each(
    ['tcp', 'udp', 'http'].flatMap((way) => [[way, 'as any player'] as const, [way, 'as an ONVIF client'] as const]),
  )('GStreamer plays what was recorded over %s, %s', async (way, as) => {
  await using door = await startFilmed({ fill: false });
  const url = door.url.replace(/main$/, door.camera.recorder!.facts.replayPath);
  // rtponvifparse reads the times and flags of the header extension.
  const onvif = as === 'as an ONVIF client';
  const { status, stderr } = await run('gst-launch-1.0', [
    '-q',
    ...source(url, way),
    ...(onvif ? ['onvif-mode=true'] : []),
    ...words(`! application/x-rtp,media=video ! ${onvif ? 'rtponvifparse !' : ''} rtph264depay ! avdec_h264 !`),
    ...words('identity eos-after=10 ! fakesink sync=false'),
  ]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
