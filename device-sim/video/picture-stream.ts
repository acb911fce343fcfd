import type { VideoEncoderState } from '../camera.ts';
import type { JpegPicture } from './jpeg/snapshot-coder.ts';
import type { NalUnits } from './nal.ts';

/** One picture, coded completely: NAL units in order, or a JPEG. */
export interface CodedPicture {
  readonly units: NalUnits;
  readonly jpeg?: JpegPicture;
  /** Needs no other picture. */
  readonly keyframe: boolean;
  /** It is shown so much later than its turn, when pictures are not coded in the order they are shown. */
  readonly shownLaterMs?: number;
}

/** Pictures under one configuration. */
export interface PictureStream {
  readonly fps: number;
  /** May time be left out before the next picture? Always, unless pictures are not coded in the order they are shown. */
  readonly maySkip?: boolean;
  /** Is this still the configuration it was made for? */
  fits(wanted: VideoEncoderState): boolean;
  /** The picture taken `at` this time of the camera's own clock; `frozen`: it shows what the one before shows. */
  next(at: number, number: number, keyframeWanted: boolean, frozen?: boolean): CodedPicture;
}
