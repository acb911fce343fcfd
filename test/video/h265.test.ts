import { expect, test } from 'vitest';
import type { VideoEncoderState } from '../../device-sim/camera.ts';
import { h265Payload, packetizeNals } from '../../device-sim/rtsp/rtp.ts';
import { levelOf } from '../../device-sim/video/h265/parameter-sets.ts';
import { joinUnits } from '../../device-sim/video/nal.ts';
import { gstreamer, gstreamerSource, have, password, pictures, run, startFilmed, words } from './filmed.ts';
import { RtspClient } from './rtsp-client.ts';

const filmed = (encoder: Partial<VideoEncoderState> = {}) =>
  startFilmed({ encoder: { encoding: 'H265', profile: 'Main', ...encoder } });

test.skipIf(!have('ffprobe')).each<[Partial<VideoEncoderState>, number]>([
  [{ width: 2688, height: 1520, fps: 25, bitrateKbps: 3584, govLength: 50 }, 150],
  [{ width: 1920, height: 1080, fps: 30, bitrateKbps: 4096, govLength: 60 }, 120],
  [{ width: 640, height: 360, fps: 15, bitrateKbps: 512, govLength: 30 }, 63],
])('ffprobe finds what the configuration says: %o', async (encoder, level) => {
  await using door = await filmed(encoder);
  const { status, stdout, stderr } = await run('ffprobe', [
    ...words('-v warning -rtsp_transport tcp -of json -select_streams v -show_entries'),
    'stream=codec_name,profile,level,width,height,r_frame_rate,avg_frame_rate,color_space,field_order',
    door.signedUrl,
  ]);
  expect(stderr.replace('Unsupported codec with id 0 for input stream 2\n', '')).toBe('');
  expect(status).toBe(0);
  expect(JSON.parse(stdout.toString()).streams[0]).toMatchObject({
    codec_name: 'hevc',
    profile: 'Main',
    level,
    width: encoder.width,
    height: encoder.height,
    r_frame_rate: `${encoder.fps}/1`,
    avg_frame_rate: `${encoder.fps}/1`,
    color_space: 'bt709',
  });
});

test.skipIf(!have('ffmpeg')).each(['tcp', 'udp', 'http'])(
  'ffmpeg decodes H.265 over %s without a complaint, a walker and all',
  async (way) => {
    await using door = await filmed({ width: 640, height: 360, fps: 15 });
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

test.skipIf(!have('gst-launch-1.0')).each(['tcp', 'udp'])('GStreamer plays H.265 over %s', async (way) => {
  await using door = await filmed();
  const { stderr } = await gstreamer(gstreamerSource(door.url, way), [
    {
      elements: 'rtph265depay ! h265parse ! avdec_h265 ! videoconvert ! video/x-raw,format=I420',
      bytes: pictures(15, door.encoder),
    },
  ]);
  expect(stderr).toBe('');
});

test.skipIf(!have('ffmpeg'))('the still picture shows what the H.265 stream shows', async () => {
  await using door = await filmed({ width: 320, height: 180 });
  const grey = words('-vf crop=320:140:0:20,scale=out_range=full,format=gray -frames:v 1 -f rawvideo -');
  const stream = await run('ffmpeg', [...words('-v error -rtsp_transport tcp -i'), door.signedUrl, ...grey]);
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const still = Buffer.from(await (await fetch(door.snapshotUrl, { headers: { authorization } })).arrayBuffer());
  const picture = await run('ffmpeg', [...words('-v error -f mjpeg -i -'), ...grey], still);
  expect(stream.stdout.length).toBe(320 * 140);
  expect(picture.stdout.length).toBe(320 * 140);
  let sum = 0;
  for (let i = 0; i < 320 * 140; i++) sum += Math.abs(stream.stdout[i]! - picture.stdout[i]!);
  expect(sum / (320 * 140)).toBeLessThan(6);
});

test('who watches when the codec changes is hung up on, and finds the new one when coming again', async () => {
  await using door = await startFilmed();
  const watch = async () => {
    const client = await RtspClient.open(door.rtspPort);
    client.user = { username: 'admin', password };
    const described = await client.ask('DESCRIBE', door.url);
    const setup = await client.ask('SETUP', `${door.url}/trackID=1`, { Transport: 'RTP/AVP/TCP;interleaved=0-1' });
    return { client, described, Session: setup.headers['session']!.split(';')[0]! };
  };
  const { client, described, Session } = await watch();
  await using _first = client;
  expect(described.body).toMatch(/H264\/90000/);
  await client.ask('PLAY', door.url, { Session });
  await client.until(() => client.packets.length > 5);
  Object.assign(door.encoder, { encoding: 'H265', profile: 'Main' });
  await client.end();
  // The last it hears is goodbye (RFC 3550 §6.6), in a compound packet that begins with a report (§6.1).
  const last = client.packets.findLast(({ channel }) => channel === 1)!.payload;
  const parts: { type: number; ssrc: number }[] = [];
  for (let at = 0; at < last.length; at += 4 * (1 + last.readUInt16BE(at + 2)))
    parts.push({ type: last[at + 1]!, ssrc: last.readUInt32BE(at + 4) });
  const ssrc = client.packets.find(({ channel }) => channel === 0)!.payload.readUInt32BE(8);
  expect(parts).toEqual([200, 202, 203].map((type) => ({ type, ssrc })));
  // It says how much was sent in all.
  expect(last.readUInt32BE(20)).toBe(client.packets.filter(({ channel }) => channel === 0).length);
  const again = await watch();
  await using _second = again.client;
  expect(again.described.body).toMatch(/a=rtpmap:96 H265\/90000\r\na=fmtp:96 profile-id=1;level-id=\d+;sprop-vps=/);
});

test('H.265 units are put together or cut apart and come out the same', () => {
  const nals = [20, 30, 1400, 9, 5000, 1388, 2, 3].map((size, i) => {
    const nal = Buffer.alloc(size, i + 1);
    nal[0] = (i % 3 === 0 ? 19 : 1) << 1;
    nal[1] = 1;
    return nal;
  });
  const state = { ssrc: 1, payloadType: 96, sequence: 0, packets: 0, octets: 0 };
  const { bytes, starts } = packetizeNals(state, 5, joinUnits(nals), h265Payload);
  const out: Buffer[] = [];
  for (const [i, start] of starts.slice(0, -1).entries()) {
    const payload = bytes.subarray(start + 16, starts[i + 1]);
    expect(payload.length).toBeLessThanOrEqual(1388);
    const type = (payload[0]! >> 1) & 0x3f;
    if (type === 48)
      for (let at = 2; at < payload.length; at += 2 + payload.readUInt16BE(at))
        out.push(payload.subarray(at + 2, at + 2 + payload.readUInt16BE(at)));
    else if (type === 49) {
      const head = payload[2]!;
      if (head & 0x80) out.push(Buffer.from([((head & 0x3f) << 1) | (payload[0]! & 0x81), payload[1]!]));
      out.push(Buffer.concat([out.pop()!, payload.subarray(3)]));
    } else out.push(payload);
  }
  expect(out).toEqual(nals);
});

test.each([
  [{ width: 640, height: 360, fps: 25, bitrateKbps: 1024 }, 63],
  [{ width: 848, height: 480, fps: 25, bitrateKbps: 512 }, 90],
  [{ width: 1280, height: 720, fps: 25, bitrateKbps: 2048 }, 93],
  [{ width: 1920, height: 1080, fps: 60, bitrateKbps: 4096 }, 123],
  [{ width: 3840, height: 2160, fps: 25, bitrateKbps: 8192 }, 150],
])('%o needs general_level_idc %i', (format, level) => {
  expect(levelOf(format)).toBe(level);
});
