import type { Profile } from './profile.ts';
import {
  areaTopics,
  belowFourMegapixels,
  fourMegapixels,
  mainStream,
  minorStream,
  vigi,
  vigiCard,
  vigiSources,
  vigiTopics,
} from './vigi.ts';

/** VIGI C440: full-colour turret, 4 MP, microphone and speaker. */
export const c440: Profile = {
  ...vigi,
  name: 'c440',
  model: 'C440',
  marketName: 'VIGI C440',
  firmware: '2.2.3 Build 260624 Rel.34889n',
  streams: [mainStream(fourMegapixels, belowFourMegapixels), minorStream()],
  scene: 'gate',
  ptz: false,
  audio: true,
  storage: vigiCard,
  topics: [...vigiTopics.filter(({ kind }) => !areaTopics.some((area) => area.kind === kind)), ...areaTopics],
  sources: [
    ...vigiSources,
    'items IsRegionEntrance and IsUnattendedBaggage: home-assistant/core 124968',
    'their topics: by the form of the other detectors',
    'firmware: seen on a VIGI camera, model unknown',
  ],
};
