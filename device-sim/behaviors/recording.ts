import { SoapFault } from '../../core/soap/fault.ts';
import { type Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { invalidValue } from '../onvif/arguments.ts';
import type { Behavior } from '../onvif/behavior.ts';
import { badConfiguration, readConfiguration, readDescription } from '../recording/arguments.ts';
import { needRecording, needTrack, recorderOf } from '../recording/find.ts';
import { configurationMarkup, dataOf, instant, recordingItem, trackConfigurationMarkup } from '../recording/markup.ts';
import {
  firstTracks,
  type RecordedTrack,
  type Recording,
  type TrackType,
  trackTypes,
} from '../recording/recordings.ts';
import { topics } from '../recording/topics.ts';
import { mostJobs, mostTracksOfType, recordingService } from './recording-service.ts';

/** Recordings and their tracks (Recording Control §5.4 to §5.10); jobs are in recording-jobs.ts. */
export const recording: Behavior = {
  name: 'recording',
  service: recordingService,
  operations: {
    GetRecordings: (camera) => xml`${recorderOf(camera).kept.recordings.map(recordingItem)}`,

    CreateRecording(camera, args) {
      const recorder = recorderOf(camera);
      onlyDynamic(camera);
      const given = readConfiguration(args.part('RecordingConfiguration'), camera);
      const { kept, facts } = recorder;
      if (kept.recordings.length >= facts.maxRecordings)
        throw new SoapFault(['ter:Action', 'ter:MaxRecordings'], `there are ${facts.maxRecordings} recordings at most`);
      const token = `recording_${nextNumber(camera)}`;
      const tracks = firstTracks().filter(({ type }) => type !== 'Audio' || camera.profile.audio);
      // The time is unlimited at first, whatever was asked for (Recording Control §5.5).
      kept.recordings.push({ token, ...given, retentionMs: 0, tracks });
      tell(camera, topics.createRecording, { RecordingToken: token });
      for (const track of tracks) tell(camera, topics.createTrack, { RecordingToken: token, TrackToken: track.token });
      camera.save();
      return xml`<trc:RecordingToken>${token}</trc:RecordingToken>`;
    },

    DeleteRecording(camera, args) {
      const { kept } = recorderOf(camera);
      const gone = needRecording(camera, args.text('RecordingToken'));
      onlyDynamic(camera);
      for (const track of gone.tracks) deleteData(camera, gone, track);
      for (const job of kept.jobs.filter((one) => one.recording === gone.token)) dropJobState(camera, job.token);
      kept.jobs = kept.jobs.filter((one) => one.recording !== gone.token);
      for (const track of gone.tracks) dropTrackState(camera, gone, track);
      dropState(camera, topics.recordingState, { RecordingToken: gone.token }, 'IsRecording');
      kept.recordings = kept.recordings.filter((one) => one !== gone);
      tell(camera, topics.deleteRecording, { RecordingToken: gone.token });
      camera.save();
      return undefined;
    },

    GetRecordingConfiguration: (camera, args) =>
      configurationMarkup(needRecording(camera, args.text('RecordingToken')), 'trc:RecordingConfiguration'),

    SetRecordingConfiguration(camera, args) {
      const one = needRecording(camera, args.text('RecordingToken'));
      Object.assign(one, readConfiguration(args.part('RecordingConfiguration'), camera));
      tell(camera, topics.recordingConfiguration, { RecordingToken: one.token }, configurationMarkup(one, usualTag));
      camera.save();
      return undefined;
    },

    CreateTrack(camera, args) {
      const to = needRecording(camera, args.text('RecordingToken'));
      onlyDynamic(camera);
      const given = args.part('TrackConfiguration');
      const type = trackTypes.find((one) => one === given.text('TrackType'));
      if (!type || (type === 'Audio' && !camera.profile.audio))
        throw badConfiguration('that kind of track is not offered');
      if (spare(camera, to, type) === 0)
        throw new SoapFault(['ter:Action', 'ter:MaxTracks'], `a recording has at most ${mostTracksOfType} of a kind`);
      const track = { token: freeToken(to, type), type, description: readDescription(given), spans: [] };
      to.tracks.push(track);
      tell(camera, topics.createTrack, { RecordingToken: to.token, TrackToken: track.token });
      camera.save();
      return xml`<trc:TrackToken>${track.token}</trc:TrackToken>`;
    },

    DeleteTrack(camera, args) {
      const from = needRecording(camera, args.text('RecordingToken'));
      const track = needTrack(from, args.text('TrackToken'));
      onlyDynamic(camera);
      deleteData(camera, from, track);
      dropTrackState(camera, from, track);
      from.tracks = from.tracks.filter((one) => one !== track);
      for (const job of recorderOf(camera).kept.jobs.filter((one) => one.recording === from.token))
        for (const source of job.sources)
          source.tracks = source.tracks.filter(({ destination }) => destination !== track.token);
      tell(camera, topics.deleteTrack, { RecordingToken: from.token, TrackToken: track.token });
      camera.save();
      return undefined;
    },

    GetTrackConfiguration: (camera, args) =>
      trackConfigurationMarkup(
        needTrack(needRecording(camera, args.text('RecordingToken')), args.text('TrackToken')),
        'trc:TrackConfiguration',
      ),

    SetTrackConfiguration(camera, args) {
      const of = needRecording(camera, args.text('RecordingToken'));
      const track = needTrack(of, args.text('TrackToken'));
      // The type cannot be changed and is passed over (Recording Control §5.10).
      track.description = readDescription(args.part('TrackConfiguration'));
      const source = { RecordingToken: of.token, TrackToken: track.token };
      tell(camera, topics.trackConfiguration, source, trackConfigurationMarkup(track, usualTag));
      camera.save();
      return undefined;
    },

    GetRecordingOptions(camera, args) {
      const one = needRecording(camera, args.text('RecordingToken'));
      const { kept, facts } = recorderOf(camera);
      const left = Object.fromEntries(trackTypes.map((type) => [type, spare(camera, one, type)])) as Record<
        TrackType,
        number
      >;
      const total = Object.values(left).reduce((sum, count) => sum + count, 0);
      const spareJobs = mostJobs - kept.jobs.length;
      const track =
        facts.maxRecordings > 1 &&
        xml` SpareTotal="${total}" SpareVideo="${left.Video}" SpareAudio="${left.Audio}" SpareMetadata="${left.Metadata}"`;
      return xml`<trc:Options><trc:Job${spareJobs > 0 && xml` Spare="${spareJobs}"`} CompatibleSources="${camera.state.mediaProfiles.map(({ token }) => token).join(' ')}"/><trc:Track${track}/></trc:Options>`;
    },
  },
};

const usualTag = 'tt:Configuration';

/** Raise one of the recording service's messages. */
export function tell(camera: Camera, topic: string, source: Record<string, string>, configuration?: Xml) {
  // Elements of notifications are looked for by their type's name.
  const elements = configuration && { Configuration: configuration.markup };
  camera.events.raise({ topic, source, data: {}, ...(elements ? { elements } : {}) });
}

export function nextNumber(camera: Camera): number {
  const { kept } = recorderOf(camera);
  kept.made += 1;
  return kept.made;
}

function onlyDynamic(camera: Camera) {
  if (recorderOf(camera).facts.maxRecordings > 1) return;
  throw new SoapFault(['ter:ActionNotSupported', 'ter:NotImplemented'], 'the recording of this camera is fixed');
}

const spare = (camera: Camera, { tracks }: Recording, wanted: TrackType) =>
  wanted === 'Audio' && !camera.profile.audio
    ? 0
    : Math.max(0, mostTracksOfType - tracks.filter(({ type }) => type === wanted).length);

const tokenStems: Record<TrackType, string> = { Video: 'VIDEO', Audio: 'AUDIO', Metadata: 'META' };

function freeToken({ tracks }: Recording, type: TrackType): string {
  for (let number = 1; ; number++) {
    const token = `${tokenStems[type]}${String(number).padStart(3, '0')}`;
    if (!tracks.some((one) => one.token === token)) return token;
  }
}

function deleteData(camera: Camera, of: Recording, track: RecordedTrack) {
  const data = dataOf(recorderOf(camera), of, track);
  if (!data) return;
  camera.events.raise({
    topic: topics.deleteTrackData,
    source: { RecordingToken: of.token, TrackToken: track.token },
    data: { StartTime: instant(data.from), EndTime: instant(data.to) },
  });
}

const dropState = (camera: Camera, topic: string, source: Record<string, string>, item: string) =>
  camera.events.raise({ topic, operation: 'Deleted', source, data: { [item]: 'false' } });
const dropTrackState = (camera: Camera, of: Recording, track: RecordedTrack) =>
  dropState(camera, topics.trackState, { RecordingToken: of.token, Track: track.token }, 'IsDataPresent');
export const dropJobState = (camera: Camera, token: string) =>
  dropState(camera, topics.jobState, { RecordingJobToken: token }, 'State');

export const badMode = (mode: string) => invalidValue(`the mode "${mode}" is neither Idle nor Active`, 'ter:BadMode');
