import type { StorageFacts } from '../profiles/profile.ts';
import type { Recorder } from './recorder.ts';
import type { Recording } from './recordings.ts';

/** Token of the recording a model has from the start: a recorder numbers them by channel. */
export const recordingToken = ({ recordingToken: token }: StorageFacts, channel: number): string =>
  token.replace('{channel}', String(channel));

/** RTSP path of a recording, without the slash: the model's own for the first, or that of its channel. */
export function replayPathOf({ facts }: Recorder, { token, channel = 0 }: Recording): string {
  const path = facts.replayPath.replace('{channel}', String(channel));
  return channel > 0 || token === facts.recordingToken ? path : `${path}/${token}`;
}

/** The recording an RTSP path means. */
export const recordingOfPath = (recorder: Recorder, path: string): Recording | undefined =>
  recorder.kept.recordings.find((one) => replayPathOf(recorder, one) === path);
