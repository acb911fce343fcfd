import { expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { createByteCache, generationMs } from '../../device-sim/video/byte-cache.ts';

/** A cache of texts, and what had to be made anew. */
function openCache(limitBytes: number) {
  const clock = manualClock();
  const cache = createByteCache<string, string>(limitBytes, (text) => text.length, clock);
  const made: string[] = [];
  const get = (key: string, length = 10) =>
    cache.get(key, () => {
      made.push(key);
      return key.repeat(length);
    });
  return { clock, made, get };
}

test('what is used stays, and what was not goes when the room is taken', () => {
  const { made, get } = openCache(100);
  for (const key of 'abcdefghij') {
    get(key);
    get('a');
  }
  expect(made.join('')).toBe('abcdefghij');
  get('b');
  expect(made.at(-1)).toBe('b');
});

test('what nobody used for a whole generation is forgotten, however much room there is', async () => {
  const { clock, made, get } = openCache(1_000_000);
  get('a');
  get('b');
  await clock.advance(generationMs + 1);
  get('c');
  get('a');
  await clock.advance(generationMs + 1);
  get('d');
  get('a');
  expect(made.join('')).toBe('abcd');
  get('b');
  expect(made.join('')).toBe('abcdb');
});
