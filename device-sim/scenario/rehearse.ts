import { manualClock } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { seededRandom } from '../../core/runtime/random.ts';
import { startFleet } from '../fleet.ts';
import type { FleetConfig } from '../plan.ts';
import type { Scenario } from './scenario-file.ts';

/** One event a camera raised in a rehearsal, by the camera's own clock. */
export interface Seen {
  type: 'event';
  /** Since the beginning, on the fleet's clock. */
  atMs: number;
  camera: string;
  utcTime: string;
  topic: string;
  data: Record<string, string>;
}

/** The clock advances in steps of this size, so that events of a day need no day of one promise. */
const strideMs = 60_000;
/** Where virtual time begins: the same for every rehearsal, so that two give the same list. */
const beginsAt = Date.UTC(2026, 0, 1);

/** Play a scenario in virtual time on a fleet of its own: any free ports, nobody finds it, nothing is kept. */
export async function rehearse(
  scenario: Scenario,
  config: FleetConfig,
  { log }: Pick<RuntimeDeps, 'log'>,
): Promise<Seen[]> {
  const clock = manualClock(beginsAt);
  const seed = config.seed ?? 'rehearsal';
  const seen: Seen[] = [];
  await using fleet = await startFleet(
    {
      ...config,
      host: '127.0.0.1',
      basePort: 0,
      addresses: undefined,
      cameras: config.cameras?.map(({ address: _own, alarmServer: _pushed, ...wish }) => wish),
      discovery: false,
      control: false,
      consolePort: undefined,
      dataDir: undefined,
      seed,
    },
    { clock, random: seededRandom(`${seed} rehearsal`), log },
  );
  for (const { name, camera } of fleet.cameras)
    camera.events.subscribe(({ topic, data, utcTime }) => {
      const atMs = clock.now() - beginsAt;
      seen.push({ type: 'event', atMs, camera: name, utcTime: new Date(utcTime).toISOString(), topic, data });
    });
  using _running = fleet.play(scenario);
  for (let atMs = 0; atMs < scenario.lastsMs; atMs += strideMs)
    await clock.advance(Math.min(strideMs, scenario.lastsMs - atMs));
  return seen;
}

export const formatSeen = ({ utcTime, camera, topic, data }: Seen) =>
  `${utcTime}  ${camera}  ${topic.replace(/^tns1:/, '')}  ${Object.entries(data)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')}`;
