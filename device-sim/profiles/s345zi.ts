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

/** InSight S345ZI: bullet with motor zoom, 4 MP. The zoom is not driven over ONVIF here. */
export const s345zi: Profile = {
  ...vigi,
  name: 's345zi',
  model: 'S345ZI',
  marketName: 'InSight S345ZI',
  firmware: '3.1.1 Build 251124 Rel.50306n',
  streams: [mainStream(fourMegapixels, belowFourMegapixels), minorStream()],
  scene: 'gate',
  ptz: false,
  audio: true,
  storage: vigiCard,
  topics: vigiTopics,
  sources: [...vigiSources, 'firmware: seen on an InSight camera'],
};
