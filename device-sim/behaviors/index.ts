import type { Behavior } from '../onvif/behavior.ts';
import { device } from './device.ts';
import { deviceNetwork } from './device-network.ts';
import { deviceSystem } from './device-system.ts';
import { deviceUsers } from './device-users.ts';
import { eventBrokers } from './event-brokers.ts';
import { events } from './events.ts';
import { media } from './media.ts';
import { mediaConfigurations } from './media-configurations.ts';
import { media2 } from './media2.ts';

/** What every simulated camera does; each service asks the model whether it has it. */
export const standardBehaviors: readonly Behavior[] = [
  device,
  deviceSystem,
  deviceNetwork,
  deviceUsers,
  media,
  mediaConfigurations,
  media2,
  events,
  eventBrokers,
];
