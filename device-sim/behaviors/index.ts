import type { Behavior } from '../onvif/behavior.ts';
import { analytics } from './analytics.ts';
import { device } from './device.ts';
import { deviceCertificates } from './device-certificates.ts';
import { deviceIo, deviceRelays } from './device-io.ts';
import { deviceNetwork } from './device-network.ts';
import { deviceSystem } from './device-system.ts';
import { deviceUsers } from './device-users.ts';
import { eventBrokers } from './event-brokers.ts';
import { events } from './events.ts';
import { imagingBehavior } from './imaging.ts';
import { masks2 } from './masks.ts';
import { media } from './media.ts';
import { mediaConfigurations } from './media-configurations.ts';
import { media2 } from './media2.ts';
import { osd, osd2 } from './osd.ts';
import { ptz } from './ptz.ts';
import { ptzTours } from './ptz-tours.ts';
import { recording } from './recording.ts';
import { recordingJobs } from './recording-jobs.ts';
import { replayControl } from './replay-control.ts';
import { search } from './search.ts';

/** What every simulated camera does; each service asks the model whether it has it. */
export const standardBehaviors: readonly Behavior[] = [
  device,
  deviceSystem,
  deviceNetwork,
  deviceUsers,
  deviceRelays,
  deviceCertificates,
  media,
  mediaConfigurations,
  osd,
  media2,
  osd2,
  masks2,
  events,
  eventBrokers,
  imagingBehavior,
  ptz,
  ptzTours,
  analytics,
  deviceIo,
  recording,
  recordingJobs,
  search,
  replayControl,
];
