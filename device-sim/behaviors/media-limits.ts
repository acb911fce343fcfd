import type { Camera } from '../camera.ts';

/** Media profiles a camera holds: the fixed ones and a few of its clients. */
export const maxMediaProfiles = (camera: Camera): number => camera.profile.streams.length + 6;
