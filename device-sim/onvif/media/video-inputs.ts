import type { Camera } from '../../camera.ts';
import { tokens } from '../../state/new-state.ts';

/** A video source and its configuration: one of a camera, one a channel of a recorder. */
export interface VideoInput {
  source: string;
  configuration: string;
}

export const videoInputs = ({ profile }: Pick<Camera, 'profile'>): VideoInput[] =>
  profile.channels ? Array.from({ length: profile.channels }, (_, at) => videoInputOf(at + 1)) : [videoInputOf(0)];

/** By channel; 0 is a camera's only one. */
export const videoInputOf = (channel: number): VideoInput =>
  channel === 0
    ? { source: tokens.videoSource, configuration: tokens.videoSourceConfiguration }
    : { source: `${tokens.videoSource}_${channel}`, configuration: `${tokens.videoSourceConfiguration}_${channel}` };
