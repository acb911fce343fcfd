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

/** VIGI C540V: pan and tilt, two lenses, 3x varifocal, 4 MP. One picture stands for both lenses here. */
export const c540v: Profile = {
  ...vigi,
  name: 'c540v',
  model: 'C540V',
  marketName: 'VIGI C540V',
  firmware: '2.2.0 Build 250904 Rel.60109n',
  streams: [mainStream(fourMegapixels, belowFourMegapixels), minorStream()],
  scene: 'yard',
  ptz: true,
  presetTours: true,
  audio: true,
  storage: vigiCard,
  topics: vigiTopics,
  sources: [...vigiSources, 'preset tours: chosen', 'firmware, events, refused fractional durations: seen on a C540V'],
};
