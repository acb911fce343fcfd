import type { ControlledFleet } from './controlled-fleet.ts';

/**
 * How the fleet does, in a few numbers. `healthy` is false while a camera that should run has no power: it boots, did not
 * come up, or was cut off on purpose.
 */
export function health({ cameras }: Pick<ControlledFleet, 'cameras'>) {
  const sum = (of: (one: (typeof cameras)[number]) => number) => cameras.reduce((total, one) => total + of(one), 0);
  const withoutPower = cameras.filter(({ powered }) => !powered).map(({ name }) => name);
  return {
    healthy: withoutPower.length === 0,
    cameras: cameras.length,
    withoutPower,
    withoutNetwork: cameras.filter(({ connected }) => !connected).map(({ name }) => name),
    connections: sum(({ connections }) => connections),
    viewers: sum(({ viewers }) => viewers),
    subscriptions: sum(({ subscriptions }) => subscriptions),
    memoryBytes: process.memoryUsage.rss(),
  };
}
