import type { VideoEncoderState } from '../camera.ts';
import { noUnits } from './nal.ts';
import type { Shown } from './picture.ts';
import type { PictureLibrary } from './picture-library.ts';
import type { CodedPicture, PictureStream } from './picture-stream.ts';
import { type Filmed, shownOf, viewOf } from './shown.ts';

/** JPEG pictures under one configuration: each stands for itself. */
export class JpegStream implements PictureStream {
  readonly fps: number;
  private readonly encoder: VideoEncoderState;
  private readonly camera: Filmed;
  private readonly library: PictureLibrary;
  private shown: Shown | undefined;

  constructor(encoder: VideoEncoderState, camera: Filmed, library: PictureLibrary) {
    this.encoder = { ...encoder };
    this.camera = camera;
    this.library = library;
    this.fps = Math.max(0.1, encoder.fps);
  }

  fits({ encoding, width, height, fps }: VideoEncoderState): boolean {
    const { encoder } = this;
    return encoding === encoder.encoding && width === encoder.width && height === encoder.height && fps === encoder.fps;
  }

  next(at: number, number: number, _keyframeWanted: boolean, frozen = false): CodedPicture {
    const { width, height } = this.encoder;
    if (!frozen || !this.shown)
      this.shown = shownOf(this.camera, at, this.encoder, number, viewOf(this.camera, at), this.library);
    return { units: noUnits, jpeg: this.library.stills.picture(width, height, this.shown), keyframe: true };
  }
}
