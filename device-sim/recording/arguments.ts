import type { Camera } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import { profileType } from './markup.ts';
import { type JobSource, longestText, type Recording, type RecordingJob } from './recordings.ts';

export const badConfiguration = (reason: string) => invalidValue(reason, 'ter:BadConfiguration');

const cut = (text: string) => text.slice(0, longestText);

/** A tt:RecordingConfiguration as sent. */
export function readConfiguration(
  args: Arguments,
  camera: Camera,
): Pick<Recording, 'source' | 'content' | 'retentionMs'> {
  const source = args.part('Source');
  if (args.has('Target')) throw badConfiguration('there is no external target');
  const retentionMs = args.duration('MaximumRetentionTime', camera);
  if (retentionMs < 0) throw badConfiguration('MaximumRetentionTime is no time');
  return {
    source: {
      id: cut(source.text('SourceId')),
      name: cut(source.text('Name')),
      location: cut(source.text('Location')),
      description: cut(source.text('Description')),
      address: cut(source.text('Address')),
    },
    content: cut(args.text('Content')),
    retentionMs,
  };
}

export const readDescription = (args: Arguments): string => cut(args.text('Description'));

/** A tt:RecordingJobConfiguration as sent: what it cannot be faults with BadConfiguration. */
export function readJob(args: Arguments, camera: Camera, recording: Recording): Omit<RecordingJob, 'token'> {
  const mode = args.text('Mode');
  if (mode !== 'Idle' && mode !== 'Active') throw badConfiguration(`the mode "${mode}" is neither Idle nor Active`);
  const priority = args.int('Priority');
  if (priority < 0) throw badConfiguration('Priority is 0 or more');
  if (args.has('EventFilter')) throw badConfiguration('recording by events is not offered');
  if (args.optionalAttribute('ScheduleToken')) throw badConfiguration('recording by a schedule is not offered');
  const sources = args.parts('Source').map((source) => readSource(source, camera, recording));
  if (sources.length === 0) throw badConfiguration('a job needs a source');
  return { recording: recording.token, mode, priority, sources };
}

function readSource(args: Arguments, camera: Camera, recording: Recording): JobSource {
  const reference = args.optionalPart('SourceToken');
  if (!reference) throw badConfiguration('a source is a media profile; receivers are not offered');
  // A reference without a type means a receiver (tt:SourceReference).
  if (reference.optionalAttribute('Type') !== profileType) throw badConfiguration('a source is a media profile');
  const profile = reference.text('Token');
  if (!camera.state.mediaProfiles.some(({ token }) => token === profile))
    throw badConfiguration(`there is no media profile "${profile}"`);
  const tracks = args.parts('Tracks').map((track) => ({
    tag: cut(track.text('SourceTag')),
    destination: track.text('Destination'),
  }));
  for (const { destination } of tracks)
    if (!recording.tracks.some(({ token }) => token === destination))
      throw badConfiguration(`there is no track "${destination}" in ${recording.token}`);
  // Without tracks: all of the recording (Recording Control §5.11).
  return {
    profile,
    tracks: tracks.length > 0 ? tracks : recording.tracks.map(({ token, type }) => ({ tag: type, destination: token })),
  };
}
