import type { Clock } from '../../core/runtime/clock.ts';
import type { Log } from '../../core/runtime/log.ts';
import type { VideoEncoderState } from '../camera.ts';
import type { PictureFaults } from '../faults/picture-faults.ts';
import { ClipStream } from './clip/clip-stream.ts';
import { codecOf, DrawnStream } from './drawn-stream.ts';
import { JpegStream } from './jpeg-stream.ts';
import type { PictureLibrary } from './picture-library.ts';
import type { CodedPicture, PictureStream } from './picture-stream.ts';
import type { Filmed } from './shown.ts';

export interface Frame extends CodedPicture {
  /** Media time since the source's first picture, milliseconds. */
  readonly mediaMs: number;
  /** What its time stamp says: `mediaMs`, plus what it is shown later than its turn, or wrong by. */
  readonly stampMs: number;
  /** When it was due, by the camera's own clock: in step with `mediaMs`, or players would see time stumble. */
  readonly takenAt: number;
  /** By a fault: it is not to be sent. */
  readonly withheld?: boolean;
}

/** One encoder's pictures, shared by all who watch; nothing runs while nobody does. */
export interface FrameSource {
  /** `ended` is called when the encoder does something else from now on: no picture comes any more. */
  watch(listener: (frame: Frame) => void, ended?: () => void): Disposable;
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
  /** What goes wrong with its pictures. */
  faults?: PictureFaults;
}

/** Pictures later than this are left out, not sent in a rush. */
const latestMs = 400;
/** How often a camera without an encoder looks whether it has got one. */
const idleMs = 1000;

export function createFrameSource({ camera, encoder, library, fill = true, faults }: FrameSourceOptions): FrameSource {
  const listeners = new Map<(frame: Frame) => void, (() => void) | undefined>();
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
    let stream: PictureStream | undefined;
    let dueAt = clock.now();
    startedAt ??= dueAt;
    while (!signal.aborted) {
      const wanted = encoder();
      if (!wanted) {
        for (const ended of [...listeners.values()]) ended?.();
        await clock.sleep(idleMs, signal);
        dueAt = clock.now();
        continue;
      }
      if (!stream?.fits(wanted)) {
        const codec = codecOf(wanted.encoding);
        if (camera.clip) stream = new ClipStream(camera.clip);
        else if (codec) stream = new DrawnStream(codec, wanted, camera, library, clock, fill);
        else stream = new JpegStream(wanted, camera, library);
      }
      const takenAt = dueAt + camera.state.clockOffsetMs;
      const fault = faults?.next();
      const picture = stream.next(takenAt, frameNumber++, keyframeWanted, fault?.frozen);
      if (picture.keyframe) keyframeWanted = false;
      const withheld = picture.keyframe && fault?.withheld === true;
      if (withheld) faults?.keptBack();
      const mediaMs = dueAt - startedAt;
      const stampMs = mediaMs + (picture.shownLaterMs ?? 0) + (fault?.stampOffMs ?? 0);
      const frame: Frame = { ...picture, mediaMs, stampMs, takenAt, ...(withheld ? { withheld } : {}) };
      for (const listener of [...listeners.keys()]) listener(frame);
      const periodMs = 1000 / stream.fps;
      const lateMs = clock.now() - dueAt;
      dueAt += periodMs;
      if (Math.abs(lateMs) > latestMs && stream.maySkip !== false) dueAt += Math.floor(lateMs / periodMs) * periodMs;
      await clock.sleep(Math.max(0, dueAt - clock.now()), signal);
    }
  }

  return {
    watch(listener, ended) {
      const own = (frame: Frame) => listener(frame);
      listeners.set(own, ended);
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
