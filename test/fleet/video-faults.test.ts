import { expect, test } from 'vitest';
import type { z } from 'zod';
import { manualClock } from '../../core/runtime/clock.ts';
import { seededRandom } from '../../core/runtime/random.ts';
import type { VideoEncoderState } from '../../device-sim/camera.ts';
import { faultSpec } from '../../device-sim/faults/fault.ts';
import { createFaultBook } from '../../device-sim/faults/fault-book.ts';
import { password, startFilmed } from '../video/filmed.ts';
import { nalsOf, RtspClient, rtpHeader } from '../video/rtsp-client.ts';

type Given = z.input<typeof faultSpec>;

/** A camera of ten pictures a second whose clock the test moves, and one who watches it. */
async function watched({ seed = 'faults', ...encoder }: Partial<VideoEncoderState> & { seed?: string } = {}) {
  const clock = manualClock(Date.UTC(2026, 0, 1, 12));
  const faults = createFaultBook(clock, seededRandom(seed));
  const door = await startFilmed({ clock, faults, encoder: { fps: 10, govLength: 10, bitrateKbps: 512, ...encoder } });
  const client = await RtspClient.open(door.rtspPort);
  client.user = { username: 'admin', password };
  await client.ask('DESCRIBE', door.url);
  const setup = await client.ask('SETUP', `${door.url}/trackID=1`, { Transport: 'RTP/AVP/TCP;interleaved=0-1' });
  const playing = await client.ask('PLAY', door.url, { Session: setup.headers['session']!.split(';')[0]! });
  expect(playing.status).toBe(200);
  const packets = () => client.packets.filter(({ channel }) => channel === 0).map(({ payload }) => rtpHeader(payload));
  return {
    client,
    packets,
    fault: (given: Given) => faults.add(faultSpec.parse(given)),
    async film(pictures: number) {
      await clock.advance(pictures * 100);
      // What was sent before an answer has come when the answer has.
      expect((await client.ask('OPTIONS', door.url)).status).toBe(200);
    },
    /** Payloads by picture, in the order they came. */
    pictures() {
      const all = new Map<number, Buffer[]>();
      for (const { timestamp, payload } of packets()) all.set(timestamp, [...(all.get(timestamp) ?? []), payload]);
      return [...all].map(([timestamp, payloads]) => ({ timestamp, payloads }));
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await door[Symbol.asyncDispose]();
    },
  };
}

const isKey = ({ payloads }: { payloads: Buffer[] }) => nalsOf(payloads).some((nal) => (nal[0]! & 0x1f) === 5);
/** Packets missing between those that came. */
const gaps = (sequences: number[]) =>
  sequences.slice(1).map((sequence, i) => (sequence - sequences[i]! - 1 + 0x10000) & 0xffff);

test.each(['withhold 2', 'withhold 2s'])('%s: key frames are missing, and what leans on them comes', async (effect) => {
  await using set = await watched();
  await set.film(5);
  set.fault({ at: 'video', times: 1, do: effect });
  await set.film(40);
  const pictures = set.pictures();
  const first = pictures[0]!.timestamp;
  const at = pictures.filter(isKey).map(({ timestamp }) => ((timestamp - first) >>> 0) / 9000);
  expect(at).toEqual([0, 30, 40]);
  expect(pictures).toHaveLength(46 - 2);
});

test('freeze: the picture stands still while the stream goes on', async () => {
  await using set = await watched({ encoding: 'JPEG' });
  await set.film(5);
  set.fault({ at: 'video', times: 1, operation: 'main', do: 'freeze 1s' });
  await set.film(20);
  const shown = set.pictures().map(({ payloads }) => Buffer.concat(payloads).toString('base64'));
  expect(shown).toHaveLength(26);
  expect(new Set(shown.slice(0, 6)).size).toBe(6);
  expect(new Set(shown.slice(5, 16)).size).toBe(1);
  expect(new Set(shown.slice(16)).size).toBe(10);
});

test('stamp: time stamps stray, and no further than they may', async () => {
  await using set = await watched();
  set.fault({ at: 'video', do: 'stamp 50ms' });
  await set.film(20);
  const stamps = set.pictures().map(({ timestamp }) => timestamp);
  const strays = stamps.slice(1).map((stamp, i) => ((stamp - stamps[0]!) >>> 0) / 90 - (i + 1) * 100);
  expect(Math.max(...strays.map(Math.abs))).toBeLessThanOrEqual(50);
  expect(new Set(strays).size).toBeGreaterThan(10);
});

test('lose: so many packets in a row, once', async () => {
  await using set = await watched();
  set.fault({ at: 'rtp', nth: 30, do: 'lose 7' });
  await set.film(30);
  expect(gaps(set.packets().map(({ sequence }) => sequence)).filter((gap) => gap > 0)).toEqual([7]);
});

test('a share of packets is lost, the same ones with the same seed', async () => {
  const run = async (seed: string) => {
    await using set = await watched({ seed });
    const first = set.packets()[0]?.sequence ?? 0;
    set.fault({ at: 'rtp', chance: 0.1, do: 'lose' });
    await set.film(60);
    const sequences = set.packets().map(({ sequence }) => (sequence - first) & 0xffff);
    const lost = gaps(sequences).reduce((sum, gap) => sum + gap, 0);
    return { sequences, share: lost / (lost + sequences.length) };
  };
  const [one, again, other] = [await run('a'), await run('a'), await run('b')];
  expect(one.share).toBeGreaterThan(0.05);
  expect(one.share).toBeLessThan(0.15);
  expect(again.sequences).toEqual(one.sequences);
  expect(other.sequences).not.toEqual(one.sequences);
});

test('late: packets come late and in their order, and all of them come', async () => {
  await using set = await watched();
  const before = set.packets().length;
  const fault = set.fault({ at: 'rtp', for: '1s', do: 'late 3s' });
  await set.film(10);
  expect(set.pictures().length).toBeLessThan(10);
  await set.film(40);
  expect(gaps(set.packets().map(({ sequence }) => sequence))).toEqual(Array(set.packets().length - 1).fill(0));
  expect(set.packets().length - before).toBeGreaterThan(50);
  expect(fault.struck).toBeGreaterThan(5);
});

test('stop: after its time no packet comes, and the connection still answers', async () => {
  await using set = await watched();
  set.fault({ at: 'rtp', times: 1, do: 'stop 2s' });
  await set.film(50);
  expect(set.pictures().length).toBeGreaterThanOrEqual(20);
  expect(set.pictures().length).toBeLessThanOrEqual(22);
  expect(set.client.closed).toBe(false);
});

test.each<[Given, RegExp]>([
  [{ at: 'video', do: 'lose 3' }, /at video there are freeze, withhold and stamp, not lose/],
  [{ at: 'rtp', do: 'reset' }, /at rtp there are lose, late and stop, not reset/],
  [{ at: 'onvif', do: 'freeze 3s' }, /freeze is for pictures: at video/],
  [{ at: 'onvif', do: 'late 3s' }, /late is for packets: at rtp/],
  [{ at: 'video', do: 'freze 3s' }, /there is no effect "freze".*freeze/],
  [{ at: 'video', do: 'withhold' }, /"withhold" will not do: write .*withhold 3, withhold 10s/],
])('%o is refused with the right words', (given, words) => {
  expect(faultSpec.safeParse(given).error?.issues[0]?.message).toMatch(words);
});
