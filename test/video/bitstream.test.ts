import { expect, test } from 'vitest';
import { BitWriter } from '../../device-sim/video/bit-writer.ts';
import { cavlcTables, codeBlock, writeBlock } from '../../device-sim/video/h264/cavlc.ts';
import { levelOf, pictureParameterSet, sequenceParameterSet } from '../../device-sim/video/h264/parameter-sets.ts';
import { annexB, formatNal, parseAnnexB } from '../../device-sim/video/nal.ts';
import { RateControl } from '../../device-sim/video/rate-control.ts';

const bitsOf = (write: (bits: BitWriter) => void): string => {
  const bits = new BitWriter();
  write(bits);
  const { bitLength } = bits;
  const text = [...bits.align().written()].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return text.slice(0, bitLength);
};

test.each([
  [0, '1'],
  [1, '010'],
  [2, '011'],
  [3, '00100'],
  [7, '0001000'],
  [254, '000000011111111'],
  [65_534, `${'0'.repeat(15)}${'1'.repeat(16)}`],
])('ue(%i) is %s', (value, text) => {
  expect(bitsOf((bits) => bits.ue(value))).toBe(text);
});

test.each([
  [0, '1'],
  [1, '010'],
  [-1, '011'],
  [2, '00100'],
  [-2, '00101'],
  [-10_000, '00000000000000100111000100001'],
])('se(%i) is %s', (value, text) => {
  expect(bitsOf((bits) => bits.se(value))).toBe(text);
});

test('a bit writer keeps every bit while it grows and writes 32 bits at once', () => {
  const text = bitsOf((bits) => {
    for (let i = 0; i < 1000; i++) bits.u(i & 7, 3);
    bits.u(0xdeadbeef, 32);
  });
  const head = Array.from({ length: 1000 }, (_, i) => (i & 7).toString(2).padStart(3, '0')).join('');
  expect(text).toBe(head + (0xdeadbeef).toString(2));
});

test('bytes go only to a byte’s start', () => {
  expect(() => new BitWriter().put(1, 1).append(Buffer.from([1]))).toThrow(RangeError);
});

test.each([
  ['00 00 00', '65 00 00 03 00'],
  ['00 00 01', '65 00 00 03 01'],
  ['00 00 00 00 00 01', '65 00 00 03 00 00 03 00 01'],
  ['00 00 04', '65 00 00 04'],
  ['01 00 00 03 00 00 02', '65 01 00 00 03 03 00 00 03 02'],
  ['ff 00 ff 00', '65 ff 00 ff 00'],
])('%s is kept from looking like a start code', (rbsp, nal) => {
  const bytes = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
  expect(formatNal([0x65], bytes(rbsp))).toEqual(bytes(nal));
});

test('an Annex B stream gives back the units it was made of', () => {
  const nals = [Buffer.from('6742c01e', 'hex'), Buffer.from('68ce', 'hex'), Buffer.from('6588840a', 'hex')];
  expect(parseAnnexB(annexB(nals))).toEqual(nals);
});

test('every variable length table is a prefix code', () => {
  for (const tables of Object.values(cavlcTables))
    for (const [lengths, words] of tables) {
      const codes = lengths
        .map((length, i) => (length > 0 ? words[i]!.toString(2).padStart(length, '0') : ''))
        .filter((code) => code !== '');
      for (const code of codes)
        expect(
          codes.filter((other) => other.startsWith(code)),
          `${code} in ${codes.length} codes`,
        ).toHaveLength(1);
    }
});

test.each([
  // Worked by hand from §9.2: token, signs, levels, zeros, runs.
  ['nothing', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0, '1'],
  ['one trailing one', [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0, '01' + '0' + '1'],
  // The textbook example: 0, 3, 0, 1, -1, -1, 0, 1, 0 …
  ['five levels', [0, 3, 0, 1, -1, -1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], 0, '000010001110010111101101'],
  [
    'a level of -2 next to ones',
    [-2, 4, 3, -3, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    0,
    '000000011010001001000010111001100',
  ],
])('%s: levels are coded as the standard says', (_, levels, nC, text) => {
  expect(bitsOf((bits) => writeBlock(bits, codeBlock(levels, 0, 16), nC))).toBe(text);
});

test.each([
  [{ width: 640, height: 360, fps: 15, bitrateKbps: 512 }, 22],
  [{ width: 848, height: 480, fps: 25, bitrateKbps: 512 }, 30],
  [{ width: 1280, height: 720, fps: 25, bitrateKbps: 2048 }, 31],
  [{ width: 1920, height: 1080, fps: 25, bitrateKbps: 4096 }, 40],
  [{ width: 1920, height: 1080, fps: 60, bitrateKbps: 4096 }, 42],
  [{ width: 2688, height: 1520, fps: 25, bitrateKbps: 3584 }, 50],
  [{ width: 3840, height: 2160, fps: 25, bitrateKbps: 8192 }, 51],
])('%o needs level %i', (format, level) => {
  expect(levelOf(format)).toBe(level);
});

test('parameter sets say what the configuration says, bit by bit', () => {
  const sps = sequenceParameterSet({ profile: 'Baseline', width: 640, height: 360, fps: 15, bitrateKbps: 512 });
  expect(sps.toString('hex', 0, 4)).toBe('6742c016');
  expect(
    sequenceParameterSet({ profile: 'Main', width: 640, height: 360, fps: 15, bitrateKbps: 512 }).toString('hex', 0, 4),
  ).toBe('674d4016');
  expect(
    sequenceParameterSet({ profile: 'High', width: 2688, height: 1520, fps: 25, bitrateKbps: 3584 }).toString(
      'hex',
      0,
      4,
    ),
  ).toBe('67640032');
  expect(pictureParameterSet().toString('hex')).toBe('68ce3c80');
});

test('a calm stream is filled up to its rate, a large picture is made up for by the next ones', () => {
  const rate = new RateControl(800, 10, true, [0x0c]);
  let bytes = 0;
  for (let i = 0; i < 50; i++) {
    const size = i % 10 === 0 ? 30_000 : 500;
    bytes += size + (rate.after(size)?.length ?? 0);
  }
  expect((bytes * 8) / 5 / 1000).toBeGreaterThan(700);
  expect((bytes * 8) / 5 / 1000).toBeLessThan(800);
  expect(rate.coarseness).toBe(0);
});

test('a stream over its rate is coded coarser until it fits, then finer again', () => {
  const rate = new RateControl(80, 10, true, [0x0c]);
  for (let i = 0; i < 30; i++) rate.after(3000);
  expect(rate.coarseness).toBeGreaterThan(4);
  for (let i = 0; i < 200; i++) rate.after(100);
  expect(rate.coarseness).toBe(0);
});
