import type { VideoEncoderState } from '../camera.ts';
import type { JpegPicture } from './jpeg/snapshot-coder.ts';

/** One picture, coded completely: NAL units in order, or a JPEG. */
export interface CodedPicture {
  readonly nals: readonly Buffer[];
  readonly jpeg?: JpegPicture;
  /** Needs no other picture. */
  readonly keyframe: boolean;
}

/** Pictures under one configuration. */
export interface PictureStream {
  readonly fps: number;
  /** Is this still the configuration it was made for? */
  fits(wanted: VideoEncoderState): boolean;
  /** The picture taken `at` this time of the camera's own clock; `frozen`: it shows what the one before shows. */
  next(at: number, number: number, keyframeWanted: boolean, frozen?: boolean): CodedPicture;
}
