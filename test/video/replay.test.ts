import { once } from 'node:events';
import { afterAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { gstreamer, gstreamerSource, have, password, run, startFilmed } from './filmed.ts';
import { nalsOf, RtspClient } from './rtsp-client.ts';

const admin = { username: 'admin', password };
const onvif = { Require: 'onvif-replay' };
const hour = 3_600_000;
const clockText = (at: number) => new Date(at).toISOString().replace(/[-:]/g, '');
const doors: AsyncDisposable[] = [];
afterAll(async () => {
  for (const door of doors) await door[Symbol.asyncDispose]();
});

/** A camera with days of footage; `begin` is a full ten seconds an hour ago, where a group begins. */
async function start(more: Parameters<typeof startFilmed>[0] = {}) {
  const door = await startFilmed({ fill: false, ...more });
  doors.push(door);
  const { recorder } = door.camera;
  // What was recorded before was coded as the encoder is set now.
  for (const { spans } of recorder!.kept.recordings[0]!.tracks)
    for (const span of spans) if (span.encoder) span.encoder = { ...door.encoder };
  const url = `rtsp://127.0.0.1:${door.rtspPort}/${recorder!.facts.replayPath}`;
  const signed = url.replace('//', `//admin:${encodeURIComponent(password)}@`);
  const begin = Math.floor((door.camera.clock.now() - hour) / 10_000) * 10_000;
  return { ...door, url, signed, begin };
}

interface Unit {
  at: number;
  clean: boolean;
  end: boolean;
  discontinuity: boolean;
  terminal: boolean;
  cseq: number;
  timestamp: number;
  payloads: Buffer[];
}

/** The access units of one channel, as the header extension tells them. */
function unitsOf(client: RtspClient, channel = 0): Unit[] {
  const units: Unit[] = [];
  for (const { channel: of, payload } of client.packets) {
    if (of !== channel) continue;
    const extended = (payload[0]! & 0x10) !== 0;
    const bytes = extended ? 4 + 4 * payload.readUInt16BE(14) : 0;
    if (extended) {
      expect(payload.readUInt16BE(12)).toBe(0xabac);
      expect(payload.readUInt16BE(14)).toBe(3);
      const flags = payload[24]!;
      units.push({
        at: Math.round((payload.readUInt32BE(16) - 2_208_988_800) * 1000 + (payload.readUInt32BE(20) / 2 ** 32) * 1000),
        clean: (flags & 0x80) !== 0,
        end: (flags & 0x40) !== 0,
        discontinuity: (flags & 0x20) !== 0,
        terminal: (flags & 0x10) !== 0,
        cseq: payload[25]!,
        timestamp: payload.readUInt32BE(4),
        payloads: [],
      });
    }
    units.at(-1)?.payloads.push(payload.subarray(12 + bytes));
  }
  return units;
}

async function open(url: string, port: number, tracks = ['trackID=1']) {
  const client = await RtspClient.open(port);
  client.user = admin;
  const described = await client.ask('DESCRIBE', url, onvif);
  let session = '';
  for (const [i, track] of tracks.entries()) {
    const answer = await client.ask('SETUP', `${url}/${track}`, {
      ...onvif,
      Transport: `RTP/AVP/TCP;unicast;interleaved=${2 * i}-${2 * i + 1}`,
      ...(session ? { Session: session } : {}),
    });
    expect(answer.status).toBe(200);
    session = answer.headers['session']!.split(';')[0]!;
  }
  const play = (headers: Record<string, string>) =>
    client.ask('PLAY', url, { ...onvif, Session: session, 'Rate-Control': 'no', ...headers });
  return { client, described, session, play, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}
const range = (from: number, to?: number) => ({
  Range: `clock=${clockText(from)}-${to === undefined ? '' : clockText(to)}`,
});
const ended =
  (client: RtspClient, channel = 0) =>
  (at: number) =>
    client.until(() => unitsOf(client, channel).some((unit) => unit.at >= at));

describe('replay', () => {
  test('the description names the tracks of the recording and how far back it goes', async () => {
    const door = await start();
    await using viewer = await open(door.url, door.rtspPort);
    const { body } = viewer.described;
    for (const token of ['VIDEO001', 'AUDIO001', 'META001']) expect(body).toContain(`a=x-onvif-track:${token}`);
    const [, from, to] = /a=range:clock=(\w+\.\d+Z)-(\w+\.\d+Z)/.exec(body)!;
    expect(from! < clockText(door.begin - 24 * hour)).toBe(true);
    expect(to! > clockText(door.begin)).toBe(true);
  });

  test('a closed range comes as fast as the client takes it: every picture once, from a clean point on, with its time', async () => {
    const door = await start();
    await using viewer = await open(door.url, door.rtspPort);
    const answer = await viewer.play(range(door.begin + 500, door.begin + 2000));
    expect(answer.headers['range']).toBe(`clock=${clockText(door.begin + 500)}-${clockText(door.begin + 2000)}`);
    await ended(viewer.client)(door.begin + 2000);
    const units = unitsOf(viewer.client);
    expect(units.map(({ at }) => at)).toEqual(Array.from({ length: 51 }, (_, i) => door.begin + i * 40));
    expect(units.filter(({ clean }) => clean).map(({ at }) => at)).toEqual([
      door.begin,
      door.begin + 1000,
      door.begin + 2000,
    ]);
    expect(
      units.every(({ cseq, discontinuity }) => cseq === (Number(answer.headers['cseq']) & 0xff) && !discontinuity),
    ).toBe(true);
    const steps = units.slice(1).map(({ timestamp }, i) => (timestamp - units[i]!.timestamp) >>> 0);
    expect(new Set(steps)).toEqual(new Set([3600]));
    expect(
      nalsOf(units[0]!.payloads)
        .map((nal) => nal[0]! & 0x1f)
        .slice(0, 3),
    ).toEqual([7, 8, 5]);
    expect(answer.headers['rtp-info']).toContain(`rtptime=${units[0]!.timestamp}`);
  });

  test('backwards the groups come in reverse order, each forwards and marked, with the time stamps of the recording', async () => {
    const door = await start();
    await using viewer = await open(door.url, door.rtspPort);
    const answer = await viewer.play({ ...range(door.begin + 2500, door.begin), Scale: '-1.0' });
    expect(answer.headers['scale']).toBe('-1.0');
    await viewer.client.until(() => unitsOf(viewer.client).length >= 13 + 50);
    const units = unitsOf(viewer.client);
    const groups = units.filter(({ discontinuity }) => discontinuity).map(({ at }) => at - door.begin);
    expect(groups.slice(0, 3)).toEqual([2000, 1000, 0]);
    expect(units.slice(0, 14).map(({ at }) => at - door.begin)).toEqual([
      ...Array.from({ length: 13 }, (_, i) => 2000 + i * 40),
      1000,
    ]);
    expect(units.every(({ clean, discontinuity }) => !discontinuity || clean)).toBe(true);
    expect((units[13]!.timestamp - units[0]!.timestamp) | 0).toBe(-90_000);
  });

  test('intra pictures only, no closer than asked for', async () => {
    const door = await start();
    await using viewer = await open(door.url, door.rtspPort);
    await viewer.play({ ...range(door.begin, door.begin + 8000), Frames: 'intra/4000' });
    await ended(viewer.client)(door.begin + 8000);
    const units = unitsOf(viewer.client);
    expect(units.map(({ at }) => at - door.begin)).toEqual([0, 4000, 8000]);
    expect(units.every(({ clean }) => clean)).toBe(true);
  });

  test('pictures days apart are found at once, in either direction', async () => {
    const door = await start();
    const day = 24 * hour;
    for (const [from, to, scale] of [
      [door.begin - 2 * day, door.begin, '1.0'],
      [door.begin, door.begin - 2 * day, '-1.0'],
    ] as const) {
      await using viewer = await open(door.url, door.rtspPort);
      await viewer.play({ ...range(from, to), Scale: scale, Frames: `intra/${day}` });
      await viewer.client.until(() => unitsOf(viewer.client).length >= 3);
      const at = unitsOf(viewer.client).map((unit) => Math.abs(unit.at - from));
      for (const [i, away] of at.entries()) expect(away - i * day).toBeLessThan(20 * 60_000);
    }
  });

  test('by WebSocket it comes as it does by TCP', async () => {
    const door = await start();
    const socket = new WebSocket(`ws://127.0.0.1:${door.httpPort}/replay`, 'rtsp.onvif.org');
    await once(socket, 'open');
    const authorization = `Authorization: Basic ${Buffer.from(`admin:${password}`).toString('base64')}\r\n`;
    const ask = async (line: string, headers = '') => {
      const answer = once(socket, 'message');
      socket.send(`${line} RTSP/1.0\r\nCSeq: 7\r\nRequire: onvif-replay\r\n${authorization}${headers}\r\n`);
      return ((await answer)[0] as Buffer).toString('latin1');
    };
    const setup = await ask(`SETUP ${door.url}/trackID=1`, 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n');
    const session = /Session: (\w+)/.exec(setup)![1];
    const clock = `Range: clock=${clockText(door.begin)}-${clockText(door.begin + 40)}\r\n`;
    const played = await ask(`PLAY ${door.url}`, `Session: ${session}\r\nRate-Control: no\r\n${clock}`);
    expect(played).toMatch(/200 OK[\s\S]*RTP-Info/);
    const [packet] = (await once(socket, 'message')) as [Buffer];
    expect(packet.readUInt16BE(16)).toBe(0xabac);
    expect(packet[29]).toBe(7);
    socket.terminate();
  });

  test('a gap in the footage is marked and passed over; from within it the next section is played', async () => {
    const door = await start();
    const { recorder } = door.camera;
    const [before, after] = recorder!.pieces(recorder!.kept.recordings[0]!, recorder!.kept.recordings[0]!.tracks[0]!);
    await using viewer = await open(door.url, door.rtspPort);
    await viewer.play(range(before!.to - 1000, after!.from + 500));
    await ended(viewer.client)(after!.from + 400);
    const units = unitsOf(viewer.client);
    const at = units.findIndex((unit) => unit.end);
    expect(units[at]!.at).toBeLessThan(before!.to);
    expect(units[at + 1]!.at).toBeGreaterThanOrEqual(after!.from);
    expect(units[at + 1]!.clean).toBe(true);
    await using second = await open(door.url, door.rtspPort);
    await second.play(range(before!.to + 1000, after!.from + 500));
    await ended(second.client)(after!.from + 400);
    expect(unitsOf(second.client)[0]!.at).toBeGreaterThanOrEqual(after!.from);
  });

  test('a PLAY that will not wait takes the place of the one before', async () => {
    const door = await start();
    await using viewer = await open(door.url, door.rtspPort);
    await viewer.play({ ...range(door.begin), 'Rate-Control': 'yes' });
    await viewer.client.until(() => unitsOf(viewer.client).length > 2);
    const elsewhere = door.begin - hour;
    const answer = await viewer.play({ ...range(elsewhere, elsewhere + 1000), Immediate: 'yes' });
    await viewer.client.until(() => unitsOf(viewer.client).some(({ at }) => at === elsewhere + 1000));
    const units = unitsOf(viewer.client);
    const fresh = units.findIndex(({ cseq }) => cseq === (Number(answer.headers['cseq']) & 0xff));
    expect(units[fresh]).toMatchObject({ at: elsewhere, discontinuity: true, clean: true });
    expect(units.slice(fresh).every(({ at }) => at <= elsewhere + 1000)).toBe(true);
  });

  test('paused it stands still, and goes on where it stood', async () => {
    const door = await start();
    await using viewer = await open(door.url, door.rtspPort);
    await viewer.play({ ...range(door.begin), 'Rate-Control': 'yes', Scale: '2' });
    await viewer.client.until(() => unitsOf(viewer.client).length > 4);
    await viewer.client.ask('PAUSE', door.url, { Session: viewer.session });
    const stood = unitsOf(viewer.client).at(-1)!.at;
    const count = unitsOf(viewer.client).length;
    await viewer.play({ 'Rate-Control': 'no' });
    await viewer.client.until(() => unitsOf(viewer.client).length > count + 30);
    const next = unitsOf(viewer.client)[count]!;
    expect(next.clean).toBe(true);
    expect(next.at).toBeLessThanOrEqual(stood + 40);
    expect(next.at).toBeGreaterThan(stood - 1000);
    expect((await viewer.client.ask('TEARDOWN', door.url, { Session: viewer.session })).status).toBe(200);
    expect((await viewer.client.ask('PLAY', door.url, { Session: viewer.session })).status).toBe(454);
  });

  test('all tracks come in the order in which they were recorded, metadata with what happened then', async () => {
    const door = await start();
    const events = door.camera.recorder!.events.ofCamera(door.begin - 24 * hour, door.begin);
    const motion = events.find(({ data }) => data['IsMotion'] === 'true')!;
    await using viewer = await open(door.url, door.rtspPort, ['trackID=1', 'trackID=2', 'trackID=3']);
    await viewer.play(range(motion.utcTime - 1000, motion.utcTime + 1500));
    for (const channel of [0, 2, 4]) await ended(viewer.client, channel)(motion.utcTime + 1000);
    const sound = unitsOf(viewer.client, 2);
    expect(new Set(sound.slice(1).map(({ at }, i) => at - sound[i]!.at))).toEqual(new Set([40]));
    const documents = unitsOf(viewer.client, 4).map(({ at, payloads }) => ({
      at,
      text: Buffer.concat(payloads).toString(),
    }));
    const told = documents.find(({ text }) => text.includes('IsMotion" Value="true"'))!;
    expect(told.text).toContain(new Date(motion.utcTime).toISOString());
    expect(documents.some(({ at, text }) => at >= motion.utcTime && text.includes('<tt:Object '))).toBe(true);
    expect(documents.some(({ at, text }) => at < motion.utcTime && text.includes('<tt:Object '))).toBe(false);
  });

  test('what is being recorded is played on as it comes', async () => {
    const door = await start();
    await using viewer = await open(door.url, door.rtspPort);
    const now = door.camera.clock.now();
    const answer = await viewer.play(range(now - 500));
    expect(answer.headers['range']).toMatch(/Z-$/);
    await ended(viewer.client)(now + 400);
    expect(unitsOf(viewer.client).every(({ end, terminal }) => !end && !terminal)).toBe(true);
  });

  test('is refused in RTSP’s words: no such time, no such direction, a feature this camera has not', async () => {
    const door = await start();
    await using viewer = await open(door.url, door.rtspPort);
    const statuses: [Record<string, string>, number][] = [
      [range(door.camera.clock.now() + hour), 457],
      [{ Range: 'clock=yesterday-' }, 457],
      [{ Range: 'smpte=0-' }, 457],
      [{ ...range(door.begin, door.begin + 1000), Scale: '-1.0' }, 457],
      [{ Scale: 'quick' }, 400],
      [{ Frames: 'some' }, 400],
    ];
    for (const [headers, status] of statuses)
      expect((await viewer.play(headers)).status, JSON.stringify(headers)).toBe(status);
    const without = await startFilmed({ profile: 'c340' });
    doors.push(without);
    await using client = await RtspClient.open(without.rtspPort);
    client.user = admin;
    const refused = await client.ask('DESCRIBE', without.url, onvif);
    expect(refused).toMatchObject({ status: 551, headers: { unsupported: 'onvif-replay' } });
  });

  test('a VIGI camera replays for one client at a time', async () => {
    const door = await start({ profile: 's445' });
    await using viewer = await open(door.url, door.rtspPort);
    await using other = await RtspClient.open(door.rtspPort);
    other.user = admin;
    const setup = () =>
      other.ask('SETUP', `${door.url}/trackID=1`, { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' });
    expect((await setup()).status).toBe(429);
    await viewer.client.ask('TEARDOWN', door.url, { Session: viewer.session });
    expect((await setup()).status).toBe(200);
  });

  test('a client that does not take what it asked for costs nothing', async () => {
    const door = await start({ encoder: { width: 1280, height: 720, bitrateKbps: 8192 }, fill: true });
    await using viewer = await open(door.url, door.rtspPort);
    await viewer.play(range(door.begin));
    viewer.client.pause();
    const before = process.memoryUsage().arrayBuffers;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
  });
});

describe('other people’s programs', () => {
  test.skipIf(!have('ffmpeg'))('ffmpeg plays a window of the past to its end and finds all of it', async () => {
    const door = await start();
    const text = (at: number) => clockText(at).replace(/\.\d+/, '').toLowerCase();
    const url = `${door.signed}?starttime=${text(door.begin)}&endtime=${text(door.begin + 2000)}`;
    const { status, stderr } = await run('ffmpeg', [
      '-v',
      'info',
      '-rtsp_transport',
      'tcp',
      '-i',
      url,
      '-map',
      '0:v',
      '-f',
      'null',
      '-',
    ]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/Video: h264 \(Main\).*320x180/);
    const frames = Number(/frame=\s*(\d+)(?![\s\S]*frame=)/.exec(stderr)![1]);
    expect(frames).toBeGreaterThanOrEqual(49);
    expect(frames).toBeLessThanOrEqual(52);
  });

  test.skipIf(!have('gst-launch-1.0'))(
    'GStreamer as an ONVIF client reads the header extension and decodes',
    async () => {
      const door = await start();
      const source = [...gstreamerSource(door.url, 'tcp'), 'onvif-mode=true', 'onvif-rate-control=false'];
      const { outputs } = await gstreamer(source, [
        {
          elements:
            'application/x-rtp,media=video ! rtponvifparse ! rtph264depay ! h264parse ! avdec_h264 ! videoconvert ! pngenc',
          bytes: 1000,
        },
      ]);
      expect(outputs[0]!.subarray(1, 4).toString()).toBe('PNG');
      expect(outputs[0]!.readUInt32BE(16)).toBe(door.encoder.width);
    },
  );

  test.skipIf(!have('ffprobe'))('ffprobe finds the tracks through the HTTP tunnel, and by UDP', async () => {
    const door = await start();
    for (const transport of ['http', 'udp']) {
      const url = transport === 'http' ? door.signed.replace(`:${door.rtspPort}`, `:${door.httpPort}`) : door.signed;
      const { status, stdout, stderr } = await run('ffprobe', [
        ...`-v error -rtsp_transport ${transport} -show_entries stream=codec_name,width -of csv=p=0`.split(' '),
        url,
      ]);
      expect(status, stderr).toBe(0);
      expect(stdout.toString().trim().split('\n').slice(0, 2)).toEqual([`h264,${door.encoder.width}`, 'pcm_alaw']);
    }
  });

  test.skipIf(!have('ffprobe'))('a recording in H.265 is replayed as such', async () => {
    const door = await start({ encoder: { encoding: 'H265', width: 320, height: 180, fps: 25, govLength: 25 } });
    const { stdout, stderr } = await run('ffprobe', [
      ...'-v error -rtsp_transport tcp -select_streams v -show_entries stream=codec_name -of csv=p=0'.split(' '),
      door.signed,
    ]);
    expect(stdout.toString().trim(), stderr).toBe('hevc');
  });
});
