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

/** InSight S445: metal turret, 4 MP. */
export const s445: Profile = {
  ...vigi,
  name: 's445',
  model: 'S445',
  marketName: 'InSight S445',
  firmware: '3.3.2 Build 260708',
  streams: [mainStream(fourMegapixels, belowFourMegapixels), minorStream()],
  scene: 'shop',
  ptz: false,
  audio: true,
  storage: vigiCard,
  topics: vigiTopics,
  sources: [...vigiSources, 'firmware, both streams, discovery names: seen on an S445'],
};
