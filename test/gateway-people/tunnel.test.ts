import { expect, test } from 'vitest';
import { silentLog } from '../../core/runtime/log.ts';
import { seededRandom } from '../../core/runtime/random.ts';
import { startTunnel } from '../../gateway/cloud-access/tunnel.ts';
import { until } from './harness.ts';

test('pauses between dial-ins grow up to a minute, each with its own jitter', async () => {
  const pauses: number[] = [];
  const clock = {
    now: () => 0,
    sleep: async (ms: number) => {
      pauses.push(ms);
    },
  };
  using tunnel = startTunnel({
    // Nothing listens there.
    url: 'http://127.0.0.1:1/tunnel',
    clock,
    random: seededRandom('tunnel'),
    log: silentLog,
    bearer: async () => 'unused',
    onConnection: () => undefined,
    onOnline: () => undefined,
    onUnbound: () => undefined,
  });
  await until(() => pauses.length >= 40);
  expect(tunnel.online).toBe(false);
  const most = (n: number) => Math.min(500 * 2 ** n, 60_000);
  for (const [n, pause] of pauses.entries()) {
    expect(pause).toBeLessThanOrEqual(most(n));
    expect(pause).toBeGreaterThanOrEqual(most(n) / 2);
  }
  expect(new Set(pauses.slice(10, 30)).size).toBeGreaterThan(15);
});
