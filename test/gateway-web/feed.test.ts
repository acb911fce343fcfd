import { expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { createActiveKinds } from '../../gateway/web/feed/active-kinds.ts';
import { createFeed, type FeedListener, type FeedSocketHandlers } from '../../gateway/web/feed/feed.ts';
import type { CameraEvent, FeedMessage } from '../../gateway/web/wire.ts';

const event = (id: number, more: Partial<CameraEvent> = {}): CameraEvent => ({
  id,
  cameraId: 'door',
  cameraName: 'Door',
  kind: 'motion',
  active: true,
  topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
  route: 'mqtt',
  occurredAt: '2026-01-01T00:00:00.000Z',
  receivedAt: '2026-01-01T00:00:00.040Z',
  data: {},
  ...more,
});

/** A feed on a clock that stands still, against sockets the test holds the other end of. */
function startFeed(ticket: () => Promise<string> = async () => 'ticket') {
  const clock = manualClock();
  const sockets: (FeedSocketHandlers & { sent: unknown[]; closed(): void; tell(message: FeedMessage): void })[] = [];
  const heard: number[] = [];
  const happened: string[] = [];
  const feed = createFeed({
    clock,
    random: { unit: () => 0 },
    ticket,
    isSessionOver: (error) => error instanceof Error && error.message === 'sign in',
    connect(_ticket, handlers) {
      const sent: unknown[] = [];
      sockets.push({ ...handlers, sent, tell: (message) => handlers.message(JSON.stringify(message)) });
      return { send: (text) => sent.push(JSON.parse(text)), close: () => handlers.closed() };
    },
  });
  const listener: FeedListener = {
    events: (events) => heard.push(...events.map(({ id }) => id)),
    restart: () => happened.push('restart'),
    reconnected: () => happened.push('reconnected'),
    sessionEnded: () => happened.push('session ended'),
  };
  feed.subscribe(listener);
  feed.start();
  const settle = () => clock.advance(200);
  return { clock, feed, sockets, heard, happened, settle, [Symbol.dispose]: () => feed[Symbol.dispose]() };
}

test('after a reconnect the feed asks for what it missed, and tells replay and live events once each', async () => {
  using house = startFeed();
  await house.settle();
  const [first] = house.sockets;
  first!.tell({ type: 'hello', lastEventId: 10 });
  first!.tell({ type: 'event', event: event(11) });
  await house.settle();
  expect(house.heard).toEqual([11]);
  expect(house.feed.status).toEqual({ phase: 'live' });

  first!.closed();
  await house.settle();
  expect(house.feed.status.phase).toBe('waiting');
  await house.clock.advance('1s');
  const [, second] = house.sockets;
  second!.tell({ type: 'hello', lastEventId: 14 });
  expect(second!.sent).toEqual([{ type: 'resume', after: 11 }]);
  // 15 is live and overtakes the replay; 13 comes twice.
  for (const id of [12, 15, 13, 13, 14]) second!.tell({ type: 'event', event: event(id) });
  await house.settle();
  expect(house.heard).toEqual([11, 12, 15, 13, 14]);
  expect(house.happened).toEqual(['restart', 'reconnected']);
});

test('a connection that breaks in the middle of a replay resumes where the replay stood', async () => {
  using house = startFeed();
  await house.settle();
  house.sockets[0]!.tell({ type: 'hello', lastEventId: 10 });
  house.sockets[0]!.closed();
  await house.clock.advance('1s');
  house.sockets[1]!.tell({ type: 'hello', lastEventId: 20 });
  house.sockets[1]!.tell({ type: 'event', event: event(11) });
  house.sockets[1]!.tell({ type: 'event', event: event(21) });
  house.sockets[1]!.closed();
  await house.clock.advance('3s');
  house.sockets[2]!.tell({ type: 'hello', lastEventId: 21 });
  expect(house.sockets[2]!.sent).toEqual([{ type: 'resume', after: 11 }]);
});

test('a gateway with another history, or one far ahead, makes the pages load from scratch', async () => {
  using house = startFeed();
  await house.settle();
  house.sockets[0]!.tell({ type: 'hello', lastEventId: 10 });
  house.sockets[0]!.closed();
  await house.clock.advance('1s');
  house.sockets[1]!.tell({ type: 'hello', lastEventId: 3 });
  house.sockets[1]!.closed();
  await house.clock.advance('3s');
  house.sockets[2]!.tell({ type: 'hello', lastEventId: 100_000 });
  expect(house.happened.filter((what) => what === 'restart')).toHaveLength(3);
  expect([...house.sockets[1]!.sent, ...house.sockets[2]!.sent]).toEqual([]);
});

test('tries follow each other ever more slowly while the gateway is away, and at once when asked', async () => {
  let asked = 0;
  using house = startFeed(async () => {
    asked++;
    throw new Error('no answer');
  });
  await house.clock.advance(0);
  expect(asked).toBe(1);
  await house.clock.advance(500);
  expect(asked).toBe(2);
  await house.clock.advance(500);
  expect(asked).toBe(2);
  house.feed.retryNow();
  await house.clock.advance(0);
  expect(asked).toBe(3);
});

test('a refused ticket and a session-ended message end the feed for good', async () => {
  using refused = startFeed(async () => {
    throw new Error('sign in');
  });
  await refused.clock.advance('1h');
  expect(refused.happened).toEqual(['session ended']);
  expect(refused.feed.status).toEqual({ phase: 'stopped' });

  using ended = startFeed();
  await ended.settle();
  ended.sockets[0]!.tell({ type: 'hello', lastEventId: 0 });
  ended.sockets[0]!.tell({ type: 'session-ended' });
  await ended.clock.advance('1h');
  expect(ended.happened).toEqual(['restart', 'session ended']);
  expect(ended.sockets).toHaveLength(1);
});

test('what the pages do not know in the feed is passed over', async () => {
  using house = startFeed();
  await house.settle();
  house.sockets[0]!.message('not JSON');
  house.sockets[0]!.message('{"type":"from-the-future"}');
  house.sockets[0]!.tell({ type: 'hello', lastEventId: 0 });
  expect(house.feed.status).toEqual({ phase: 'live' });
});

test('what goes on before a lens follows the newest event of its kind, also when history comes late', () => {
  let tell: (events: CameraEvent[]) => void = () => undefined;
  const active = createActiveKinds({
    subscribe(listener) {
      tell = (events) => listener.events?.(events);
      return { [Symbol.dispose]: () => undefined };
    },
  });
  const kinds = () => active.of('door').map(({ kind }) => kind);
  tell([event(5), event(6, { kind: 'people' })]);
  expect(kinds()).toEqual(['people', 'motion']);
  tell([event(7, { active: false })]);
  active.seed([event(4, { kind: 'vehicle' }), event(3, { kind: 'people', active: false }), event(2)]);
  expect(kinds()).toEqual(['vehicle', 'people']);
  tell([event(8, { kind: 'line-cross', active: null })]);
  expect(kinds()).toEqual(['vehicle', 'people']);
});
