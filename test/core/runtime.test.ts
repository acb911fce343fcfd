import { describe, expect, test } from 'vitest';
import { delays } from '../../core/runtime/backoff.ts';
import { manualClock, parseDuration, startInterval, startTimer } from '../../core/runtime/clock.ts';
import { seededRandom } from '../../core/runtime/random.ts';
import { hint, nearest, resolveSettings, setting, UsageError } from '../../core/runtime/settings.ts';
import { startAll } from '../../core/runtime/start-all.ts';

describe('manual clock', () => {
  test('wakes sleepers in the order they are due', async () => {
    const clock = manualClock(0);
    const woken: string[] = [];
    void clock.sleep(200).then(() => woken.push('b'));
    void clock.sleep(100).then(() => woken.push('a'));
    await clock.advance('150ms');
    expect(woken).toEqual(['a']);
    await clock.advance('1s');
    expect(woken).toEqual(['a', 'b']);
    expect(clock.now()).toBe(1150);
  });

  test('runs an interval once a period, and a disposed timer never', async () => {
    const clock = manualClock(0);
    let runs = 0;
    using _interval = startInterval(clock, 1000, () => runs++);
    const timer = startTimer(clock, 500, () => expect.unreachable());
    timer[Symbol.dispose]();
    await clock.advance('10s');
    expect(runs).toBe(10);
  });
});

test.each([
  ['250ms', 250],
  ['90s', 90_000],
  ['1.5h', 5_400_000],
  ['-400s', -400_000],
])('%s is a duration', (text, ms) => expect(parseDuration(text)).toBe(ms));

test('a text that is no duration is refused with examples', () => {
  expect(() => parseDuration('soon')).toThrow(/10m/);
});

test('the same seed gives the same chance, another seed another', () => {
  const [a, b, c] = ['x', 'x', 'y'].map((seed) => seededRandom(seed).uuid());
  expect(a).toBe(b);
  expect(a).not.toBe(c);
});

test('waits grow to the cap and jitter only shortens them', () => {
  const plan = { firstMs: 100, factor: 2, capMs: 1000, jitter: 0.5 };
  const waits = delays(plan, seededRandom('waits'));
  const seen = Array.from({ length: 20 }, () => waits.next().value);
  expect(Math.max(...seen)).toBeLessThanOrEqual(1000);
  expect(seen.slice(6).every((wait) => wait >= 500)).toBe(true);
});

test('a start that fails half-way ends what it had opened, last first', async () => {
  const ended: string[] = [];
  const one = (name: string) => ({ [Symbol.dispose]: () => void ended.push(name) });
  const start = startAll(async (own) => {
    own(one('store'));
    own(one('server'));
    throw new Error('no more');
  });
  await expect(start).rejects.toThrow('no more');
  expect(ended).toEqual(['server', 'store']);
});

describe('settings', () => {
  const fields = {
    port: setting.port('where to listen', 7300),
    fresh: setting.toggle('forget'),
    model: setting.list('m', 'M'),
  };

  test('a flag beats the environment, which beats the default', () => {
    const env = { VIGIL_CLOUD_PORT: '1', VIGIL_PORT: '2' };
    expect(resolveSettings('cloud', fields, { port: '3' }, env).port).toBe(3);
    expect(resolveSettings('cloud', fields, {}, env).port).toBe(1);
    expect(resolveSettings('sim', fields, {}, env).port).toBe(2);
    expect(resolveSettings('sim', fields, {}, {})).toEqual({ port: 7300, fresh: false, model: [] });
  });

  test('a wrong value names the flag', () => {
    expect(() => resolveSettings('cloud', fields, { port: 'many' }, {})).toThrow(UsageError);
    expect(() => resolveSettings('cloud', fields, { port: '70000' }, {})).toThrow(/--port/);
  });

  test('a mistyped word brings the nearest known one', () => {
    expect(nearest('camras', ['cameras', 'profile'])).toBe('cameras');
    expect(hint('xyzzy', ['cameras'])).toBe('');
  });
});
