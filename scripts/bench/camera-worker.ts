import { realClock } from '../../core/runtime/clock.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { startFleet } from '../../device-sim/index.ts';
import { standardTable } from '../../device-sim/onvif/handler.ts';
import { say } from './say.ts';

export interface CameraWorkerOptions {
  /** Let GetProfiles in without sign-in, so that its own cost can be told from that of a token. */
  open?: boolean;
  /** Bit rate of its main stream. */
  kbps?: number;
}

/** One camera of ours, set up as no client could. */
export async function run({ open, kbps }: CameraWorkerOptions): Promise<void> {
  if (open) standardTable.find(namespaces.trt, 'GetProfiles')!.access = 'PRE_AUTH';
  const fleet = await startFleet(
    {
      host: '127.0.0.1',
      basePort: 0,
      count: 1,
      profiles: ['c340'],
      initialized: true,
      password: 'Bench password 1',
      strict: false,
      discovery: false,
      seed: 'bench',
      control: false,
      traffic: 'off',
    },
    { clock: realClock, random: secureRandom, log: silentLog },
  );
  const { camera } = fleet.cameras[0]!;
  const encoder = camera.state.videoEncoders[0]!;
  if (kbps !== undefined) encoder.bitrateKbps = kbps;
  say({ ...fleet.ready(), fps: encoder.fps });
}
