import { SoapFault } from '../../core/soap/fault.ts';
import type { Camera } from '../camera.ts';
import { invalidValue } from '../onvif/arguments.ts';
import type { Recorder } from './recorder.ts';
import type { RecordedTrack, Recording, RecordingJob } from './recordings.ts';

/** The recorder of a camera that has one: the service is not offered elsewhere. */
export function recorderOf({ recorder }: Camera): Recorder {
  if (!recorder) throw new SoapFault(['ter:ActionNotSupported'], 'nothing is recorded here');
  return recorder;
}

export function needRecording(camera: Camera, token: string, subcode = 'ter:NoRecording'): Recording {
  const found = recorderOf(camera).kept.recordings.find((one) => one.token === token);
  if (!found) throw invalidValue(`there is no recording "${token}"`, subcode);
  return found;
}

export function needTrack(recording: Recording, token: string): RecordedTrack {
  const found = recording.tracks.find((one) => one.token === token);
  if (!found) throw invalidValue(`there is no track "${token}" in ${recording.token}`, 'ter:NoTrack');
  return found;
}

export function needJob(camera: Camera, token: string): RecordingJob {
  const found = recorderOf(camera).kept.jobs.find((one) => one.token === token);
  if (!found) throw invalidValue(`there is no recording job "${token}"`, 'ter:NoRecordingJob');
  return found;
}
