import { expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { decodeAlaw, encodeAlaw, pipSecond } from '../../device-sim/rtsp/audio.ts';
import { TalkSink } from '../../device-sim/rtsp/talk-sink.ts';
import { checkMessages } from '../xsd/checked.ts';
import { have, password, run, startFilmed, words } from './filmed.ts';
import { RtspClient, rtpHeader } from './rtsp-client.ts';

const schemas = checkMessages();
/** A document as the body of a message: what the schemas of SOAP answers check. */
const inEnvelope = (text: string) =>
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${text.replace(/^<\?xml[^>]*\?>/, '')}</s:Body></s:Envelope>`;
/** Metadata documents that came on channel 0: the marker ends each. */
function documentsOf(client: RtspClient): string[] {
  const documents: string[] = [];
  let open: Buffer[] = [];
  for (const { channel, payload: packet } of client.packets) {
    if (channel !== 0) continue;
    const { payload, marker } = rtpHeader(packet);
    open.push(payload);
    if (!marker) continue;
    documents.push(Buffer.concat(open).toString());
    open = [];
  }
  return documents;
}

const backChannel = { Require: 'www.onvif.org/ver20/backchannel' };

async function open(port: number) {
  const client = await RtspClient.open(port);
  client.user = { username: 'admin', password };
  return client;
}

/** Set up these tracks on channels 0, 2, 4 … and play. */
async function watch(client: RtspClient, url: string, tracks: number[]) {
  let session = '';
  for (const [i, track] of tracks.entries()) {
    const setup = await client.ask('SETUP', `${url}/trackID=${track}`, {
      Transport: `RTP/AVP/TCP;unicast;interleaved=${2 * i}-${2 * i + 1}`,
      ...(session ? { Session: session } : {}),
    });
    expect(setup.status).toBe(200);
    session = setup.headers['session']!.split(';')[0]!;
  }
  return client.ask('PLAY', url, { Session: session });
}

test('A-law says the same samples again, as near as eight bits come', () => {
  for (let sample = -32_768; sample < 32_768; sample += 7) {
    const again = decodeAlaw(encodeAlaw(sample));
    expect(Math.abs(again - sample)).toBeLessThanOrEqual(Math.max(8, Math.abs(sample) / 30));
  }
  // Values of G.711 table 1a: positive and negative zero, the largest of each sign.
  expect([0, -1, 32_767, -32_768].map(encodeAlaw)).toEqual([0xd5, 0x55, 0xaa, 0x2a]);
});

test('PLAY of all tracks tells where each begins, and each begins there', async () => {
  await using door = await startFilmed();
  await using client = await open(door.rtspPort);
  const described = await client.ask('DESCRIBE', door.url);
  expect(described.body.match(/^m=.*$/gm)).toEqual([
    'm=video 0 RTP/AVP 96',
    'm=audio 0 RTP/AVP 8',
    'm=application 0 RTP/AVP 107',
  ]);
  const played = await watch(client, door.url, [1, 2, 3]);
  const points = played.headers['rtp-info']!.split(',').map((one) => {
    const [, track, seq, rtptime] = /trackID=(\d);seq=(\d+);rtptime=(\d+)$/.exec(one)!;
    return { track: Number(track), seq: Number(seq), rtptime: Number(rtptime) };
  });
  expect(points.map(({ track }) => track).sort()).toEqual([1, 2, 3]);
  for (const { track, seq } of points) {
    const channel = 2 * (track - 1);
    const [first] = await client.packet(channel, 3);
    expect(rtpHeader(first!.payload).sequence, `track ${track}`).toBe(seq);
  }
  const sound = client.packets.filter(({ channel }) => channel === 2).map(({ payload }) => rtpHeader(payload));
  expect(sound[0]).toMatchObject({ payloadType: 8 });
  expect(sound[0]!.payload).toHaveLength(320);
  expect((sound[1]!.timestamp - sound[0]!.timestamp) >>> 0).toBe(320);
});

test('the sound is a pip at each full second', () => {
  const loudness = Array.from({ length: 8 }, (_, part) =>
    pipSecond()
      .subarray(part * 1000, part * 1000 + 1000)
      .reduce((sum, byte) => sum + Math.abs(decodeAlaw(byte)), 0),
  );
  expect(loudness[0]).toBeGreaterThan(10 * Math.max(...loudness.slice(1)));
});

test.skipIf(!have('ffmpeg'))(
  'ffmpeg hears and sees a camera with sound for two seconds without a complaint',
  async () => {
    await using door = await startFilmed();
    const probe = await run('ffprobe', [
      ...words('-v warning -rtsp_transport tcp -of json -show_entries stream=codec_name,sample_rate,channels'),
      door.signedUrl,
    ]);
    expect(JSON.parse(probe.stdout.toString()).streams).toMatchObject([
      { codec_name: 'h264' },
      { codec_name: 'pcm_alaw', sample_rate: '8000', channels: 1 },
      {},
    ]);
    const { status, stderr, stdout } = await run('ffmpeg', [
      ...words('-hide_banner -v warning -xerror -err_detect explode -rtsp_transport tcp -i'),
      door.signedUrl,
      ...words('-t 2 -map 0:v -f null /dev/null -t 2 -map 0:a -f s16le -'),
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout.length).toBeGreaterThan(8000 * 2 * 1.6);
  },
);

test('metadata begins with the properties as they stand, goes on with each event and with what moves', async () => {
  const clock = manualClock();
  await using door = await startFilmed({ clock });
  await using client = await open(door.rtspPort);
  const played = watch(client, door.url, [3]);
  await played;
  const documents = () => documentsOf(client);
  await client.until(() => documents().length > 0);
  expect(documents()[0]).toContain('PropertyOperation="Initialized"');
  expect(documents()[0]).toContain('tns1:RuleEngine/CellMotionDetector/Motion');
  expect(documents()[0]).not.toContain('SubscriptionReference');
  door.camera.trigger('motion', true);
  await client.until(() =>
    documents().some((text) => /PropertyOperation="Changed".*IsMotion" Value="true"/s.test(text)),
  );
  await clock.advance(1000);
  await client.until(() => documents().filter((text) => /<tt:BoundingBox /.test(text)).length >= 4);
  const box = /<tt:BoundingBox left="(.*?)" top="(.*?)" right="(.*?)" bottom="(.*?)"\/>/.exec(documents().at(-1)!)!;
  const [left, top, right, bottom] = box.slice(1).map(Number) as [number, number, number, number];
  expect(left).toBeGreaterThan(-1);
  expect(right).toBeGreaterThan(left);
  expect(top).toBeGreaterThan(bottom);
  expect(bottom).toBeGreaterThan(-1);
  door.camera.trigger('motion', false);
  const before = documents().length;
  await clock.advance(3000);
  await client.until(
    () =>
      documents()
        .slice(before)
        .filter((text) => /<tt:Frame UtcTime="[^"]*"\/>/.test(text)).length >= 3,
  );
  for (const text of documents()) schemas.check(inEnvelope(text));
});

test('the metadata follows its configuration', async () => {
  await using door = await startFilmed();
  door.camera.state.extra['media.metadata'] = {
    ptzStatus: false,
    ptzPosition: false,
    analytics: false,
    events: { filter: 'tns1:VideoSource//.' },
  };
  await using client = await open(door.rtspPort);
  await watch(client, door.url, [3]);
  const [first] = await client.packet(0, 1);
  const text = rtpHeader(first!.payload).payload.toString();
  expect(text).toContain('tns1:VideoSource/MotionAlarm');
  expect(text).not.toContain('RuleEngine');
});

test('a synchronisation point tells the properties anew', async () => {
  await using door = await startFilmed({ clock: manualClock() });
  await using client = await open(door.rtspPort);
  await watch(client, door.url, [3]);
  await client.until(() => documentsOf(client).length === 1);
  door.rtsp.requestKeyframe('main');
  await client.until(() => documentsOf(client).length === 2);
  const [first, second] = documentsOf(client);
  expect(second).toBe(first);
});

test('a back channel is told of only to those who ask, and what they say is heard', async () => {
  await using door = await startFilmed();
  await using client = await open(door.rtspPort);
  expect((await client.ask('DESCRIBE', door.url)).body).not.toContain('sendonly');
  const { body } = await client.ask('DESCRIBE', door.url, backChannel);
  expect(body).toMatch(/m=audio 0 RTP\/AVP 8\r\na=rtpmap:8 PCMA\/8000\r\na=sendonly\r\na=control:trackID=4\r\n/);
  expect((await watch(client, door.url, [4])).status).toBe(200);
  const packet = (payload: string) =>
    Buffer.concat([Buffer.from('8008000100000000000000ff', 'hex'), Buffer.from(payload)]);
  for (const word of ['hello ', 'camera']) {
    const rtp = packet(word);
    client.write(Buffer.concat([Buffer.from([0x24, 0, 0, rtp.length]), rtp]));
  }
  expect((await client.ask('OPTIONS', '*')).status).toBe(200);
  expect(door.rtsp.talk.heard().toString()).toBe('hello camera');
  expect(door.rtsp.talk.packets).toBe(2);
});

test('a VIGI camera takes the wish for a back channel and has none', async () => {
  await using door = await startFilmed({ profile: 'c340' });
  await using client = await open(door.rtspPort);
  const { status, body } = await client.ask('DESCRIBE', door.url, backChannel);
  expect(status).toBe(200);
  expect(body).not.toContain('sendonly');
});

test('the talk sink keeps the last seconds and leaves out what is no A-law', () => {
  const sink = new TalkSink(8);
  for (const odd of ['', '80', '8000000100000000000000ff', '0008000100000000000000ffaa', 'ff'.repeat(40)])
    sink.packet(Buffer.from(odd, 'hex'));
  expect(sink.packets).toBe(0);
  const packet = Buffer.concat([Buffer.from('8008000100000000000000ff', 'hex'), Buffer.alloc(8000, 1)]);
  for (let second = 0; second < 100; second++) sink.packet(packet);
  expect(sink.bytes).toBe(800_000);
  expect(sink.heard().length).toBe(240_000);
});
