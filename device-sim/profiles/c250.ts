import type { Profile } from './profile.ts';
import { belowFiveMegapixels, fiveMegapixels, mainStream, minorStream, vigi, vigiSources, vigiTopics } from './vigi.ts';

/** VIGI C250: dome, 5 MP. */
export const c250: Profile = {
  ...vigi,
  name: 'c250',
  model: 'C250',
  marketName: 'VIGI C250',
  firmware: '2.2.3 Build 260624 Rel.34889n',
  streams: [mainStream(fiveMegapixels, belowFiveMegapixels), minorStream()],
  scene: 'shop',
  ptz: false,
  audio: true,
  topics: vigiTopics,
  sources: [
    ...vigiSources,
    'name: seen in alarm pushes of a C250',
    'firmware: seen on a VIGI camera, model unknown',
    'frame size: usual for 5 MP',
  ],
};
