import { realClock } from '../../core/runtime/clock.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import type { CameraWish } from '../../device-sim/index.ts';
import { fleetDeps, startCameras } from '../fleet/lab.ts';
import { openBrowser } from '../lab/browser.ts';

export const password = 'Camera-of-the-fleet-1';

/** A fleet with its console, and a browser in front of it. */
export const startFleetHouse = (cameras: CameraWish[]) =>
  startAll(async (own) => {
    const fleet = own(
      await startCameras(
        cameras.map((one) => ({ initialized: true, password, ...one })),
        { consolePort: 0, bootMs: 200 },
        { ...fleetDeps(), clock: realClock } as ReturnType<typeof fleetDeps>,
      ),
    );
    const browser = own(await openBrowser());
    const { url, token } = fleet.console!;
    return { fleet, url, token, link: `${url}#token=${token}`, newPage: browser.newPage };
  });
