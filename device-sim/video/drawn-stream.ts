import type { Clock } from '../../core/runtime/clock.ts';
import type { VideoEncoderState } from '../camera.ts';
import type { VideoCodec } from './codec.ts';
import { h264 } from './h264/codec.ts';
import { h265 } from './h265/codec.ts';
import type { Shown } from './picture.ts';
import { PictureCoder } from './picture-coder.ts';
import type { PictureLibrary } from './picture-library.ts';
import type { CodedPicture, PictureStream } from './picture-stream.ts';
import { RateControl } from './rate-control.ts';
import type { View } from './scenery.ts';
import { type Filmed, labelsOf, shownOf, viewOf } from './shown.ts';

/** Redrawing a backdrop costs about this much a sample; looking about must not eat a core. */
const redrawMs = (width: number, height: number) => 250 + (width * height) / 2500;

const codecs: readonly VideoCodec[] = [h264, h265];

/** The codec of an encoding that is drawn block by block; undefined for JPEG. */
export const codecOf = (encoding: VideoEncoderState['encoding']): VideoCodec | undefined =>
  codecs.find(({ name }) => name === encoding);

const leastFps = 0.1;

/** Parameter sets, as every IDR carries them and the SDP tells. */
export const parameterSetsOf = (codec: VideoCodec, encoder: VideoEncoderState): readonly Buffer[] =>
  codec.parameterSets({ ...encoder, fps: Math.max(leastFps, encoder.fps) });

const sameLabels = (one: View['labels'], other: View['labels']) =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

/** H.264 or H.265 pictures under one configuration. */
export class DrawnStream implements PictureStream {
  readonly fps: number;
  private readonly encoder: VideoEncoderState;
  private readonly camera: Filmed;
  private readonly library: PictureLibrary;
  private readonly clock: Pick<Clock, 'now'>;
  private readonly codec: VideoCodec;
  private readonly coder: PictureCoder;
  private readonly rate: RateControl | undefined;
  private readonly parameterSets: readonly Buffer[];
  private readonly groupLength: number;
  private view: View;
  private shown: Shown | undefined;
  private viewedAt = Number.NEGATIVE_INFINITY;
  private sinceKeyframe = Number.POSITIVE_INFINITY;

  constructor(
    codec: VideoCodec,
    encoder: VideoEncoderState,
    camera: Filmed,
    library: PictureLibrary,
    clock: Pick<Clock, 'now'>,
    fill: boolean,
  ) {
    this.codec = codec;
    this.encoder = { ...encoder };
    this.camera = camera;
    this.library = library;
    this.clock = clock;
    const { width, height, fps, bitrateKbps, govLength } = encoder;
    this.fps = Math.max(leastFps, fps);
    this.groupLength = Math.max(1, Math.min(govLength, codec.longestGroup));
    this.view = viewOf(camera, camera.clock.now());
    this.coder = new PictureCoder(codec, width, height, this.chooseQp(), library);
    this.rate = bitrateKbps > 0 ? new RateControl(bitrateKbps, this.fps, fill, codec.fillerHeader) : undefined;
    this.parameterSets = parameterSetsOf(codec, encoder);
  }

  fits(wanted: VideoEncoderState): boolean {
    const { encoder } = this;
    return (
      wanted.width === encoder.width &&
      wanted.height === encoder.height &&
      wanted.fps === encoder.fps &&
      wanted.bitrateKbps === encoder.bitrateKbps &&
      wanted.govLength === encoder.govLength &&
      wanted.profile === encoder.profile &&
      wanted.encoding === encoder.encoding
    );
  }

  next(at: number, number: number, keyframeWanted: boolean, frozen = false): CodedPicture {
    if (!frozen || !this.shown) {
      this.look(at);
      this.shown = shownOf(this.camera, at, this.encoder, number, this.view, this.library);
    }
    const { shown } = this;
    const due = keyframeWanted || this.sinceKeyframe + 1 >= this.groupLength;
    const units = this.library.units.begin();
    const keyframe = due || !this.coder.delta(shown);
    if (keyframe) {
      for (const set of this.parameterSets) units.whole(set);
      this.coder.idr(shown);
    }
    this.sinceKeyframe = keyframe ? 0 : this.sinceKeyframe + 1;
    const filler = this.rate?.after(units.sizeBytes);
    if (filler) units.whole(filler);
    this.coder.setCoarseness(this.rate?.coarseness ?? 0);
    return { units: units.take(), keyframe };
  }

  /** Follow the lens and the light, but not faster than backdrops can be drawn. */
  private look(at: number): void {
    const now = this.clock.now();
    if (now - this.viewedAt < redrawMs(this.encoder.width, this.encoder.height)) {
      // Texts are laid over what is drawn.
      const labels = labelsOf(this.camera, at);
      if (!sameLabels(labels, this.view.labels)) this.view = { ...this.view, labels };
      return;
    }
    this.view = viewOf(this.camera, at);
    this.viewedAt = now;
  }

  /** The finest quantiser at which the IDRs take no more than half of the rate. */
  private chooseQp(): number {
    const { width, height, fps, bitrateKbps } = this.encoder;
    const finest = 26;
    const coarsest = 44;
    if (bitrateKbps <= 0) return finest;
    const affordable = ((bitrateKbps * 1000) / 8) * (this.groupLength / fps) * 0.5;
    const needed = this.library.backdrop(this.codec, width, height, finest, this.view).sizeBytes * 1.3;
    if (needed <= affordable) return finest;
    // Six steps of the quantiser take about 40 % off a drawn scene.
    const steps = Math.ceil((6 * Math.log(needed / affordable)) / Math.log(1 / 0.6));
    return Math.min(coarsest, finest + steps);
  }
}
