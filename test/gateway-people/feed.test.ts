import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { manualClock, realClock } from '../../core/runtime/clock.ts';
import { listen } from '../../core/runtime/listen.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import { createBus, type EventView } from '../../gateway/bus.ts';
import { feedPath, startFeed } from '../../gateway/feed.ts';
import type { Role, SignedIn } from '../../gateway/people/roles.ts';
import { connectFeed, expectProblem, openFeed, startBoundHouse, startHouse, until } from './harness.ts';

const event = (id: number): EventView => ({
  id,
  cameraId: 'c1',
  cameraName: 'Door',
  kind: 'motion',
  active: true,
  topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
  route: 'pull-point',
  occurredAt: '2026-01-01T00:00:00.000Z',
  receivedAt: '2026-01-01T00:00:00.000Z',
  data: {},
});

const person = (role: Role = 'viewer', sessionId = 's1'): SignedIn => ({
  sessionId,
  actor: 'user:1',
  name: 'eve',
  role,
  via: 'local',
  remote: false,
  amr: ['pwd'],
  authenticatedAt: 0,
  createdAt: 0,
  expiresAt: 0,
});

/** A feed on a server of its own with a history in the test's hand. */
const startStage = () =>
  startAll(async (own) => {
    const bus = createBus((error) => {
      throw error;
    });
    const clock = manualClock(realClock.now());
    const stored: EventView[] = [];
    const history = {
      lastId: async () => stored.at(-1)?.id ?? 0,
      after: async (id: number, limit: number) => stored.filter((one) => one.id > id).slice(0, limit),
    };
    const feed = own(startFeed({ bus, history, clock, random: secureRandom, log: silentLog }));
    const server = createServer();
    server.on('upgrade', feed.upgrade);
    const { port } = own(await listen(server, 0));
    return {
      feed,
      clock,
      bus,
      history,
      url: `http://127.0.0.1:${port}`,
      /** Stored first, told second. */
      tell(id: number) {
        stored.push(event(id));
        bus.publish('event', event(id));
      },
      store: (id: number) => void stored.push(event(id)),
      open: (role?: Role, sessionId?: string) =>
        connectFeed(`http://127.0.0.1:${port}`, feed.issueTicket(person(role, sessionId))),
    };
  });

const ids = (messages: { type: string; [more: string]: unknown }[]) =>
  messages.filter(({ type }) => type === 'event').map((one) => (one['event'] as EventView).id);

test('the feed greets with the newest event and then tells what happens', async () => {
  await using stage = await startStage();
  stage.store(41);
  using feed = await stage.open();
  expect(await feed.heard('hello')).toEqual({ type: 'hello', lastEventId: 41 });
  stage.tell(42);
  stage.bus.publish('camera-removed', { id: 'c9' });
  await feed.heard('camera-removed');
  expect(feed.messages.slice(1)).toEqual([
    { type: 'event', event: event(42) },
    { type: 'camera-removed', id: 'c9' },
  ]);
});

test('resuming replays what was missed, in order, nothing twice and nothing lost while more arrives', async () => {
  await using stage = await startStage();
  for (let id = 1; id <= 1800; id++) stage.store(id);
  using feed = await stage.open();
  await feed.heard('hello');
  feed.ws.send(JSON.stringify({ type: 'resume', after: 300 }));
  for (let id = 1801; id <= 1900; id++) {
    stage.tell(id);
    if (id % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => ids(feed.messages).length >= 1600);
  const heard = ids(feed.messages);
  expect(heard.filter((id) => id <= 1800)).toEqual(Array.from({ length: 1500 }, (_, n) => 301 + n));
  expect(heard.filter((id) => id > 1800)).toEqual(Array.from({ length: 100 }, (_, n) => 1801 + n));
});

test('an event stored while the greeting is on its way is told once', async () => {
  await using stage = await startStage();
  stage.store(1);
  const { lastId } = stage.history;
  stage.history.lastId = async () => {
    stage.tell(2);
    const last = await lastId();
    stage.tell(3);
    return last;
  };
  using feed = await stage.open();
  await until(() => ids(feed.messages).includes(3));
  expect(feed.messages[0]).toEqual({ type: 'hello', lastEventId: 2 });
  expect(ids(feed.messages)).toEqual([3]);
});

test('an event that was stored before the greeting and is told after it comes by the replay alone', async () => {
  await using stage = await startStage();
  stage.store(1);
  stage.store(2);
  using feed = await stage.open();
  await feed.heard('hello');
  stage.bus.publish('event', event(2));
  stage.tell(3);
  feed.ws.send(JSON.stringify({ type: 'resume', after: 1 }));
  await until(() => ids(feed.messages).length >= 2);
  expect(ids(feed.messages).sort()).toEqual([2, 3]);
});

test('who may see live pictures only is told of cameras and of no event', async () => {
  await using stage = await startStage();
  stage.store(7);
  using feed = await stage.open('live_only');
  expect(await feed.heard('hello')).toEqual({ type: 'hello', lastEventId: 0 });
  feed.ws.send(JSON.stringify({ type: 'resume', after: 0 }));
  stage.tell(8);
  stage.bus.publish('camera-removed', { id: 'c1' });
  await feed.heard('camera-removed');
  expect(ids(feed.messages)).toEqual([]);
});

const refusedWith = (url: string, protocols: string[], headers: Record<string, string> = {}) =>
  new Promise<number>((resolve, reject) => {
    const ws = new WebSocket(`${url.replace('http', 'ws')}${feedPath}`, protocols, { headers });
    ws.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode!);
      ws.terminate();
    });
    ws.on('open', () => {
      ws.terminate();
      reject(new Error('it was let in'));
    });
    ws.on('error', () => undefined);
  });

test('a feed needs a ticket, its own protocol and our own origin', async () => {
  await using stage = await startStage();
  const ticket = () => `ticket.${stage.feed.issueTicket(person())}`;
  expect(await refusedWith(stage.url, ['vigil.feed.v1'])).toBe(401);
  expect(await refusedWith(stage.url, ['vigil.feed.v1', 'ticket.AAAA'])).toBe(401);
  expect(await refusedWith(stage.url, [ticket()])).toBe(401);
  expect(await refusedWith(stage.url, ['vigil.feed.v1', ticket()], { origin: 'https://evil.test' })).toBe(403);
  const old = ticket();
  await stage.clock.advance('31s');
  expect(await refusedWith(stage.url, ['vigil.feed.v1', old])).toBe(401);
  using feed = await connectFeed(stage.url, ticket().slice('ticket.'.length), { origin: stage.url });
  expect(feed.ws.protocol).toBe('vigil.feed.v1');
});

test('one ticket twenty times opens one feed', async () => {
  await using stage = await startStage();
  const ticket = stage.feed.issueTicket(person());
  const opened = await Promise.allSettled(Array.from({ length: 20 }, () => connectFeed(stage.url, ticket)));
  const feeds = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(feeds).toHaveLength(1);
  expect(stage.feed.open).toBe(1);
  for (const { ws } of feeds) ws.terminate();
});

test('a ticket dies with its session, and so do open feeds', async () => {
  await using stage = await startStage();
  using mine = await stage.open('viewer', 's1');
  using other = await stage.open('viewer', 's2');
  const ticket = stage.feed.issueTicket(person('viewer', 's1'));
  await mine.heard('hello');
  await other.heard('hello');
  stage.bus.publish('session-ended', { sessionIds: ['s1'] });
  expect(await mine.closed).toBe(4401);
  expect(mine.messages.at(-1)).toEqual({ type: 'session-ended' });
  expect(await refusedWith(stage.url, ['vigil.feed.v1', `ticket.${ticket}`])).toBe(401);
  stage.tell(1);
  await other.heard('event');
});

test.each([
  ['text that is no JSON', 'hello'],
  ['an unknown message', '{"type":"subscribe"}'],
  ['a number that is none', '{"type":"resume","after":-1}'],
])('%s ends the connection', async (_what, text) => {
  await using stage = await startStage();
  using feed = await stage.open();
  await feed.heard('hello');
  feed.ws.send(text);
  expect(await feed.closed).toBe(1008);
});

test('a message of more than 4 kB ends the connection', async () => {
  await using stage = await startStage();
  using feed = await stage.open();
  await feed.heard('hello');
  feed.ws.send('x'.repeat(5000));
  expect(await feed.closed).toBe(1009);
});

test('the gateway hands out tickets to people with a session, and serves no WebSocket elsewhere', async () => {
  await using house = await startHouse();
  expectProblem(await house.agent().post('/api/v1/feed/ticket'), 401, 'sign_in_required');
  const admin = await house.admin();
  using feed = await openFeed(house, admin, { origin: house.gateway.url });
  await feed.heard('hello');
  const elsewhere = new WebSocket(`${house.gateway.url.replace('http', 'ws')}/api/v1/other`);
  const status = await new Promise((resolve) => {
    elsewhere.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    elsewhere.on('error', () => undefined);
  });
  elsewhere.terminate();
  expect(status).toBe(404);
});

test('a session that runs out takes its feed along', async () => {
  await using house = await startHouse();
  using feed = await openFeed(house, await house.admin());
  await feed.heard('hello');
  await house.clock.advance('25h');
  // The next sweep begins when the one under way is through with the database.
  await until(async () => {
    await house.clock.advance('31s');
    return feed.ws.readyState === WebSocket.CLOSED;
  });
  expect(await feed.closed).toBe(4401);
});

test('the feed works through the tunnel, and ends when the person is logged out at the cloud', async () => {
  await using house = await startBoundHouse();
  const { cloud } = house;
  const json = { 'content-type': 'application/json' };
  const signedIn = await cloud.through('POST', '/api/v1/auth/assertion', {
    headers: json,
    body: JSON.stringify({ assertion: await cloud.assertion() }),
  });
  const cookie = signedIn.headers['set-cookie']![0]!.split(';')[0]!;
  const answer = await cloud.through('POST', '/api/v1/feed/ticket', {
    headers: { cookie, origin: 'https://relay.test', 'x-forwarded-host': 'relay.test' },
  });
  const { ticket } = JSON.parse(answer.text) as { ticket: string };
  // A ticket made through the tunnel opens nothing on the LAN.
  const { ticket: spare } = JSON.parse(
    (await cloud.through('POST', '/api/v1/feed/ticket', { headers: { cookie } })).text,
  );
  expect(await refusedWith(house.gateway.url, ['vigil.feed.v1', `ticket.${spare}`])).toBe(401);

  const ws = new WebSocket('ws://relay.test/api/v1/feed', ['vigil.feed.v1', `ticket.${ticket}`], {
    createConnection: () => cloud.connect() as never,
  });
  const heard: string[] = [];
  ws.on('message', (data) => heard.push(JSON.parse(String(data)).type));
  const closed = new Promise<number>((resolve) => ws.on('close', resolve));
  await until(() => heard.includes('hello'));
  const startedAt = realClock.now();
  const logout_token = await cloud.logoutToken({ sub: cloud.owner.sub });
  await cloud.through('POST', '/api/v1/auth/backchannel-logout', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token }).toString(),
  });
  expect(await closed).toBe(4401);
  expect(realClock.now() - startedAt).toBeLessThan(1000);
  expect(heard).toEqual(['hello', 'session-ended']);
});

test('a reader that does not read is cut before it fills the memory', async () => {
  await using stage = await startStage();
  using feed = await stage.open();
  await feed.heard('hello');
  (feed.ws as unknown as { _socket: { pause(): void } })._socket.pause();
  const big = { ...event(1), data: { text: 'x'.repeat(100_000) } };
  for (let id = 1; id < 400 && stage.feed.open > 0; id++) {
    stage.bus.publish('event', { ...big, id });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => stage.feed.open === 0);
});
