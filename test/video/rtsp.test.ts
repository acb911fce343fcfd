import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { manualClock } from '../../core/runtime/clock.ts';
import { password, startFilmed } from './filmed.ts';
import { nalsOf, RtspClient, rtpHeader } from './rtsp-client.ts';

const admin = { username: 'admin', password };
const tcp = { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' };

async function open(port: number) {
  const client = await RtspClient.open(port);
  client.user = admin;
  return client;
}

/** DESCRIBE, SETUP and PLAY; gives the answers. */
async function watch(client: RtspClient, url: string) {
  const described = await client.ask('DESCRIBE', url);
  const setup = await client.ask('SETUP', `${url}/trackID=1`, tcp);
  const session = setup.headers['session']!.split(';')[0]!;
  const played = await client.ask('PLAY', url, { Session: session, Range: 'npt=0.000-' });
  return { described, setup, session, played };
}

test('OPTIONS needs no sign-in, everything else does, and the challenge is one any client understands', async () => {
  await using door = await startFilmed();
  await using client = await RtspClient.open(door.rtspPort);
  const options = await client.ask('OPTIONS', door.url);
  expect(options).toMatchObject({ status: 200, headers: { cseq: '1' } });
  for (const method of ['DESCRIBE', 'SETUP', 'PLAY', 'GET_PARAMETER', 'TEARDOWN', 'DESCRIBE']) {
    const answer = await client.ask(method, door.url, tcp);
    expect(answer.status, method).toBe(401);
    const challenges = answer.lines.filter((line) => /^www-authenticate/i.test(line));
    expect(challenges[0]).toMatch(/: Digest realm="Vigil Camera", nonce="[0-9a-f]+"$/);
    expect(challenges[1]).toBe('WWW-Authenticate: Basic realm="Vigil Camera"');
  }
});

test('Basic and Digest of a camera’s user open the stream, wrong ones do not', async () => {
  await using door = await startFilmed();
  await using client = await RtspClient.open(door.rtspPort);
  const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  expect((await client.ask('DESCRIBE', door.url, basic(`admin:${password}`))).status).toBe(200);
  for (const wrong of ['admin:wrong', `nobody:${password}`, 'admin', ':', ''])
    expect((await client.ask('DESCRIBE', door.url, basic(wrong))).status, wrong).toBe(401);
  expect((await client.ask('DESCRIBE', door.url, { Authorization: 'Digest nonsense' })).status).toBe(401);
  client.user = { username: 'admin', password: 'wrong' };
  expect((await client.ask('DESCRIBE', door.url)).status).toBe(401);
  client.user = admin;
  expect((await client.ask('DESCRIBE', door.url)).status).toBe(200);
  expect((await client.ask('DESCRIBE', door.url)).status, 'again on the same connection').toBe(200);
});

test('a camera that is not activated refuses', async () => {
  await using door = await startFilmed({ initialized: false });
  await using client = await open(door.rtspPort);
  expect((await client.ask('OPTIONS', door.url)).status).toBe(200);
  expect((await client.ask('DESCRIBE', door.url)).status).toBe(403);
});

test('the description says what the encoder is set to', async () => {
  await using door = await startFilmed({
    encoder: { profile: 'High', width: 640, height: 360, fps: 15, bitrateKbps: 700 },
  });
  await using client = await open(door.rtspPort);
  const { headers, body } = await client.ask('DESCRIBE', door.url, { Accept: 'application/sdp' });
  expect(headers['content-type']).toBe('application/sdp');
  expect(headers['content-base']).toBe(`${door.url}/`);
  expect(body).toMatch(/m=video 0 RTP\/AVP 96\r\nb=AS:700\r\na=rtpmap:96 H264\/90000\r\n/);
  expect(body).toMatch(/profile-level-id=640016;sprop-parameter-sets=[A-Za-z0-9+/=]+,[A-Za-z0-9+/=]+\r\n/);
  expect(body).toContain('a=framerate:15\r\n');
  expect(body).toContain('a=control:trackID=1\r\n');
});

test('PLAY tells exactly the first packet, which begins an IDR with its parameter sets', async () => {
  await using door = await startFilmed();
  await using client = await open(door.rtspPort);
  const { setup, played } = await watch(client, door.url);
  expect(setup.headers['transport']).toMatch(/^RTP\/AVP\/TCP;unicast;interleaved=0-1;ssrc=[0-9A-F]{8};mode="PLAY"$/);
  expect(setup.headers['session']).toMatch(/^[0-9A-F]{16};timeout=60$/);
  expect(played.headers['range']).toMatch(/^clock=\d{8}T\d{6}\.\d{3}Z-$/);
  const [, seq, rtptime] = /;seq=(\d+);rtptime=(\d+)$/.exec(played.headers['rtp-info']!)!;
  await client.packet(0, 40);
  expect(client.order.indexOf('$0')).toBeGreaterThan(client.order.lastIndexOf('200'));
  const headers = client.packets.filter(({ channel }) => channel === 0).map(({ payload }) => rtpHeader(payload));
  expect(headers[0]).toMatchObject({ sequence: Number(seq), timestamp: Number(rtptime), payloadType: 96 });
  expect(headers[0]!.ssrc.toString(16).padStart(8, '0').toUpperCase()).toBe(
    /ssrc=(\w+)/.exec(setup.headers['transport']!)![1],
  );
  for (const [i, { sequence }] of headers.entries()) expect(sequence).toBe((Number(seq) + i) & 0xffff);
  const types = nalsOf(headers.map(({ payload }) => payload)).map((nal) => nal[0]! & 0x1f);
  expect(types.slice(0, 3)).toEqual([7, 8, 5]);
  const [report] = await client.packet(1);
  expect(report!.payload[1]).toBe(200);
});

test('frames come at the configured rate, one timestamp each, a marker at its end', async () => {
  await using door = await startFilmed({ encoder: { fps: 20 } });
  await using client = await open(door.rtspPort);
  await watch(client, door.url);
  await client.until(
    () => client.packets.filter(({ channel, payload }) => channel === 0 && rtpHeader(payload).marker).length >= 12,
  );
  const headers = client.packets.filter(({ channel }) => channel === 0).map(({ payload }) => rtpHeader(payload));
  const ends = headers.filter(({ marker }) => marker).map(({ timestamp }) => timestamp);
  const steps = ends.slice(1).map((timestamp, i) => (timestamp - ends[i]!) >>> 0);
  expect(
    steps.every((step) => step % 4500 === 0),
    steps.join(),
  ).toBe(true);
});

test('all viewers of a stream share its packets; a newcomer begins with an IDR of its own time', async () => {
  await using door = await startFilmed();
  await using first = await open(door.rtspPort);
  await using second = await open(door.rtspPort);
  await watch(first, door.url);
  await first.packet(0, 30);
  const { played } = await watch(second, door.url);
  const seq = Number(/seq=(\d+)/.exec(played.headers['rtp-info']!)![1]);
  const [begin] = await second.packet(0, 20);
  expect(rtpHeader(begin!.payload).sequence).toBe(seq);
  await first.until(() =>
    first.packets.some(({ channel, payload }) => channel === 0 && payload.equals(begin!.payload)),
  );
  expect(door.rtsp.viewers()).toEqual({ main: 2 });
  expect(door.rtsp.viewerCount()).toBe(2);
});

test('nothing is drawn once nobody watches', async () => {
  const clock = manualClock();
  await using door = await startFilmed({ clock });
  const client = await open(door.rtspPort);
  await client.ask('DESCRIBE', door.url);
  const setup = await client.ask('SETUP', `${door.url}/trackID=1`, tcp);
  const played = await client.ask('PLAY', door.url, { Session: setup.headers['session']!.split(';')[0]! });
  expect(played.status).toBe(200);
  expect(door.rtsp.viewerCount()).toBe(1);
  expect(clock.sleeping).toBe(2);
  await client[Symbol.asyncDispose]();
  while (door.rtsp.viewerCount() > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(door.rtsp.viewers()).toEqual({});
  expect(clock.sleeping).toBe(0);
});

test('a changed encoder is followed in band: new parameter sets with the next picture', async () => {
  await using door = await startFilmed();
  await using client = await open(door.rtspPort);
  await watch(client, door.url);
  await client.packet(0, 20);
  const before = client.packets.length;
  Object.assign(door.encoder, { width: 640, height: 360, profile: 'High' });
  const parameterSets = () =>
    nalsOf(
      client.packets
        .slice(before)
        .filter(({ channel }) => channel === 0)
        .map(({ payload }) => rtpHeader(payload).payload),
    ).filter((nal) => (nal[0]! & 0x1f) === 7);
  await client.until(() => parameterSets().length > 0);
  expect(parameterSets()[0]!.toString('hex', 1, 2)).toBe('64');
});

test('a key frame comes when it is asked for', async () => {
  await using door = await startFilmed({ encoder: { govLength: 1000 } });
  await using client = await open(door.rtspPort);
  await watch(client, door.url);
  const idrs = () =>
    nalsOf(
      client.packets.filter(({ channel }) => channel === 0).map(({ payload }) => rtpHeader(payload).payload),
    ).filter((nal) => (nal[0]! & 0x1f) === 7).length;
  await client.packet(0, 60);
  expect(idrs()).toBe(1);
  door.rtsp.requestKeyframe('main');
  await client.until(() => idrs() === 2);
  door.rtsp.requestKeyframe(door.encoder.token);
  await client.until(() => idrs() === 3);
});

test('PAUSE stops the packets, PLAY goes on with an IDR, TEARDOWN ends the session', async () => {
  await using door = await startFilmed();
  await using client = await open(door.rtspPort);
  const { session } = await watch(client, door.url);
  await client.packet(0, 10);
  expect((await client.ask('PLAY', door.url, { Session: session })).status, 'PLAY while it plays').toBe(200);
  expect((await client.ask('PAUSE', door.url, { Session: session })).status).toBe(200);
  const paused = client.packets.length;
  expect((await client.ask('GET_PARAMETER', door.url, { Session: session })).status).toBe(200);
  expect(client.packets.length).toBe(paused);
  expect((await client.ask('PLAY', door.url, { Session: session })).headers['rtp-info']).toMatch(/seq=\d+/);
  await client.until(() => client.packets.length > paused);
  expect((await client.ask('TEARDOWN', door.url, { Session: session })).status).toBe(200);
  expect((await client.ask('PLAY', door.url, { Session: session })).status).toBe(454);
  expect(door.rtsp.viewerCount()).toBe(0);
});

test.each([
  ['an unknown path', 'DESCRIBE', 'rtsp://h/nowhere', {}, 404],
  ['an unknown track', 'SETUP', 'rtsp://h/main/trackID=9', tcp, 404],
  ['a transport nobody has', 'SETUP', 'rtsp://h/main/trackID=1', { Transport: 'RTP/SAVP;unicast' }, 461],
  ['no transport at all', 'SETUP', 'rtsp://h/main/trackID=1', {}, 461],
  ['multicast', 'SETUP', 'rtsp://h/main/trackID=1', { Transport: 'RTP/AVP;multicast' }, 461],
  ['a session nobody opened', 'PLAY', 'rtsp://h/main', { Session: 'nope' }, 454],
  ['no session', 'PLAY', 'rtsp://h/main', {}, 454],
  ['a feature nobody has', 'DESCRIBE', 'rtsp://h/main', { Require: 'funky-feature' }, 551],
  ['a description in another language', 'DESCRIBE', 'rtsp://h/main', { Accept: 'text/html' }, 415],
  ['recording', 'RECORD', 'rtsp://h/main', {}, 405],
  ['a method nobody knows', 'DANCE', 'rtsp://h/main', {}, 501],
  ['a request without a number', 'DESCRIBE', 'rtsp://h/main', { CSeq: 'x' }, 400],
])('%s is refused: %s %s', async (_, method, url, headers, status) => {
  await using door = await startFilmed();
  await using client = await open(door.rtspPort);
  expect((await client.ask(method, url, headers as Record<string, string>)).status).toBe(status);
  expect((await client.ask('OPTIONS', '*')).status, 'and the connection lives on').toBe(200);
});

test('what is not RTSP is told so and the line is cut', async () => {
  await using door = await startFilmed();
  await using client = await open(door.rtspPort);
  client.write('\u0016\u0003\u0001 TLS perhaps?\r\n\r\n');
  expect((await client.next()).status).toBe(400);
  await client.end();
});

test('whoever says nothing, or never finishes a sentence, is let go', async () => {
  const clock = manualClock();
  await using door = await startFilmed({ clock });
  await using silent = await open(door.rtspPort);
  await using slow = await open(door.rtspPort);
  slow.write('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\nDESCRIBE rtsp');
  expect((await slow.next()).status).toBe(200);
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance('16s');
  expect((await slow.next()).status).toBe(408);
  await clock.advance('20s');
  await silent.end();
});

test('a session without a sign of life ends after its time-out; reports and requests are such signs', async () => {
  const clock = manualClock();
  await using door = await startFilmed({ clock });
  await using client = await open(door.rtspPort);
  const { session } = await watch(client, door.url);
  for (let i = 0; i < 3; i++) {
    await clock.advance('40s');
    client.write(Buffer.from('$\u0001\0\u0008\u0080\u00c9\0\u0001\0\0\0\u0007', 'latin1'));
    expect((await client.ask('OPTIONS', '*')).status).toBe(200);
  }
  expect(door.rtsp.viewerCount()).toBe(1);
  await clock.advance('40s');
  expect((await client.ask('GET_PARAMETER', door.url, { Session: session })).status).toBe(200);
  await clock.advance('70s');
  expect(door.rtsp.viewerCount()).toBe(0);
  await client.end();
});

test('a viewer that does not read is skipped to a later IDR and costs no memory', async () => {
  await using door = await startFilmed({ encoder: { bitrateKbps: 40_000, govLength: 5 } });
  await using slow = await open(door.rtspPort);
  await using quick = await open(door.rtspPort);
  await watch(slow, door.url);
  slow.pause();
  await watch(quick, door.url);
  const sent = () => quick.packets.reduce((sum, { payload }) => sum + payload.length, 0);
  await quick.until(() => sent() > 9_000_000);
  slow.resume();
  const gap = () => {
    const numbers = slow.packets.filter(({ channel }) => channel === 0).map(({ payload }) => rtpHeader(payload));
    const at = numbers.findIndex(({ sequence }, i) => i > 0 && sequence !== ((numbers[i - 1]!.sequence + 1) & 0xffff));
    return at < 0 ? undefined : numbers.slice(at);
  };
  await slow.until(() => gap() !== undefined);
  expect(nalsOf([gap()![0]!.payload])[0]![0]! & 0x1f).toBe(7);
});

test('packets by UDP come from the ports the answer names, to the ports the client named', async () => {
  await using door = await startFilmed();
  const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
  for (const socket of sockets) {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
  }
  const [rtp, rtcp] = sockets;
  await using client = await open(door.rtspPort);
  await client.ask('DESCRIBE', door.url);
  const ports = `${rtp.address().port}-${rtcp.address().port}`;
  const setup = await client.ask('SETUP', `${door.url}/trackID=1`, {
    Transport: `RTP/AVP;unicast;client_port=${ports}`,
  });
  const [, serverRtp, serverRtcp] = /server_port=(\d+)-(\d+)/.exec(setup.headers['transport']!)!;
  expect(Number(serverRtp) % 2).toBe(0);
  expect(Number(serverRtcp)).toBe(Number(serverRtp) + 1);
  const gotRtp = once(rtp, 'message');
  const gotRtcp = once(rtcp, 'message');
  const played = await client.ask('PLAY', door.url, { Session: setup.headers['session']!.split(';')[0]! });
  const [packet, from] = (await gotRtp) as [Buffer, { port: number }];
  expect(from.port).toBe(Number(serverRtp));
  expect(rtpHeader(packet).sequence).toBe(Number(/seq=(\d+)/.exec(played.headers['rtp-info']!)![1]));
  const [report, reporter] = (await gotRtcp) as [Buffer, { port: number }];
  expect(report[1]).toBe(200);
  expect(reporter.port).toBe(Number(serverRtcp));
  for (const socket of sockets) socket.close();
});

test('the halves of an HTTP tunnel become one RTSP connection, on the RTSP and on the HTTP port', async () => {
  await using door = await startFilmed();
  for (const port of [door.rtspPort, door.httpPort]) {
    const get = connect(port, '127.0.0.1');
    get.write('GET /main HTTP/1.0\r\nx-sessioncookie: crumb\r\nAccept: application/x-rtsp-tunnelled\r\n\r\n');
    let text = '';
    get.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    const until = async (pattern: RegExp) => {
      while (!pattern.test(text)) await once(get, 'data');
    };
    await until(/^HTTP\/1\.[01] 200 OK[\s\S]*application\/x-rtsp-tunnelled[\s\S]*\r\n\r\n/);
    expect(text).not.toMatch(/chunked/i);
    const post = connect(port, '127.0.0.1');
    post.write('POST /main HTTP/1.0\r\nx-sessioncookie: crumb\r\nContent-Length: 32767\r\n\r\n');
    for (const cseq of [1, 2]) {
      const message = Buffer.from(`OPTIONS * RTSP/1.0\r\nCSeq: ${cseq}\r\n\r\n`).toString('base64');
      post.write(message.slice(0, 7));
      post.write(message.slice(7));
      await until(new RegExp(`RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\n`));
    }
    // The length is a manner of speaking: what the client says, sound of a back channel say, goes on beyond it.
    const silence = Buffer.concat([Buffer.from([0x24, 9, 3, 232]), Buffer.alloc(1000)]);
    post.write(Buffer.concat(Array.from({ length: 99 }, () => silence)).toString('base64'));
    post.write(Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 3\r\n\r\n').toString('base64'));
    await until(/RTSP\/1.0 200 OK\r\nCSeq: 3\r\n/);
    const ended = once(post, 'close');
    get.destroy();
    await ended;
  }
});

test('a WebSocket of the ONVIF protocol carries messages and packets', async () => {
  await using door = await startFilmed();
  const socket = new WebSocket(`ws://127.0.0.1:${door.httpPort}/rtspoverwebsocket`, 'rtsp.onvif.org');
  await once(socket, 'open');
  expect(socket.protocol).toBe('rtsp.onvif.org');
  const authorization = `Authorization: Basic ${Buffer.from(`admin:${password}`).toString('base64')}\r\n`;
  const ask = async (line: string, headers = '') => {
    const answer = once(socket, 'message');
    socket.send(`${line} RTSP/1.0\r\nCSeq: 1\r\n${authorization}${headers}\r\n`);
    return ((await answer)[0] as Buffer).toString('latin1');
  };
  expect(await ask(`DESCRIBE ${door.url}`)).toMatch(/200 OK[\s\S]*m=video/);
  const setup = await ask(`SETUP ${door.url}/trackID=1`, 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n');
  const [, session] = /Session: (\w+)/.exec(setup)!;
  expect(await ask(`SETUP ${door.url}/trackID=1`, 'Transport: RTP/AVP;unicast;client_port=5000-5001\r\n')).toMatch(
    / 461 /,
  );
  expect(await ask(`PLAY ${door.url}`, `Session: ${session}\r\n`)).toMatch(/200 OK[\s\S]*RTP-Info/);
  const [packets] = (await once(socket, 'message')) as [Buffer];
  expect(packets[0]).toBe(0x24);
  socket.terminate();
});

test('ten thousand random requests neither stop nor trouble the server', async () => {
  await using door = await startFilmed();
  let seed = 42;
  const chance = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  const words = [
    'OPTIONS',
    'SETUP',
    ' ',
    'rtsp://h/main',
    '/trackID=1',
    ' RTSP/1.0',
    '\r\n',
    'CSeq: 1',
    'Session: ',
    'Transport: RTP/AVP/TCP',
    '$',
    '\0',
    'Content-Length: ',
    '7',
    '\r\n\r\n',
    '\u00ff',
  ];
  for (let i = 0; i < 100; i++) {
    const client = await RtspClient.open(door.rtspPort);
    for (let k = 0; k < 100; k++)
      if (!client.closed)
        client.write(
          Buffer.from(Array.from({ length: chance(12) }, () => words[chance(words.length)]).join(''), 'latin1'),
        );
    await client[Symbol.asyncDispose]();
  }
  await using client = await open(door.rtspPort);
  expect((await client.ask('DESCRIBE', door.url)).status).toBe(200);
  expect(door.camera.timeline.some(({ outcome }) => outcome === '500')).toBe(false);
});
