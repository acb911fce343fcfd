import type { Camera } from '../../camera.ts';

/** Media profiles a camera holds: the fixed ones and a few of its clients. */
export const maxMediaProfiles = (camera: Camera): number => camera.profile.streams.length + 6;

export const qualityRange = [1, 6] as const;
export const govLengthRange = [1, 250] as const;
export const h264Profiles = ['Baseline', 'Main', 'High'] as const;
