import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { password, startFilmed } from './filmed.ts';
import { RtspClient } from './rtsp-client.ts';

/** Clients that are clumsy, greedy or gone. */
const tcp = (first: number) => ({ Transport: `RTP/AVP/TCP;unicast;interleaved=${first}-${first + 1}` });
const sessionOf = (headers: Record<string, string>) => headers['session']!.split(';')[0]!;
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function open(port: number) {
  const client = await RtspClient.open(port);
  client.user = { username: 'admin', password };
  return client;
}

test('two tracks that ask for the same channels get different ones; TEARDOWN gives them back', async () => {
  await using door = await startFilmed();
  await using client = await open(door.rtspPort);
  for (let round = 0; round < 2; round++) {
    const first = await client.ask('SETUP', `${door.url}/trackID=1`, tcp(0));
    expect(first.headers['transport']).toContain('interleaved=0-1;');
    const Session = sessionOf(first.headers);
    const again = await client.ask('SETUP', `${door.url}/trackID=1`, { ...tcp(0), Session });
    expect(again.headers['transport'], 'the same track again').toContain('interleaved=0-1;');
    const second = await client.ask('SETUP', `${door.url}/trackID=2`, { ...tcp(0), Session });
    expect(second.headers['transport']).toContain('interleaved=2-3;');
    expect((await client.ask('TEARDOWN', door.url, { Session })).status).toBe(200);
  }
});

test('packets are not sent to somebody else’s address', async () => {
  await using door = await startFilmed();
  await using client = await open(door.rtspPort);
  const ask = (destination: string) =>
    client.ask('SETUP', `${door.url}/trackID=1`, {
      Transport: `RTP/AVP;unicast;destination=${destination};client_port=5000-5001`,
    });
  for (const victim of ['127.0.0.2', '192.0.2.1', 'localhost.invalid', '239.1.2.3'])
    expect((await ask(victim)).status, victim).toBe(461);
  expect((await ask('127.0.0.1')).status).toBe(200);
});

test('a session by UDP outlives its connection, and another one takes it up', async () => {
  await using door = await startFilmed();
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const client = await open(door.rtspPort);
  const { port } = socket.address();
  const setup = await client.ask('SETUP', `${door.url}/trackID=1`, {
    Transport: `RTP/AVP;unicast;client_port=${port}-${port + 1}`,
  });
  const Session = sessionOf(setup.headers);
  await client[Symbol.asyncDispose]();
  await using other = await open(door.rtspPort);
  const heard = once(socket, 'message');
  expect((await other.ask('PLAY', door.url, { Session })).status).toBe(200);
  await heard;
  expect((await other.ask('TEARDOWN', door.url, { Session })).status).toBe(200);
  expect(door.rtsp.viewerCount()).toBe(0);
  socket.close();
});

test('sessions of one connection and of a camera have a limit', async () => {
  await using door = await startFilmed({ maxConnections: 10 });
  await using client = await open(door.rtspPort);
  const setUp = (by: RtspClient) => by.ask('SETUP', `${door.url}/trackID=1`, { Transport: 'RTP/AVP/TCP;unicast' });
  for (let i = 0; i < 16; i++) expect((await setUp(client)).status).toBe(200);
  expect((await setUp(client)).status).toBe(453);
  await using other = await open(door.rtspPort);
  for (let i = 0; i < 4; i++) expect((await setUp(other)).status).toBe(200);
  expect((await setUp(other)).status).toBe(453);
});

test.each([
  ['ten thousand bytes of a packet', Buffer.concat([Buffer.from('$\0\u0027\u0010', 'latin1'), Buffer.alloc(10_000)])],
  ['a body without end', Buffer.from('SET_PARAMETER * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 999999999\r\n\r\n')],
  ['a header without end', Buffer.from(`OPTIONS * RTSP/1.0\r\nX: ${'x'.repeat(10_000)}`)],
])('%s is refused and the line is cut', async (_, bytes) => {
  await using door = await startFilmed();
  await using client = await open(door.rtspPort);
  client.write(bytes);
  expect((await client.next()).status).toBe(413);
  await client.end();
});

test('who watches and never reads is let go after a minute', async () => {
  const clock = manualClock();
  await using door = await startFilmed({ clock, encoder: { width: 1280, height: 720, bitrateKbps: 40_000 } });
  const client = await open(door.rtspPort);
  const setup = await client.ask('SETUP', `${door.url}/trackID=1`, tcp(0));
  await client.ask('PLAY', door.url, { Session: sessionOf(setup.headers) });
  client.pause();
  // It still says that it is there, as a player that is paused would.
  for (let second = 0; second < 120 && door.rtsp.viewerCount() > 0; second++) {
    client.write(`OPTIONS * RTSP/1.0\r\nCSeq: 9\r\nSession: ${sessionOf(setup.headers)}\r\n\r\n`);
    await turn();
    await clock.advance(1000);
  }
  expect(door.rtsp.viewerCount()).toBe(0);
  client.resume();
  await client[Symbol.asyncDispose]();
});

test('a player that signs with its first nonce for ever, and reads no answers, goes on playing', async () => {
  const clock = manualClock();
  await using door = await startFilmed({ clock });
  await using client = await open(door.rtspPort);
  const Session = sessionOf((await client.ask('SETUP', `${door.url}/trackID=1`, tcp(0))).headers);
  await client.ask('PLAY', door.url, { Session });
  const Authorization = client.sign('GET_PARAMETER', door.url);
  client.user = undefined;
  for (let second = 0; second < 600; second += 30) {
    expect((await client.ask('GET_PARAMETER', door.url, { Session, Authorization })).status).toBe(200);
    await clock.advance('30s');
  }
  expect(door.rtsp.viewerCount()).toBe(1);
});

test.each([1, 0.2])('a picture every so often, at %d a second, comes as often', async (fps) => {
  const clock = manualClock();
  await using door = await startFilmed({ clock, encoder: { fps } });
  await using client = await open(door.rtspPort);
  const Session = sessionOf((await client.ask('SETUP', `${door.url}/trackID=1`, tcp(0))).headers);
  await client.ask('PLAY', door.url, { Session });
  await clock.advance('19s');
  await client.ask('OPTIONS', door.url, { Session });
  const pictures = client.packets.filter(({ channel, payload }) => channel === 0 && payload[1]! & 0x80);
  expect(pictures.length).toBe(Math.floor(19 * fps) + 1);
});

test('half a head of an HTTP tunnel is not waited for, and a way in without a way out is none', async () => {
  const clock = manualClock();
  await using door = await startFilmed({ clock });
  const slow = connect(door.rtspPort, '127.0.0.1');
  slow.on('error', () => undefined);
  slow.write('GET /main HTTP/1.0\r\nx-sessioncookie: cr');
  const gone = once(slow, 'close');
  for (const port of [door.rtspPort, door.httpPort]) {
    const lonely = connect(port, '127.0.0.1');
    lonely.on('error', () => undefined);
    const refused = once(lonely, 'close');
    lonely.write('POST /main HTTP/1.0\r\nx-sessioncookie: crumb\r\nContent-Length: 32767\r\n\r\n');
    await refused;
  }
  while (clock.sleeping === 0) await turn();
  await clock.advance('40s');
  await gone;
});
