import type { Random } from '../../../core/runtime/random.ts';

/** Longest input; seeds are far shorter, doubling makes them grow. */
const mostBytes = 32 * 1024;

/** Numbers and signs that break readers of lengths, dates and markup. */
const nasty = [
  '0', '-1', '255', '65536', '2147483648', '4294967296', '9007199254740993', '1e309', 'NaN', 'PT1.5S', 'P1000000Y', '-PT1S',
  '1970-01-01T00:00:00Z', '275760-09-13T00:00:00.001Z', '', ' ', '\0', '\r\n', '\r\n\r\n', '\n', '\ufffe', '\ud83d\ude00', '%', '%00', '%s',
  '../', '&amp;', '&x;', '<', '>', '</', '/>', '<!--', '-->', '<![CDATA[', ']]>', '<?xml version="1.1"?>', '<!DOCTYPE a>', 'xmlns=""',
  ' xmlns:a="urn:a"', '"', "'", ';', ',', '=', ':', '$', '#', '+', '/', '__proto__', 'constructor', 'toString',
]; // biome-ignore format: a list

type Step = (input: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const at = (input: Buffer, random: Random) => random.int(input.length + 1);
const splice = (input: Buffer, from: number, gone: number, put: Buffer) =>
  Buffer.concat([input.subarray(0, from), put, input.subarray(Math.min(input.length, from + gone))]);
const few = (random: Random) => 1 + random.int(1 << random.int(8));

const steps: readonly Step[] = [
  // A bit, a byte.
  (input, random) => {
    if (input.length === 0) return input;
    const copy = Buffer.from(input);
    copy[random.int(copy.length)]! ^= 1 << random.int(8);
    return copy;
  },
  (input, random) => splice(input, at(input, random), 1, random.bytes(1)),
  // Something gone, something twice, the end gone.
  (input, random) => splice(input, at(input, random), few(random), Buffer.alloc(0)),
  (input, random) => {
    const from = at(input, random);
    return splice(input, at(input, random), 0, input.subarray(from, from + few(random)));
  },
  (input, random) => input.subarray(0, at(input, random)),
  // Strange bytes, strange words.
  (input, random) => splice(input, at(input, random), random.int(4), random.bytes(few(random))),
  (input, random) => splice(input, at(input, random), random.int(8), Buffer.from(nasty[random.int(nasty.length)]!)),
  // A number, or what stands between two signs, is another one.
  (input, random) => {
    const text = input.toString('latin1');
    const numbers = [...text.matchAll(/\d+/g)];
    const chosen = numbers[random.int(Math.max(1, numbers.length))];
    if (!chosen) return input;
    return splice(input, chosen.index, chosen[0].length, Buffer.from(nasty[random.int(nasty.length)]!));
  },
  (input, random) => {
    const text = input.toString('latin1');
    const values = [...text.matchAll(/[>":= ][^<>":= \r\n]+(?=[<": \r\n])/g)];
    const chosen = values[random.int(Math.max(1, values.length))];
    if (!chosen) return input;
    return splice(input, chosen.index + 1, chosen[0].length - 1, Buffer.from(nasty[random.int(nasty.length)]!));
  },
  // The head of this with the tail of another.
  (input, random, others) => {
    const other = others[random.int(others.length)]!;
    return Buffer.concat([input.subarray(0, at(input, random)), other.subarray(at(other, random))]);
  },
  // The same again and again: depth, length.
  (input, random) => {
    const from = at(input, random);
    const piece = input.subarray(from, from + 1 + random.int(40));
    return splice(input, from, 0, Buffer.concat(Array.from({ length: 1 << random.int(9) }, () => piece)));
  },
];

/** One of the valid inputs with one to four things wrong with it; the same random gives the same. */
export function mutate(seeds: readonly Buffer[], random: Random): Buffer {
  let input = seeds[random.int(seeds.length)]!;
  for (let left = 1 + random.int(4); left > 0; left--) input = steps[random.int(steps.length)]!(input, random, seeds);
  return input.subarray(0, mostBytes);
}
