import type { Clock } from '../../core/runtime/clock.ts';
import type { Log } from '../../core/runtime/log.ts';
import type { VideoEncoderState } from '../camera.ts';
import { longestGroup, pictureParameterSet, sequenceParameterSet } from './h264/parameter-sets.ts';
import { H264PictureCoder } from './h264/picture-coder.ts';
import type { PictureLibrary } from './picture-library.ts';
import { RateControl } from './rate-control.ts';
import type { View } from './scenery.ts';
import { type Filmed, shownOf, viewOf } from './shown.ts';

/** One coded picture, complete: NAL units in order. */
export interface Frame {
  readonly nals: readonly Buffer[];
  readonly keyframe: boolean;
  /** Media time since the source's first picture, milliseconds. */
  readonly mediaMs: number;
  /** When it was taken, by the camera's own clock. */
  readonly takenAt: number;
}

/** One encoder's pictures, shared by all who watch; nothing runs while nobody does. */
export interface FrameSource {
  watch(listener: (frame: Frame) => void): Disposable;
  /** The next picture will be an IDR. */
  requestKeyframe(): void;
  readonly watchers: number;
}

export interface FrameSourceOptions {
  camera: Filmed & { log: Log };
  /** The configuration as it stands: asked before every picture, so a change takes effect with the next one. */
  encoder: () => VideoEncoderState | undefined;
  library: PictureLibrary;
  /** Fill up to the configured bit rate; on unless told otherwise. */
  fill?: boolean;
}

/** Pictures later than this are left out, not sent in a rush. */
const latestMs = 400;
/** Redrawing a backdrop costs about this much a sample; looking about must not eat a core. */
const redrawMs = (width: number, height: number) => 250 + (width * height) / 2500;

export function createFrameSource({ camera, encoder, library, fill = true }: FrameSourceOptions): FrameSource {
  const listeners = new Set<(frame: Frame) => void>();
  let stop: AbortController | undefined;
  let keyframeWanted = false;
  /** Fleet time: `state.clockOffsetMs` moves the camera's clock, and may move it back. */
  const clock: Clock = {
    now: () => camera.clock.now() - camera.state.clockOffsetMs,
    sleep: (ms, signal) => camera.clock.sleep(ms, signal),
  };
  let frameNumber = 0;
  let startedAt: number | undefined;

  async function run(signal: AbortSignal): Promise<void> {
    let stream: EncodedStream | undefined;
    let dueAt = clock.now();
    startedAt ??= dueAt;
    while (!signal.aborted) {
      const wanted = encoder();
      if (!wanted) return;
      if (!stream?.fits(wanted)) stream = new EncodedStream(wanted, camera, library, clock, fill);
      const { nals, keyframe } = stream.next(frameNumber++, keyframeWanted);
      if (keyframe) keyframeWanted = false;
      const frame: Frame = { nals, keyframe, mediaMs: dueAt - startedAt, takenAt: camera.clock.now() };
      for (const listener of [...listeners]) listener(frame);
      dueAt += 1000 / stream.fps;
      const lateMs = clock.now() - dueAt;
      if (Math.abs(lateMs) > latestMs) dueAt += Math.ceil((lateMs * stream.fps) / 1000) * (1000 / stream.fps);
      await clock.sleep(Math.max(0, dueAt - clock.now()), signal);
    }
  }

  return {
    watch(listener) {
      const own = (frame: Frame) => listener(frame);
      listeners.add(own);
      if (!stop) {
        const running = new AbortController();
        stop = running;
        // Not at once: who watches gets its subscription first.
        Promise.resolve()
          .then(() => run(running.signal))
          .catch((error: unknown) => {
            if (!running.signal.aborted) camera.log.error({ reason: (error as Error).stack }, 'the picture stopped');
          })
          .finally(() => {
            if (stop === running) stop = undefined;
          });
      }
      return {
        [Symbol.dispose]() {
          if (!listeners.delete(own) || listeners.size > 0) return;
          stop?.abort();
          stop = undefined;
        },
      };
    },
    requestKeyframe() {
      keyframeWanted = true;
    },
    get watchers() {
      return listeners.size;
    },
  };
}

/** Sequence and picture parameter set, as every IDR carries them and the SDP tells. */
export function parameterSetsOf(encoder: VideoEncoderState): readonly [sps: Buffer, pps: Buffer] {
  const { width, height, profile, bitrateKbps } = encoder;
  const fps = Math.max(leastFps, encoder.fps);
  return [sequenceParameterSet({ profile, width, height, fps, bitrateKbps }), pictureParameterSet()];
}

const leastFps = 0.1;

/** Pictures under one configuration. */
class EncodedStream {
  readonly fps: number;
  private readonly encoder: VideoEncoderState;
  private readonly camera: Filmed;
  private readonly library: PictureLibrary;
  private readonly clock: Pick<Clock, 'now'>;
  private readonly coder: H264PictureCoder;
  private readonly rate: RateControl | undefined;
  private readonly parameterSets: readonly Buffer[];
  private readonly groupLength: number;
  private view: View;
  private viewedAt = Number.NEGATIVE_INFINITY;
  private sinceKeyframe = Number.POSITIVE_INFINITY;

  constructor(
    encoder: VideoEncoderState,
    camera: Filmed,
    library: PictureLibrary,
    clock: Pick<Clock, 'now'>,
    fill: boolean,
  ) {
    this.encoder = { ...encoder };
    this.camera = camera;
    this.library = library;
    this.clock = clock;
    const { width, height, fps, bitrateKbps, govLength } = encoder;
    this.fps = Math.max(leastFps, fps);
    this.groupLength = Math.max(1, Math.min(govLength, longestGroup));
    this.view = viewOf(camera);
    this.coder = new H264PictureCoder(width, height, this.chooseQp(), library);
    this.rate = bitrateKbps > 0 ? new RateControl(bitrateKbps, this.fps, fill) : undefined;
    this.parameterSets = parameterSetsOf(encoder);
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

  next(number: number, keyframeWanted: boolean): { nals: readonly Buffer[]; keyframe: boolean } {
    this.look();
    const shown = shownOf(this.camera, this.encoder, number, this.view, this.library);
    const due = keyframeWanted || this.sinceKeyframe + 1 >= this.groupLength;
    let slices = due ? undefined : this.coder.delta(shown);
    const keyframe = slices === undefined;
    slices ??= this.coder.idr(shown);
    this.sinceKeyframe = keyframe ? 0 : this.sinceKeyframe + 1;
    const nals = keyframe ? [...this.parameterSets, ...slices] : slices;
    let sizeBytes = 0;
    for (const nal of nals) sizeBytes += nal.length + 1;
    const filler = this.rate?.after(sizeBytes);
    this.coder.setCoarseness(this.rate?.coarseness ?? 0);
    return { nals: filler ? [...nals, filler] : nals, keyframe };
  }

  /** Follow the lens and the light, but not faster than backdrops can be drawn. */
  private look(): void {
    const now = this.clock.now();
    if (now - this.viewedAt < redrawMs(this.encoder.width, this.encoder.height)) return;
    this.view = viewOf(this.camera);
    this.viewedAt = now;
  }

  /** The finest quantiser at which the IDRs take no more than half of the rate. */
  private chooseQp(): number {
    const { width, height, fps, bitrateKbps } = this.encoder;
    const finest = 26;
    const coarsest = 44;
    if (bitrateKbps <= 0) return finest;
    const affordable = ((bitrateKbps * 1000) / 8) * (this.groupLength / fps) * 0.5;
    const needed = this.library.backdrop(width, height, finest, this.view).sizeBytes * 1.3;
    if (needed <= affordable) return finest;
    // Six steps of the quantiser take about 40 % off a drawn scene.
    const steps = Math.ceil((6 * Math.log(needed / affordable)) / Math.log(1 / 0.6));
    return Math.min(coarsest, finest + steps);
  }
}
