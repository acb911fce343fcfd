import type { Profile } from './profile.ts';
import { mainStream, minorStream, vigi, vigiCard, vigiSources, vigiTopics } from './vigi.ts';

/** InSight S655I: fisheye, 5 MP; the whole circle in one picture. */
export const s655i: Profile = {
  ...vigi,
  name: 's655i',
  model: 'S655I',
  marketName: 'InSight S655I',
  firmware: '3.1.1 Build 251124 Rel.50306n',
  streams: [
    mainStream(
      [2592, 1944],
      [
        [1920, 1440],
        [1280, 960],
      ],
    ),
    minorStream({
      width: 640,
      height: 480,
      resolutions: [
        [640, 480],
        [320, 240],
      ],
    }),
  ],
  scene: 'car-park',
  ptz: false,
  audio: true,
  storage: vigiCard,
  topics: vigiTopics,
  sources: [...vigiSources, 'firmware: seen on an InSight camera', 'frame sizes: usual for a 5 MP fisheye'],
};
