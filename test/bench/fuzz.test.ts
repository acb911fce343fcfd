import { expect, test } from 'vitest';
import { seededRandom } from '../../core/runtime/random.ts';
import { mutate } from '../../scripts/bench/fuzz/mutate.ts';
import { runTrial } from '../../scripts/bench/fuzz/trial.ts';
import { fuzzTargets } from '../../scripts/bench-fuzz.ts';

/** A slice of `bench fuzz`: enough to catch what was broken since yesterday. */
const inputs = 600;

test.each(fuzzTargets.map((maker) => [maker.title, maker] as const))(
  '%s with something wrong are dealt with: no crash, no hang, no inner fault',
  async (_, maker) => {
    const { findings, inputs: sent } = await runTrial(maker, { seed: 'slice', first: 0, count: inputs });
    expect(findings).toEqual([]);
    expect(sent).toBe(inputs);
  },
  180_000,
);

test('a number brings the same input back, and another number another', () => {
  const seeds = [Buffer.from('<a b="1">text</a>'), Buffer.from('<c/>')];
  const input = (n: number) => mutate(seeds, seededRandom(`seed ${n}`)).toString('latin1');
  const many = Array.from({ length: 200 }, (_, n) => input(n));
  expect(Array.from({ length: 200 }, (_, n) => input(n))).toEqual(many);
  expect(new Set(many).size).toBeGreaterThan(150);
});
