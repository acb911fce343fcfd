import type { CameraWish, FleetConfig } from '../../device-sim/index.ts';
import { startFleet } from '../../device-sim/index.ts';
import type { Side } from './side.ts';

export const cameraPassword = 'Admin-pass-1';

/** Simulated cameras on free ports, activated, on the clock of the gateway's side. */
export const startCameras = (house: Pick<Side, 'deps'>, cameras: CameraWish[], more: Partial<FleetConfig> = {}) =>
  startFleet(
    {
      host: '127.0.0.1',
      basePort: 0,
      count: cameras.length,
      profiles: [],
      cameras,
      initialized: true,
      password: cameraPassword,
      strict: false,
      discovery: false,
      seed: 'gateway cameras',
      control: false,
      traffic: 'off',
      bootMs: 0,
      ...more,
    },
    house.deps,
  );
