import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filterCovers } from '../../core/mqtt/topics.ts';
import { createPacketGuard } from '../../gateway/broker/packet-guard.ts';
import { mayHear, maySubscribe, type Principal, parseUplink, spokenBy } from '../../gateway/broker/rights.ts';

const camera: Principal = { kind: 'camera', serial: 'A1' };
const account: Principal = { kind: 'account', name: 'home' };

test.each([
  ['vigi/g/A1/up/status', { type: 'status' }],
  ['vigi/g/A1/up/telemetry', { type: 'telemetry' }],
  ['vigi/g/A1/up/reply/42', { type: 'reply', id: '42' }],
  ['vigi/g/A1/up/onvif-ej/RuleEngine/X/&a/b', { type: 'event', path: 'RuleEngine/X/&a/b' }],
  ['vigi/g/A1/up/status/more', undefined],
  ['vigi/g/A1/up/reply', undefined],
  ['vigi/g/A1/up/reply/a/b', undefined],
  ['vigi/g/A1/up/onvif-ej', undefined],
  ['vigi/g/A1/up/onvif-ej/', undefined],
  ['vigi/g/A2/up/status', undefined],
  ['vigi/h/A1/up/status', undefined],
  ['vigi/g/A1/down/status', undefined],
  ['/vigi/g/A1/up/status', undefined],
])('%s from the camera A1 is what it is', (topic, expected) => {
  expect(parseUplink('g', 'A1', topic)).toEqual(expected);
  expect(spokenBy('g', camera, topic)).toEqual(expected);
  expect(spokenBy('g', account, topic)).toBeUndefined();
});

const level = fc.oneof(
  fc.constantFrom(
    'vigi',
    'g',
    'A1',
    'A2',
    'A',
    'up',
    'down',
    'event',
    'command',
    'status',
    '#',
    '+',
    '$share',
    '$SYS',
    '',
    'homeassistant',
  ),
  fc.string({ maxLength: 3 }),
);
const levels = fc.array(level, { minLength: 1, maxLength: 7 }).map((parts) => parts.join('/'));

test('whatever a granted filter covers, its holder may hear', () => {
  fc.assert(
    fc.property(levels, levels, fc.constantFrom(camera, account), (filter, topic, who) => {
      if (/[#+]/.test(topic)) return;
      if (maySubscribe('g', who, filter) && filterCovers(filter, topic)) expect(mayHear('g', who, topic)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});

test('a camera hears nothing but what is below its own down, and publishes nothing but below its own up', () => {
  fc.assert(
    fc.property(levels, (topic) => {
      if (mayHear('g', camera, topic)) expect(topic.startsWith('vigi/g/A1/down/')).toBe(true);
      if (spokenBy('g', camera, topic)) expect(topic.startsWith('vigi/g/A1/up/')).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});

const packet = (bytes: number) => {
  const length: number[] = [];
  for (let left = bytes; ; left = Math.floor(left / 128)) {
    length.push((left % 128) | (left >= 128 ? 0x80 : 0));
    if (left < 128) break;
  }
  return Buffer.concat([Buffer.from([0x30, ...length]), Buffer.alloc(bytes, 0x55)]);
};

test('the guard lets packets up to its limit pass, however they are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      (sizes, step) => {
        const guard = createPacketGuard(1000);
        const bytes = Buffer.concat(sizes.map(packet));
        for (let at = 0; at < bytes.length; at += step) expect(guard.accepts(bytes.subarray(at, at + step))).toBe(true);
      },
    ),
  );
});

test('the guard refuses a larger packet at its length, and a length without end', () => {
  expect(createPacketGuard(1000).accepts(packet(1001).subarray(0, 3))).toBe(false);
  expect(createPacketGuard(1000).accepts(Buffer.concat([packet(5), packet(200_000).subarray(0, 4)]))).toBe(false);
  expect(createPacketGuard(1000).accepts(Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80]))).toBe(false);
  const guard = createPacketGuard(10);
  guard.limitBytes = 100;
  expect(guard.accepts(packet(100))).toBe(true);
});
