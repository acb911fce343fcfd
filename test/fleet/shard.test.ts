import { expect, test } from 'vitest';
import { startFleet } from '../../device-sim/index.ts';
import { parseShard } from '../../device-sim/shard.ts';
import { fleetConfig, fleetDeps } from './lab.ts';

/** What a client finds at each camera of one machine: who it is and where. */
async function found(shard: string | undefined, more: object = {}) {
  await using fleet = await startFleet(
    fleetConfig({
      count: 7,
      addresses: Array.from({ length: 7 }, (_, n) => `127.44.8.${n + 1}`),
      basePort: 21_000,
      ...(shard === undefined ? {} : { shard: parseShard(shard) }),
      ...more,
    }),
    fleetDeps(),
  );
  return fleet.ready().cameras.map(({ name, serial, mac, uuid, labelSecret, onvifUrl, model }) => ({
    name,
    serial,
    mac,
    uuid,
    labelSecret,
    onvifUrl,
    model,
  }));
}

test('the parts that several machines run are the whole fleet, each camera once, with its name, identity and address', async () => {
  const parts = [await found('1/3'), await found('2/3'), await found('3/3')];
  expect(parts.map(({ length }) => length)).toEqual([2, 2, 3]);
  expect(parts.flat()).toEqual(await found(undefined));
});

test('a part keeps its ports when all cameras share an address', async () => {
  const ports = (cameras: Awaited<ReturnType<typeof found>>) => cameras.map(({ onvifUrl }) => new URL(onvifUrl).port);
  const shared = { addresses: undefined, host: '127.44.8.9' };
  expect(ports(await found('2/2', shared))).toEqual(['21030', '21040', '21050', '21060']);
});

test.each([
  ['0/3', /"0\/3" is no part of a fleet/],
  ['4/3', /"4\/3" is no part of a fleet/],
  ['half', /write 1\/3/],
  ['1/9', /--shard 1\/9 has no camera: the fleet has 7/],
])('a shard %s is refused with what to write', async (shard, complaint) => {
  await expect(found(shard)).rejects.toThrow(complaint);
});

test('without a seed that all machines share nothing starts', async () => {
  await expect(found('1/3', { seed: undefined })).rejects.toThrow(/give --seed/);
});
