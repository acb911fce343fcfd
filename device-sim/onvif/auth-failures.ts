import { isIPv6 } from 'node:net';
import type { Camera } from '../camera.ts';
import { kept } from './kept.ts';

/** When failed sign-ins are told of (Core §8.5): more than `maxFailures` within the period. By default each one is. */
export const authFailureWarning = kept('device.auth-failure-warning', () => ({
  enabled: true,
  periodSeconds: 60,
  maxFailures: 0,
}));

/** Counts the failed sign-ins of one camera and raises the event that belongs to them. */
export function createAuthFailures(camera: Camera) {
  let since = Number.NEGATIVE_INFINITY;
  let failures = 0;
  return (peer: string) => {
    const { enabled, periodSeconds, maxFailures } = authFailureWarning.read(camera);
    if (!enabled) return;
    const now = camera.clock.now();
    if (Math.abs(now - since) > periodSeconds * 1000) {
      since = now;
      failures = 0;
    }
    failures += 1;
    if (failures <= maxFailures) return;
    camera.events.raise({
      topic: 'tns1:Device/SecurityPolicy/AuthFailed',
      source: { NetworkInterface: 'eth0' },
      data: isIPv6(peer) ? { SourceIPv6: peer } : { SourceIPv4: peer },
    });
  };
}
