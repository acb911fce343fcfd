import type { Clock } from '../../core/runtime/clock.ts';
import type { Camera } from '../camera.ts';
import { extentOf } from '../recording/markup.ts';
import type { Recording } from '../recording/recordings.ts';
import { recordingOfPath } from '../recording/replay-path.ts';
import { RtspError } from '../rtsp/message.ts';
import type { PictureLibrary } from '../video/picture-library.ts';
import { type Extent, formatClockTime } from './play-request.ts';
import { ReplaySession } from './replay-session.ts';
import { type ReplayTrack, replayTracks } from './replay-tracks.ts';

/** What RTSP says in a Require header when it wants what is built here (Streaming §6.4). */
export const replayFeature = 'onvif-replay';

/** Recordings of one camera as RTSP plays them. */
export interface Replays {
  /** The recording a path names. */
  find(path: string): Recording | undefined;
  tracks(recording: Recording): ReplayTrack[];
  /** The SDP's range: by the clock, or for an address that names a window counted from its beginning. */
  range(recording: Recording, window: Partial<Extent>): string;
  /** Throws 429 when the model plays one at a time and somebody else is at it. */
  open(recording: Recording): ReplaySession;
  close(session: ReplaySession): void;
  /** Milliseconds after which a silent session ends. */
  readonly timeoutMs: number;
}

/** Undefined for a camera that records nothing. */
export function createReplays(
  camera: Camera,
  library: PictureLibrary,
  clock: Clock,
  fill: boolean,
): Replays | undefined {
  const { recorder } = camera;
  if (!recorder) return undefined;
  const source = { camera, recorder, library, fill };
  const open = new Set<ReplaySession>();
  return {
    find: (path) => recordingOfPath(recorder, path),
    tracks: (recording) => replayTracks(recording, source),
    range(recording, window) {
      const whole = extentOf(recorder, recording);
      if (!whole) throw new RtspError(404);
      const [from, to] = [Math.max(whole.from, window.from ?? 0), Math.min(whole.to, window.to ?? whole.to)];
      const named = window.from !== undefined || window.to !== undefined;
      return named
        ? `npt=0-${((to - from) / 1000).toFixed(3)}`
        : `clock=${formatClockTime(from)}-${formatClockTime(to)}`;
    },
    open(recording) {
      if (open.size > 0 && camera.quirk('single-replay')) throw new RtspError(429);
      const session = new ReplaySession(recording, source, clock, camera.random);
      open.add(session);
      return session;
    },
    close(session) {
      session.pause();
      open.delete(session);
    },
    get timeoutMs() {
      return recorder.kept.replayTimeoutMs;
    },
  };
}
