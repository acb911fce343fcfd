import { decode as decodeJpeg } from 'jpeg-js';
import { expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { seededRandom } from '../../core/runtime/random.ts';
import { deriveIdentity } from '../../device-sim/identity.ts';
import { seenObject } from '../../device-sim/motion/seen-object.ts';
import { findProfile } from '../../device-sim/profiles/index.ts';
import { cameraThen } from '../../device-sim/recording/footage.ts';
import type { KeptRecordings } from '../../device-sim/recording/recordings.ts';
import { createCamera } from '../../device-sim/sim-camera.ts';
import { have, password, run, startFilmed } from './filmed.ts';
import { RtspClient, rtpHeader } from './rtsp-client.ts';

type Door = Awaited<ReturnType<typeof startFilmed>>;
const [width, height] = [640, 360];

/** Light of each sample of the still picture, as somebody else decodes it. */
async function still(door: Door): Promise<Uint8Array> {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const answer = await fetch(`${door.snapshotUrl}?size=${width}x${height}`, { headers: { authorization } });
  const { data } = decodeJpeg(Buffer.from(await answer.arrayBuffer()), { useTArray: true });
  return Uint8Array.from(
    { length: width * height },
    (_, i) => (data[4 * i]! + data[4 * i + 1]! + data[4 * i + 2]!) / 3,
  );
}

/** Where two pictures differ between the bars of text: left, top, right, bottom in ONVIF's coordinates. */
function difference(one: Uint8Array, other: Uint8Array): [number, number, number, number] {
  let box: [number, number, number, number] = [width, height, 0, 0];
  for (let y = 40; y < 320; y++)
    for (let x = 0; x < width; x++)
      if (Math.abs(one[y * width + x]! - other[y * width + x]!) > 40)
        box = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x + 1), Math.max(box[3], y + 1)];
  const [left, top, right, bottom] = box;
  return [(2 * left) / width - 1, 1 - (2 * top) / height, (2 * right) / width - 1, 1 - (2 * bottom) / height];
}

test('what is triggered is what is seen: in the event, the metadata and the picture', async () => {
  const clock = manualClock(Date.UTC(2026, 5, 1, 12));
  await using door = await startFilmed({ clock, profile: 'c440', encoder: { width, height, fps: 10 } });
  await using client = await RtspClient.open(door.rtspPort);
  client.user = { username: 'admin', password };
  const setup = await client.ask('SETUP', `${door.url}/trackID=3`, { Transport: 'RTP/AVP/TCP;interleaved=0-1' });
  await client.ask('PLAY', door.url, { Session: setup.headers['session']!.split(';')[0]! });
  const documents = () => {
    const packets = client.packets.filter(({ channel }) => channel === 0).map(({ payload }) => rtpHeader(payload));
    return packets.map(({ payload }) => payload.toString());
  };
  const empty = await still(door);
  const pictures = new Map<string, Uint8Array>();
  for (const [kind, item, type] of [
    ['people', 'IsPeople', 'Human'],
    ['vehicle', 'IsVehicle', 'Vehicle'],
    ['pet', 'IsPet', 'Animal'],
  ] as const) {
    const before = documents().length;
    // As traffic has it: something moves, and it is this.
    door.camera.trigger('motion', true);
    door.camera.trigger(kind, true);
    await clock.advance(3000);
    const own = () => documents().slice(before);
    await client.until(() => own().filter((text) => text.includes('<tt:BoundingBox')).length >= 10);
    expect(own().join('')).toContain(`Name="${item}" Value="true"`);
    for (const text of own().filter((one) => one.includes('<tt:Object ')))
      expect(/<tt:Type Likelihood="0.95">(.*?)</.exec(text)![1]).toBe(type);
    const picture = await still(door);
    pictures.set(kind, picture);
    const told = /<tt:BoundingBox left="(.*?)" top="(.*?)" right="(.*?)" bottom="(.*?)"\/>/.exec(own().at(-1)!)!;
    const box = told.slice(1).map(Number);
    const seen = difference(empty, picture);
    // The box is around what is seen, and not much larger.
    for (const side of [0, 1, 2, 3]) expect(Math.abs(seen[side]! - box[side]!), `${kind} ${side}`).toBeLessThan(0.13);
    door.camera.trigger(kind, false);
    door.camera.trigger('motion', false);
    await clock.advance(1000);
  }
  for (const [one, other] of [
    ['people', 'vehicle'],
    ['people', 'pet'],
    ['vehicle', 'pet'],
  ] as const) {
    const [left, top, right, bottom] = difference(pictures.get(one)!, pictures.get(other)!);
    expect(right - left, `${one} and ${other}`).toBeGreaterThan(0.1);
    expect(top - bottom, `${one} and ${other}`).toBeGreaterThan(0.1);
  }
});

test.skipIf(!have('ffmpeg'))('a foreign decoder sees the animal in the stream where it is', async () => {
  await using door = await startFilmed({ profile: 'c440', encoder: { width, height, fps: 10 } });
  const light = async () => {
    const args = `-v error -xerror -rtsp_transport tcp -i ${door.signedUrl} -frames:v 1 -vf scale=out_range=full,format=gray -f rawvideo -`;
    const { stdout, stderr } = await run('ffmpeg', args.split(' '));
    expect(stderr).toBe('');
    return stdout;
  };
  const empty = await light();
  door.camera.trigger('pet', true);
  const [left, top, right, bottom] = difference(empty, await light());
  // As wide as one and a half times its height, on the ground.
  expect((right - left) * (width / height)).toBeGreaterThan((top - bottom) * 1.15);
  expect(bottom).toBeLessThan(-0.65);
  expect(top).toBeLessThan(-0.4);
});

test('somebody who is named in the midst of a motion takes the place of who was there; unnamed motion stays who it is', () => {
  const clock = manualClock(Date.UTC(2026, 5, 1, 12));
  const camera = cameraOf('c440', clock);
  const seen = () => seenObject(camera, clock.now())!;
  camera.trigger('motion', true);
  const first = seen().class;
  camera.trigger('pet', true);
  expect(seen().class).toBe('Animal');
  camera.trigger('vehicle', true);
  expect(seen().class).toBe('Vehicle');
  camera.trigger('vehicle', false);
  expect(seen().class).toBe('Animal');
  camera.trigger('pet', false);
  expect(seen().class).toBe('Animal');
  camera.trigger('motion', false);
  expect(seenObject(camera, clock.now())).toBeUndefined();
  camera.trigger('intrusion', true);
  expect(seen().class).toBe(first);
});

const cameraOf = (profile: string, clock: ReturnType<typeof manualClock>, state?: object) =>
  createCamera(
    {
      name: 'door',
      profile: findProfile(profile),
      identity: deriveIdentity('figures', 1),
      ...(state ? { state: JSON.parse(JSON.stringify(state)) } : {}),
    },
    { clock, random: seededRandom('figures'), log: silentLog },
  );

test('footage shows who was there, also after a restart, after the clock was set and from a file of before', async () => {
  const noon = Date.UTC(2026, 5, 1, 12);
  const clock = manualClock(noon);
  const camera = cameraOf('c440', clock);
  const live: (string | undefined)[] = [];
  for (const kind of ['vehicle', 'pet', 'people', 'motion', 'intrusion']) {
    camera.trigger(kind, true);
    await clock.advance(1000);
    live.push(seenObject(camera, clock.now())?.class);
    await clock.advance(1000);
    camera.trigger(kind, false);
    await clock.advance(7000);
  }
  expect(live.slice(0, 3)).toEqual(['Vehicle', 'Animal', 'Human']);
  const recorded = (from: typeof camera) =>
    live.map((_, i) => {
      const at = noon + i * 9000 + 1000;
      return seenObject(
        cameraThen(from, from.recorder!.footage(0), () => at),
        at,
      )?.class;
    });
  expect(recorded(camera)).toEqual(live);
  camera.state.clockOffsetMs = 61_000;
  expect(recorded(camera)).toEqual(live);
  camera.state.clockOffsetMs = 0;
  camera.recorder!.stop();
  expect(recorded(cameraOf('c440', clock, camera.state))).toEqual(live);
  const kept = camera.state.extra['recordings'] as KeptRecordings;
  kept.passings = kept.passings.map(([from, to]) => [from, to]);
  const old = recorded(cameraOf('c440', clock, camera.state));
  expect(old.every((one) => one === 'Human' || one === 'Vehicle')).toBe(true);
});
