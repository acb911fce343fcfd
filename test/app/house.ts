import { startApp } from '../../clients/app/server.ts';
import { findDevices } from '../../clients/config-tool/discover.ts';
import { realClock } from '../../core/runtime/clock.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import { openBrowser } from '../lab/browser.ts';
import { type LabOptions, startLab } from '../lab/index.ts';
import { buildPages } from '../lab/pages.ts';

/** A lab with the App in front of it; the phone's browser is opened by whoever wants one. */
export const startAppHouse = (options: LabOptions = {}) =>
  startAll(async (own) => {
    const lab = own(await startLab({ discovery: true, ...options }));
    const app = own(
      await startApp(
        {
          host: '127.0.0.1',
          port: 0,
          cloudUrl: lab.cloud.url,
          findDevices: () => findDevices({ waitMs: 2_000, interfaceName: 'lo', addresses: [] }),
        },
        { clock: realClock, random: secureRandom, log: silentLog },
      ),
    );
    return { lab, app };
  });

/** A phone: its browser at 390 px. */
export const openPhone = () =>
  startAll(async (own) => {
    await buildPages('app');
    const browser = own(await openBrowser());
    return {
      newPage: (more: object = {}) =>
        browser.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, ...more }),
    };
  });
