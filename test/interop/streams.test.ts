import { expect, test } from 'vitest';
import { gstreamer, gstreamerSource, have, pictures, startFilmed } from '../video/filmed.ts';

/** Every track of a camera by every way, as GStreamer takes them: picture, sound and metadata at once. */
const noGstreamer = !have('gst-launch-1.0');
const planes = 'videoconvert ! video/x-raw,format=I420';

const decoders = {
  H264: 'rtph264depay ! h264parse ! avdec_h264',
  H265: 'rtph265depay ! h265parse ! avdec_h265',
  JPEG: 'rtpjpegdepay ! jpegdec',
} as const;

test
  .skipIf(noGstreamer)
  .each(
    (['H264', 'H265', 'JPEG'] as const).flatMap((encoding) =>
      ['tcp', 'udp', 'http'].map((way) => [encoding, way] as const),
    ),
  )('GStreamer sees, hears and reads a camera with %s over %s', async (encoding, way) => {
  await using door = await startFilmed({ encoder: { encoding, width: 320, height: 184, fps: 15 } });
  const { outputs, stderr } = await gstreamer(gstreamerSource(door.url, way), [
    {
      elements: `application/x-rtp,media=video ! queue ! ${decoders[encoding]} ! ${planes}`,
      bytes: pictures(10, door.encoder),
    },
    // 16-bit samples, 40 ms of them in a packet.
    { elements: 'application/x-rtp,media=audio ! queue ! rtppcmadepay ! alawdec', bytes: 15 * 2 * 320 },
    { elements: 'application/x-rtp,media=application ! queue', bytes: 1000 },
  ]);
  expect(stderr).toBe('');
  expect(outputs[2]!.toString()).toContain('<tt:MetadataStream');
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
  const { stderr } = await gstreamer(
    [...gstreamerSource(url, way), ...(onvif ? ['onvif-mode=true'] : [])],
    [
      {
        elements: `application/x-rtp,media=video ! ${onvif ? 'rtponvifparse !' : ''} rtph264depay ! avdec_h264 ! ${planes}`,
        bytes: pictures(10, door.encoder),
      },
    ],
  );
  expect(stderr).toBe('');
});
