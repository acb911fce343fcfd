import { expect, test } from 'vitest';
import { locate } from '../../device-sim/rtsp/context.ts';
import { formatResponse, type Incoming, RtspParser } from '../../device-sim/rtsp/message.ts';
import { formatSenderReport, isReport } from '../../device-sim/rtsp/rtcp.ts';
import { h264Payload, packetizeNals } from '../../device-sim/rtsp/rtp.ts';
import { parseTransport } from '../../device-sim/rtsp/transport.ts';
import { joinUnits } from '../../device-sim/video/nal.ts';
import { nalsOf, rtpHeader } from './rtsp-client.ts';

const parse = (text: string | Buffer, pieceBytes = Number.POSITIVE_INFINITY): Incoming[] => {
  const parser = new RtspParser();
  const bytes = Buffer.from(text as string, 'latin1');
  const found: Incoming[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) found.push(...parser.feed(bytes.subarray(at, at + pieceBytes)));
  return found;
};

const describeText =
  'DESCRIBE rtsp://h/stream1 RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\nX-Folded: a\r\n b\r\n\r\n';

test.each([1, 7, 1000])('a request is read however its bytes come (%i at a time)', (pieceBytes) => {
  const [first, second, third, ...rest] = parse(
    `\r\n${describeText}$\u0001\0\u0002ab${'SET_PARAMETER * RTSP/1.0\r\nCSeq: 3\r\nContent-Length: 3\r\n\r\nxyz'}`,
    pieceBytes,
  );
  expect(first).toMatchObject({
    kind: 'request',
    request: { method: 'DESCRIBE', url: 'rtsp://h/stream1', headers: { cseq: '2', 'x-folded': 'a b' } },
  });
  expect(second).toMatchObject({ kind: 'packet', channel: 1, payload: Buffer.from('ab') });
  expect(third).toMatchObject({ kind: 'request', request: { method: 'SET_PARAMETER', body: Buffer.from('xyz') } });
  expect(rest).toEqual([]);
});

test('lines that end in LF alone are read too', () => {
  expect(parse('OPTIONS * RTSP/1.0\nCSeq: 1\n\n')).toMatchObject([
    { kind: 'request', request: { headers: { cseq: '1' } } },
  ]);
});

test.each([
  ['no request line', 'hello\r\n\r\n', 400],
  ['binary', '\u0001\u0002\u0003\r\n\r\n', 400],
  ['a header without a name', 'OPTIONS * RTSP/1.0\r\n: x\r\n\r\n', 400],
  ['a header without a colon', 'OPTIONS * RTSP/1.0\r\nnothing\r\n\r\n', 400],
  ['a length that is none', 'OPTIONS * RTSP/1.0\r\nContent-Length: -1\r\n\r\n', 400],
  ['a body too long', 'OPTIONS * RTSP/1.0\r\nContent-Length: 999999\r\n\r\n', 413],
  ['a URL too long', `OPTIONS rtsp://h/${'x'.repeat(3000)} RTSP/1.0\r\n\r\n`, 414],
  ['headers too long', `OPTIONS * RTSP/1.0\r\nX: ${'x'.repeat(9000)}`, 413],
  ['too many headers', `OPTIONS * RTSP/1.0\r\n${'X: y\r\n'.repeat(100)}\r\n`, 413],
  ['a packet too long', '$\0\u00ff\u00ff', 413],
])('%s is refused and nothing after it is read', (_, text, status) => {
  expect(parse(`${text}${describeText}`, 64).filter(({ kind }) => kind !== 'request')).toEqual([
    { kind: 'broken', status },
  ]);
});

test('a response carries its CSeq, repeated headers and the length in bytes', () => {
  const text = formatResponse('7', { status: 401, headers: { A: ['1', '2'], B: undefined }, body: 'ü' });
  expect(text).toBe('RTSP/1.0 401 Unauthorized\r\nCSeq: 7\r\nA: 1\r\nA: 2\r\nContent-Length: 2\r\n\r\nü');
});

test.each([
  ['RTP/AVP/TCP;unicast;interleaved=2-3', [{ kind: 'interleaved', channels: [2, 3] }]],
  ['RTP/AVP/TCP', [{ kind: 'interleaved' }]],
  ['RTP/AVP;unicast;client_port=5000-5001', [{ kind: 'udp', ports: [5000, 5001] }]],
  ['RTP/AVP/UDP;unicast;client_port=5000', [{ kind: 'udp', ports: [5000, 5001] }]],
  [
    'RTP/AVP;multicast;port=1-2,RTP/AVP/TCP;interleaved=0-1;mode="PLAY"',
    [{ kind: 'multicast' }, { kind: 'interleaved', channels: [0, 1] }],
  ],
  ['RTP/AVP/TCP;interleaved=300-301', []],
  ['RTP/AVP;unicast;client_port=0-1', []],
  ['RTP/AVP/TCP;mode=record', []],
  ['RTP/SAVP;unicast;client_port=5000-5001', []],
  ['', []],
])('Transport: %s', (header, offers) => {
  expect(parseTransport(header)).toEqual(offers);
});

test.each([
  ['rtsp://cam:554/stream1', 'stream1', undefined],
  ['rtsp://cam/stream1/', 'stream1', undefined],
  ['rtsp://cam/stream1/trackID=1', 'stream1', 'trackID=1'],
  ['rtsp://cam/stream1?transportmode=unicast&profile=1/trackID=1', 'stream1', 'trackID=1'],
  ['/stream1', 'stream1', undefined],
  ['rtsp://cam/a%20b', 'a b', undefined],
  ['rtsp://cam/%zz', '%zz', undefined],
  ['*', '*', undefined],
])('%s names the path %s', (url, path, track) => {
  expect(locate(url)).toEqual({ path, track });
});

test('units are put together or cut apart and come out the same, with sequence numbers running on past the end', () => {
  const nals = [20, 30, 1400, 9, 5000, 1388, 1, 1].map((size, i) => Buffer.alloc(size, i + 1).fill(0x65, 0, 1));
  const state = { ssrc: 0xfeedbeef, payloadType: 96, sequence: 0xfffe, packets: 0, octets: 0 };
  const batch = packetizeNals(state, 2 ** 32 + 5, joinUnits(nals), h264Payload);
  const packets = batch.starts.slice(0, -1).map((start, i) => batch.bytes.subarray(start + 4, batch.starts[i + 1]));
  const headers = packets.map(rtpHeader);
  expect(nalsOf(headers.map(({ payload }) => payload))).toEqual(nals);
  expect(headers.map(({ sequence }) => sequence)).toEqual(headers.map((_, i) => (0xfffe + i) & 0xffff));
  expect(headers.map(({ marker }) => marker)).toEqual(headers.map((_, i) => i === headers.length - 1));
  expect(new Set(headers.map(({ timestamp, ssrc }) => `${timestamp} ${ssrc}`))).toEqual(new Set([`5 ${0xfeedbeef}`]));
  expect(Math.max(...packets.map(({ length }) => length))).toBeLessThanOrEqual(1400);
  expect(state.packets).toBe(packets.length);
  const other = batch.onChannel(6);
  expect(batch.starts.slice(0, -1).map((start) => other[start + 1])).toEqual(packets.map(() => 6));
  expect(batch.onChannel(6)).toBe(other);
});

test('a sender report says the camera’s time and what was sent', () => {
  const state = { ssrc: 1, payloadType: 96, sequence: 0, packets: 10, octets: 2000 };
  const report = formatSenderReport(state, Date.UTC(2026, 0, 1) + 500, 90_000, 'door');
  expect(isReport(report)).toBe(true);
  expect(report.readUInt32BE(8)).toBe(Date.UTC(2026, 0, 1) / 1000 + 2_208_988_800);
  expect(report.readUInt32BE(12)).toBe(2 ** 31);
  expect([16, 20, 24].map((at) => report.readUInt32BE(at))).toEqual([90_000, 10, 2000]);
  expect(report.toString('latin1', 38, 42)).toBe('door');
  expect(report.length % 4).toBe(0);
});
