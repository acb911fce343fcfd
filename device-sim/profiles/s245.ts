import type { Profile } from './profile.ts';
import {
  belowFourMegapixels,
  fourMegapixels,
  mainStream,
  minorStream,
  vigi,
  vigiCard,
  vigiSources,
  vigiTopics,
} from './vigi.ts';

/** InSight S245: vandal dome, 4 MP. */
export const s245: Profile = {
  ...vigi,
  name: 's245',
  model: 'S245',
  marketName: 'InSight S245',
  firmware: '3.1.1 Build 251124 Rel.50306n',
  streams: [mainStream(fourMegapixels, belowFourMegapixels), minorStream()],
  scene: 'shop',
  ptz: false,
  audio: true,
  storage: vigiCard,
  topics: vigiTopics,
  sources: [...vigiSources, 'name in the local API, events: seen on an S245', 'firmware: seen on an InSight camera'],
};
