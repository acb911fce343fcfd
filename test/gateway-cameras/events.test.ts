import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { OnvifEvent } from '../../core/onvif/event.ts';
import { type ManualClock, manualClock } from '../../core/runtime/clock.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { createBus, type EventView } from '../../gateway/bus.ts';
import { createEventIntake, type EventIntake } from '../../gateway/events/intake.ts';
import { EventMemory, type EventRoute, sightingOf } from '../../gateway/events/memory.ts';
import { type Database, openDatabase } from '../../gateway/store/database.ts';
import { searchEvents, trimEvents } from '../../gateway/store/events.ts';
import { until } from './side.ts';

const motion = (active: boolean, at: number, more: Partial<OnvifEvent> = {}): OnvifEvent => ({
  topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
  utcTime: at,
  source: { VideoSourceConfigurationToken: 'vsconf', Rule: 'r' },
  data: { IsMotion: String(active) },
  ...more,
});
/** The same motion as the imaging service words it. */
const alarm = (active: boolean, at: number, more: Partial<OnvifEvent> = {}): OnvifEvent =>
  motion(active, at, {
    topic: 'tns1:VideoSource/MotionAlarm',
    source: { Source: 'vs' },
    data: { State: String(active) },
    ...more,
  });
const crossed = (at: number, id = '1'): OnvifEvent => ({
  topic: 'tns1:RuleEngine/LineDetector/Crossed',
  utcTime: at,
  source: { Rule: 'line' },
  data: { ObjectId: id },
});

type Step = [OnvifEvent, EventRoute, 'news' | 'copy' | 'unchanged'];
const mqtt = 'mqtt';
const pull = 'pull-point';
test.each<[string, Step[]]>([
  [
    'a motion and its end, by both routes',
    [
      [motion(true, 1000), mqtt, 'news'],
      [motion(true, 1000), pull, 'copy'],
      [motion(false, 2000), mqtt, 'news'],
      [motion(false, 2000), pull, 'copy'],
    ],
  ],
  [
    'one route far behind the other',
    [
      [motion(true, 1000), mqtt, 'news'],
      [motion(false, 2000), mqtt, 'news'],
      [motion(true, 3000), mqtt, 'news'],
      [motion(true, 1000), pull, 'copy'],
      [motion(false, 2000), pull, 'copy'],
      [motion(true, 3000), pull, 'copy'],
    ],
  ],
  [
    'items in another order',
    [
      [motion(true, 1000), mqtt, 'news'],
      [motion(true, 1000, { source: { Rule: 'r', VideoSourceConfigurationToken: 'vsconf' } }), pull, 'copy'],
    ],
  ],
  [
    'a message sent again after a lost acknowledgement',
    [
      [motion(true, 1000), mqtt, 'news'],
      [motion(false, 2000), mqtt, 'news'],
      [motion(true, 1000), mqtt, 'copy'],
      [motion(false, 2000), mqtt, 'copy'],
    ],
  ],
  [
    'the state told on subscribing',
    [
      [motion(false, 500, { operation: 'Initialized' }), pull, 'unchanged'],
      [motion(true, 1000), pull, 'news'],
      [motion(true, 1000, { operation: 'Initialized' }), pull, 'copy'],
    ],
  ],
  ['a motion that goes on when we come', [[motion(true, 500, { operation: 'Initialized' }), pull, 'news']]],
  [
    'an end that was missed',
    [
      [motion(true, 1000), pull, 'news'],
      [motion(false, 3000, { operation: 'Initialized' }), pull, 'news'],
    ],
  ],
  [
    'a state that is said again and again',
    [
      [motion(true, 1000), pull, 'news'],
      [motion(true, 2000), pull, 'unchanged'],
      [motion(true, 3000), mqtt, 'unchanged'],
    ],
  ],
  [
    'firmware that stamps different moments alike',
    [
      [motion(true, 1000), pull, 'news'],
      [motion(false, 1000), pull, 'news'],
      [motion(true, 1000), pull, 'news'],
    ],
  ],
  [
    'one route in whole seconds',
    [
      [crossed(1250), mqtt, 'news'],
      [crossed(1000), pull, 'copy'],
      [crossed(2250), mqtt, 'news'],
    ],
  ],
  [
    'two crossings',
    [
      [crossed(1000), mqtt, 'news'],
      [crossed(1001), mqtt, 'news'],
      [crossed(1001, '2'), mqtt, 'news'],
    ],
  ],
  [
    'two kinds on one topic',
    [
      [
        motion(true, 1000, { topic: 'tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent', data: { IsVehicle: 'true' } }),
        pull,
        'news',
      ],
      [
        motion(true, 1000, { topic: 'tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent', data: { IsPet: 'true' } }),
        pull,
        'news',
      ],
    ],
  ],
  [
    'a property that is deleted while active',
    [
      [motion(true, 1000), pull, 'news'],
      [motion(true, 2000, { operation: 'Deleted' }), pull, 'news'],
    ],
  ],
  [
    'one motion on two topics',
    [
      [motion(true, 1000), pull, 'news'],
      [alarm(true, 1000), pull, 'unchanged'],
      [motion(false, 2000), pull, 'unchanged'],
      [alarm(false, 2000), pull, 'news'],
      [alarm(true, 3000), mqtt, 'news'],
      [motion(true, 3000), mqtt, 'unchanged'],
      [alarm(true, 3000), pull, 'copy'],
    ],
  ],
  [
    'the motion of a second lens, whose topics cannot be matched',
    [
      [motion(true, 1000), pull, 'news'],
      [motion(true, 1500, { source: { VideoSourceConfigurationToken: 'second' } }), pull, 'news'],
      [alarm(true, 1500, { source: { Source: 'vs2' } }), pull, 'news'],
    ],
  ],
  [
    'a motion within a region beside the motion of the picture',
    [
      [motion(true, 1000), pull, 'news'],
      [
        alarm(true, 1000, { topic: 'tns1:RuleEngine/MotionRegionDetector/Motion', source: { RuleName: 'gate' } }),
        pull,
        'news',
      ],
    ],
  ],
])('%s is told apart', (_, steps) => {
  // biome-ignore format: tables
  const memory = new EventMemory();
  steps.forEach(([event, route, expected], index) => {
    expect([index, memory.judge(sightingOf(event, route), 0)]).toEqual([index, expected]);
  });
});

interface Scene extends AsyncDisposable {
  intake: EventIntake;
  db: Database;
  told: EventView[];
  clock: ManualClock;
  asked: string[];
  restart(): Promise<void>;
}

async function scene(): Promise<Scene> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-events-'));
  const clock = manualClock();
  const told: EventView[] = [];
  const asked: string[] = [];
  const open = async () => {
    const db = await openDatabase(dataDir, { clock });
    const bus = createBus((error) => {
      throw error;
    });
    bus.subscribe('event', (event) => told.push(event));
    const intake = createEventIntake(
      { db, bus, nameOf: (id) => (id === 'gone' ? undefined : 'Door'), askAgain: (id) => void asked.push(id) },
      { clock, random: secureRandom, log: silentLog },
    );
    await intake.start();
    return { db, intake };
  };
  const made = Object.assign(await open(), {
    told,
    clock,
    asked,
    async restart() {
      await made.intake[Symbol.asyncDispose]();
      await made.db[Symbol.asyncDispose]();
      Object.assign(made, await open());
    },
    async [Symbol.asyncDispose]() {
      await made.intake[Symbol.asyncDispose]();
      await made.db[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  });
  return made;
}
const door = { id: 'cam', name: 'Door', clockOffsetMs: 0 };

test('an event is told once it is stored, and two thousand at once take few commits', async () => {
  await using set = await scene();
  const at = set.clock.now();
  await Promise.all(Array.from({ length: 2000 }, (_, n) => set.intake.take(door, crossed(at - n, String(n)), 'mqtt')));
  expect(set.told).toHaveLength(2000);
  expect(set.told.map(({ id }) => id)).toEqual(Array.from({ length: 2000 }, (_, n) => n + 1));
  const [{ count }] = (await set.db.all('SELECT count(*) AS count FROM events')) as [{ count: number }];
  expect(count).toBe(2000);
});

test('what a camera tells of itself is kept out of the events: recordings, settings, load', async () => {
  await using set = await scene();
  const at = set.clock.now();
  for (const topic of [
    'RecordingHistory/Track/State',
    'RecordingConfig/JobState',
    'EventBuffer/Begin',
    'Media/ProfileChanged',
    'Monitoring/ProcessorUsage',
  ])
    await set.intake.take(door, { topic: `tns1:${topic}`, utcTime: at, source: {}, data: { State: 'true' } }, 'mqtt');
  await set.intake.take(door, crossed(at), 'mqtt');
  expect((await searchEvents(set.db, { limit: 10 })).map(({ kind }) => kind)).toEqual(['line-cross']);
});

test('a relay at rest is no news when first heard of, by MQTT as little as by pull point; what switches it is', async () => {
  await using set = await scene();
  const at = set.clock.now();
  const relay = (LogicalState: string, utcTime: number) => ({
    topic: 'tns1:Device/Trigger/Relay',
    utcTime,
    source: { RelayToken: 'relay_1' },
    data: { LogicalState },
  });
  await set.intake.take(door, relay('inactive', at), 'mqtt');
  await set.intake.take(door, { ...relay('inactive', at), operation: 'Initialized' }, 'pull-point');
  expect(await searchEvents(set.db, { limit: 10 })).toEqual([]);
  await set.intake.take(door, relay('active', at + 1000), 'mqtt');
  await set.intake.take(door, relay('inactive', at + 2000), 'mqtt');
  expect((await searchEvents(set.db, { limit: 10 })).map(({ kind, active }) => [kind, active]).sort()).toEqual([
    ['other', false],
    ['other', true],
  ]);
});

test('one motion on two topics is one event that begins and one that ends it, also after a restart and when no end comes', async () => {
  await using set = await scene();
  const at = set.clock.now();
  const take = (event: OnvifEvent) => set.intake.take(door, event, 'pull-point');
  await take(motion(true, at));
  await take(alarm(true, at));
  await take(motion(false, at + 1));
  await take(alarm(false, at + 2));
  expect(set.told.map(({ kind, active }) => [kind, active])).toEqual([['motion', true], ['motion', false]]); // biome-ignore format: a table
  await set.restart();
  await take(alarm(true, at + 3));
  await take(motion(true, at + 3));
  await set.restart();
  await take(motion(true, at + 3, { operation: 'Initialized' }));
  expect(set.told).toHaveLength(3);
  await set.clock.advance('11m');
  await until(() => set.told.length > 3);
  await set.intake.take(door, crossed(set.clock.now()), 'mqtt');
  expect(set.told.slice(3).map(({ active, data }) => [active, data['closedByGateway']])).toEqual([
    [false, 'no end was reported'],
    [null, undefined],
  ]);
});

test('ids never come twice, also after everything was dropped and a restart', async () => {
  await using set = await scene();
  const at = set.clock.now();
  await set.intake.take(door, crossed(at), 'mqtt');
  await trimEvents(set.db, at + 1, 100);
  await set.restart();
  await set.intake.take(door, crossed(at + 1), 'mqtt');
  expect(set.told.map(({ id }) => id)).toEqual([1, 2]);
});

test('what was said before a restart is not told again after it', async () => {
  await using set = await scene();
  const at = set.clock.now();
  await set.intake.take(door, motion(true, at), 'pull-point');
  await set.restart();
  await set.intake.take(door, motion(true, at, { operation: 'Initialized' }), 'pull-point');
  await set.intake.take(door, motion(true, at), 'mqtt');
  expect(set.told).toHaveLength(1);
  await set.intake.take(door, motion(false, at + 5), 'mqtt');
  expect(set.told.map(({ active }) => active)).toEqual([true, false]);
});

test('something that goes on unheard of is asked for, then closed, and a restart does not forget it', async () => {
  await using set = await scene();
  await set.intake.take(door, motion(true, set.clock.now()), 'mqtt');
  await set.clock.advance('4m');
  expect(set.asked).toEqual([]);
  await set.restart();
  await set.clock.advance('2m');
  expect(set.asked).toContain('cam');
  expect(set.told).toHaveLength(1);
  await set.clock.advance('5m');
  await until(() => set.told.length === 2);
  expect(set.told[1]).toMatchObject({
    kind: 'motion',
    active: false,
    data: { closedByGateway: 'no end was reported' },
  });
  // The true end, when it comes after all, changes nothing; a new motion is news.
  await set.intake.take(door, motion(false, set.clock.now()), 'mqtt');
  await set.intake.take(door, motion(true, set.clock.now() + 1), 'mqtt');
  expect(set.told.map(({ active }) => active)).toEqual([true, false, true]);
});

test('something that goes on and is confirmed stays open', async () => {
  await using set = await scene();
  const at = set.clock.now();
  await set.intake.take(door, motion(true, at), 'pull-point');
  for (let minutes = 0; minutes < 30; minutes += 6) {
    await set.clock.advance('6m');
    await set.intake.take(door, motion(true, at, { operation: 'Initialized' }), 'pull-point');
  }
  expect(set.told).toHaveLength(1);
});

test("an event stands at the gateway's time, never in the future and never in a time nobody means", async () => {
  await using set = await scene();
  const now = set.clock.now();
  await set.intake.take({ ...door, clockOffsetMs: 3_600_000 }, crossed(now + 3_599_000), 'mqtt');
  await set.intake.take(door, crossed(now + 10_000), 'mqtt');
  await set.intake.take(door, crossed(0), 'mqtt');
  expect(set.told.map(({ occurredAt }) => Date.parse(occurredAt) - now)).toEqual([-1000, 0, 0]);
});

test('events are searched by camera, kind, state, time and text, page by page', async () => {
  await using set = await scene();
  const now = set.clock.now();
  const yard = { id: 'yard', name: '100% Yard_1', clockOffsetMs: 0 };
  for (let n = 0; n < 5; n++) await set.intake.take(door, crossed(now - 5000 + n * 1000, `obj${n}`), 'mqtt');
  await set.intake.take(yard, motion(true, now - 500), 'pull-point');
  await set.intake.take(yard, motion(false, now - 400), 'pull-point');
  const ids = async (search: Partial<Parameters<typeof searchEvents>[1]>) =>
    (await searchEvents(set.db, { limit: 100, ...search })).map(({ id }) => id);
  expect(await ids({})).toEqual([7, 6, 5, 4, 3, 2, 1]);
  expect(await ids({ limit: 2 })).toEqual([7, 6]);
  expect(await ids({ limit: 2, before: 6 })).toEqual([5, 4]);
  expect(await ids({ after: 5 })).toEqual([6, 7]);
  expect(await ids({ cameraId: 'yard' })).toEqual([7, 6]);
  expect(await ids({ kind: 'motion', active: true })).toEqual([6]);
  expect(await ids({ since: now - 4000, until: now - 3000 })).toEqual([3, 2]);
  expect(await ids({ text: 'OBJ3' })).toEqual([4]);
  expect(await ids({ text: '100%' })).toEqual([7, 6]);
  expect(await ids({ text: '%' })).toEqual([7, 6]);
  expect(await ids({ text: "'; DROP TABLE events; --" })).toEqual([]);
});

test('when the store fails, taking fails, and the same event can be taken later', async () => {
  await using set = await scene();
  const event = motion(true, set.clock.now());
  await set.db.run('ALTER TABLE events RENAME TO away');
  const [first, copy] = await Promise.allSettled([
    set.intake.take(door, event, 'mqtt'),
    set.intake.take(door, event, 'pull-point'),
  ]);
  expect([first.status, copy.status]).toEqual(['rejected', 'rejected']);
  await set.db.run('ALTER TABLE away RENAME TO events');
  await set.intake.take(door, event, 'mqtt');
  expect(set.told).toHaveLength(1);
});
