import type { Profile } from './profile.ts';
import { belowFourMegapixels, fourMegapixels, mainStream, minorStream, vigi, vigiSources, vigiTopics } from './vigi.ts';

/** VIGI C340: outdoor full-colour bullet, 4 MP, microphone and speaker. */
export const c340: Profile = {
  ...vigi,
  name: 'c340',
  model: 'C340',
  marketName: 'VIGI C340',
  firmware: '2.2.0 Build 250926 Rel.53599n',
  streams: [mainStream(fourMegapixels, belowFourMegapixels), minorStream()],
  scene: 'yard',
  ptz: false,
  audio: true,
  topics: vigiTopics,
  sources: [...vigiSources, 'firmware: seen on a C340I', 'frame size and rate: by those of the S445'],
};
