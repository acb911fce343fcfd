import type { Recorder } from './recorder.ts';
import type { Recording } from './recordings.ts';

/** RTSP path of a recording, without the slash: the model's own for its first one. */
export const replayPathOf = ({ facts }: Recorder, { token }: Recording): string =>
  token === facts.recordingToken ? facts.replayPath : `${facts.replayPath}/${token}`;

/** The recording an RTSP path means. */
export const recordingOfPath = (recorder: Recorder, path: string): Recording | undefined =>
  recorder.kept.recordings.find((one) => replayPathOf(recorder, one) === path);
