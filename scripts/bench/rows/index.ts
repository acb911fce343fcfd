import type { Row } from '../row.ts';
import { brokerRow } from './broker.ts';
import { crash } from './crash.ts';
import { eventToBrowser } from './event-to-browser.ts';
import { fanOut } from './fan-out.ts';
import { fleetReady } from './fleet-ready.ts';
import { idleCamera } from './idle-camera.ts';
import { liveFleet } from './live-fleet.ts';
import { npmStart } from './npm-start.ts';
import { onvifCpu } from './onvif-cpu.ts';
import { ownVideo } from './own-video.ts';
import { probeRow } from './probe.ts';
import { relayRow } from './relay.ts';
import { signInRow } from './sign-in.ts';
import { storedEvents } from './stored-events.ts';

/** The table's rows, in its order. */
export const rows: readonly Row[] = [
  onvifCpu,
  idleCamera,
  fleetReady,
  probeRow,
  ownVideo,
  liveFleet,
  fanOut,
  brokerRow,
  storedEvents,
  eventToBrowser,
  crash,
  signInRow,
  relayRow,
  npmStart,
];
