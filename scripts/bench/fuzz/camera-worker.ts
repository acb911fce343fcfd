import { realClock } from '../../../core/runtime/clock.ts';
import { createLog } from '../../../core/runtime/log.ts';
import { seededRandom } from '../../../core/runtime/random.ts';
import { startDiscovery } from '../../../device-sim/discovery/discovery.ts';
import { startFleet } from '../../../device-sim/index.ts';
import { say } from '../say.ts';

/** A camera with all that moves, and discovery on a port of its own; what it logs as an error is a finding. */
export async function run(): Promise<void> {
  const deps = { clock: realClock, random: seededRandom('fuzz'), log: createLog('fuzz', 'error') };
  const fleet = await startFleet(
    {
      host: '127.0.0.1',
      basePort: 0,
      count: 1,
      profiles: ['c540'],
      initialized: true,
      password: 'Bench password 1',
      strict: false,
      discovery: false,
      seed: 'fuzz',
      control: false,
      traffic: 'off',
    },
    deps,
  );
  const discovery = await startDiscovery({ interfaceName: 'lo', port: 0 }, deps);
  for (const { camera } of fleet.cameras) discovery.hello(camera);
  say({ ...fleet.ready(), discoveryPort: discovery.port });
}
