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

/** VIGI C540: outdoor full-colour pan and tilt camera with tracking, 4 MP. */
export const c540: Profile = {
  ...vigi,
  name: 'c540',
  model: 'C540',
  marketName: 'VIGI C540',
  firmware: '2.2.0 Build 250904 Rel.60109n',
  streams: [mainStream(fourMegapixels, belowFourMegapixels), minorStream()],
  scene: 'car-park',
  ptz: true,
  presetTours: true,
  audio: true,
  storage: vigiCard,
  topics: vigiTopics,
  sources: [
    ...vigiSources,
    'preset tours: chosen',
    'firmware: seen on a C540V',
    'frame size and rate: by those of the S445',
  ],
};
