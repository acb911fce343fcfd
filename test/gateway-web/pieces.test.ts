import { expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { answerSays, type CameraList, changeSays, feedDrops, feedSays } from '../../gateway/web/api/camera-list.ts';
import { createSnapshots } from '../../gateway/web/devices/snapshots.ts';
import { refusalText } from '../../gateway/web/doors/sign-in-errors.ts';
import { emptyWindow, matches, withNewer, withOlder } from '../../gateway/web/feed/event-window.ts';
import { relativeTime, span } from '../../gateway/web/parts/time-text.ts';
import { splitLocation } from '../../gateway/web/runtime/hash-location.ts';
import { belowRelay } from '../../gateway/web/runtime/relay.ts';
import { browserName } from '../../gateway/web/settings/browser-name.ts';
import type { Camera, CameraEvent } from '../../gateway/web/wire.ts';

const events = (...ids: number[]) =>
  ids.map((id) => ({ id, cameraId: 'door', kind: 'motion', active: true }) as CameraEvent);
const ids = ({ events }: { events: readonly CameraEvent[] }) => events.map(({ id }) => id);

test('a window of events has no hole and no double, whichever way its pages and the feed overlap', () => {
  const page = withOlder(emptyWindow, events(10, 9, 8), true);
  const joined = withNewer(page, events(9, 10, 11, 12), 100);
  expect(ids(joined)).toEqual([12, 11, 10, 9, 8]);
  expect(ids(withOlder(joined, events(7, 6), false))).toEqual([12, 11, 10, 9, 8, 7, 6]);
  // 3 would stand below a stretch that was not loaded.
  expect(ids(withNewer(joined, events(3), 100))).toEqual([12, 11, 10, 9, 8]);
});

test('a full window lets the oldest go and offers to load them again', () => {
  const full = withNewer(withOlder(emptyWindow, events(3, 2, 1), false), events(4, 5), 3);
  expect(ids(full)).toEqual([5, 4, 3]);
  expect(full.more).toBe(true);
});

test('a filter takes what it names', () => {
  const [one] = events(1);
  expect(matches({}, one!)).toBe(true);
  expect(matches({ camera: 'door', kind: 'motion', active: true }, one!)).toBe(true);
  expect(matches({ camera: 'yard' }, one!)).toBe(false);
  expect(matches({ kind: 'people' }, one!)).toBe(false);
  expect(matches({ active: false }, one!)).toBe(false);
});

test('pictures come about once a second, from four cameras at a time, and stop when nobody looks', async () => {
  const clock = manualClock();
  const asked: string[] = [];
  let open = 0;
  let most = 0;
  const snapshots = createSnapshots({
    clock,
    isFinal: () => false,
    async fetch(camera, signal) {
      asked.push(camera);
      most = Math.max(most, ++open);
      await clock.sleep(100, signal).finally(() => open--);
      return camera;
    },
  });
  const watches = Array.from({ length: 10 }, (_, i) =>
    snapshots.watch(`cam-${i}`, { picture: () => undefined, failed: () => undefined }),
  );
  await clock.advance('5s');
  expect(most).toBe(4);
  const perCamera = asked.filter((camera) => camera === 'cam-9').length;
  expect(perCamera).toBeGreaterThanOrEqual(4);
  expect(perCamera).toBeLessThanOrEqual(6);
  for (const watch of watches) watch[Symbol.dispose]();
  const before = asked.length;
  await clock.advance('5s');
  expect(asked.length).toBe(before);
});

test('a camera that gives no stills is asked once, one that fails ever more rarely', async () => {
  const clock = manualClock();
  const asked: Record<string, number> = {};
  const snapshots = createSnapshots<string>({
    clock,
    isFinal: (error) => (error as Error).message === 'none',
    async fetch(camera) {
      asked[camera] = (asked[camera] ?? 0) + 1;
      throw new Error(camera);
    },
  });
  const finals: boolean[] = [];
  const watcher = { picture: () => undefined, failed: (_error: unknown, final: boolean) => void finals.push(final) };
  using _none = snapshots.watch('none', watcher);
  using _busy = snapshots.watch('busy', watcher);
  await clock.advance('60s');
  expect(asked['none']).toBe(1);
  expect(asked['busy']).toBeLessThanOrEqual(7);
  expect(finals.filter(Boolean)).toHaveLength(1);
});

test('times are said as people say them', () => {
  const now = Date.UTC(2026, 2, 1, 12);
  const said = [-5000, 0, 12_000, 200_000, 7_200_000, 90_000_000, 300_000_000].map((agoMs) =>
    relativeTime(now - agoMs, now),
  );
  expect(said).toEqual(['just now', 'just now', '12 s ago', '3 min ago', '2 h ago', 'yesterday', '3 days ago']);
  expect([40, -3210, 45_000, 900_000, 7_200_000].map(span)).toEqual(['40 ms', '3.2 s', '45 s', '15 min', '2 h']);
});

test('the pages know whether they are shown through the relay by the path they lie under', () => {
  expect(belowRelay('gw_abc', 'http://127.0.0.1:7301/gw_abc/#/devices')).toBe(true);
  expect(belowRelay('gw_abc', 'http://127.0.0.1:7400/#/devices')).toBe(false);
  expect(belowRelay('gw_abc', 'http://127.0.0.1:7301/gw_other/')).toBe(false);
});

test('the search of a location stays within the fragment', () => {
  expect(splitLocation('/sign-in?error=not_a_member')).toEqual(['/sign-in', 'error=not_a_member']);
  expect(splitLocation('/devices')).toEqual(['/devices', '']);
});

test('refusals of a TP-Link ID are said in plain words, unknown ones too', () => {
  expect(refusalText('second_factor_required')).toContain('two-factor authentication on');
  expect(refusalText('not_a_member')).toContain('no access to this gateway');
  expect(refusalText('constructor')).toContain('did not work');
});

test('browsers have names', () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/147.0 Safari/537.36';
  expect(browserName(chrome)).toBe('Chrome on Linux');
  expect(browserName('curl/8.5.0')).toBe('curl');
  expect(browserName('')).toBe('Unknown program');
});

test('an answer that is older than what the feed said of a camera does not undo it', () => {
  const camera = (id: string, state: Camera['state']) => ({ id, name: id, state }) as Camera;
  const states = ({ cameras }: CameraList) => cameras.map(({ id, state }) => `${id} ${state}`);
  const list = answerSays(undefined, [camera('door', 'wrong_password'), camera('yard', 'online')], 0);
  const askedAt = list.told;
  const later = feedDrops(feedSays(list, camera('door', 'online')), 'yard');

  expect(states(changeSays(later, camera('door', 'connecting'), askedAt))).toEqual(['door online']);
  const answer = [camera('door', 'connecting'), camera('gate', 'offline'), camera('yard', 'online')];
  expect(states(answerSays(later, answer, askedAt))).toEqual(['door online', 'gate offline']);
  // Asked for after the feed spoke: now the answer is the newer.
  expect(states(answerSays(later, answer, later.told))).toEqual(['door connecting', 'gate offline', 'yard online']);
});
