import { formatXsDuration } from '../../core/onvif/duration.ts';
import { Xml, xml } from '../../core/soap/xml.ts';
import type { JobStates } from './job-state.ts';
import type { Recorder } from './recorder.ts';
import type { RecordedTrack, Recording, RecordingJob, SourceWords } from './recordings.ts';

export const profileType = 'http://www.onvif.org/ver10/schema/Profile';

/** An instant in UTC with milliseconds: frames are told apart by them. */
export const instant = (at: number): string => new Date(at).toISOString();

const inside = (tag: string, content: Xml) => xml`${new Xml(`<${tag}>`)}${content}${new Xml(`</${tag}>`)}`;

const sourceMarkup = ({ id, name, location, description, address }: SourceWords) =>
  xml`<tt:Source><tt:SourceId>${id}</tt:SourceId><tt:Name>${name}</tt:Name><tt:Location>${location}</tt:Location><tt:Description>${description}</tt:Description><tt:Address>${address}</tt:Address></tt:Source>`;

/** tt:RecordingConfiguration */
export const configurationMarkup = ({ source, content, retentionMs }: Recording, tag: string): Xml =>
  inside(
    tag,
    xml`${sourceMarkup(source)}<tt:Content>${content}</tt:Content><tt:MaximumRetentionTime>${formatXsDuration(retentionMs)}</tt:MaximumRetentionTime>`,
  );

/** tt:TrackConfiguration */
export const trackConfigurationMarkup = ({ type, description }: RecordedTrack, tag: string): Xml =>
  inside(tag, xml`<tt:TrackType>${type}</tt:TrackType><tt:Description>${description}</tt:Description>`);

/** tt:GetRecordingsResponseItem */
export const recordingItem = (recording: Recording): Xml =>
  xml`<trc:RecordingItem><tt:RecordingToken>${recording.token}</tt:RecordingToken>${configurationMarkup(recording, 'tt:Configuration')}<tt:Tracks>${recording.tracks.map((track) => xml`<tt:Track><tt:TrackToken>${track.token}</tt:TrackToken>${trackConfigurationMarkup(track, 'tt:Configuration')}</tt:Track>`)}</tt:Tracks></trc:RecordingItem>`;

const sourceToken = (profile: string) =>
  xml`<tt:SourceToken Type="${profileType}"><tt:Token>${profile}</tt:Token></tt:SourceToken>`;

/** tt:RecordingJobConfiguration */
export const jobMarkup = ({ recording, mode, priority, sources }: RecordingJob, tag: string): Xml =>
  inside(
    tag,
    xml`<tt:RecordingToken>${recording}</tt:RecordingToken><tt:Mode>${mode}</tt:Mode><tt:Priority>${priority}</tt:Priority>${sources.map(
      ({ profile, tracks }) =>
        xml`<tt:Source>${sourceToken(profile)}${tracks.map(({ tag: name, destination }) => xml`<tt:Tracks><tt:SourceTag>${name}</tt:SourceTag><tt:Destination>${destination}</tt:Destination></tt:Tracks>`)}</tt:Source>`,
    )}`,
  );

/** tt:RecordingJobStateInformation */
export const jobStateMarkup = (recording: string, { state, sources }: JobStates, tag: string): Xml =>
  inside(
    tag,
    xml`<tt:RecordingToken>${recording}</tt:RecordingToken><tt:State>${state}</tt:State>${sources.map(
      (one) =>
        xml`<tt:Sources>${sourceToken(one.profile)}<tt:State>${one.state}</tt:State><tt:Tracks>${one.tracks.map((track) => xml`<tt:Track><tt:SourceTag>${track.tag}</tt:SourceTag><tt:Destination>${track.destination}</tt:Destination>${track.error !== undefined && xml`<tt:Error>${track.error}</tt:Error>`}<tt:State>${track.state}</tt:State></tt:Track>`)}</tt:Tracks></tt:Sources>`,
    )}`,
  );

const trackMarkup = ({ token, type, description }: RecordedTrack, from: number, to: number, tag: string) =>
  inside(
    tag,
    xml`<tt:TrackToken>${token}</tt:TrackToken><tt:TrackType>${type}</tt:TrackType><tt:Description>${description}</tt:Description><tt:DataFrom>${instant(from)}</tt:DataFrom><tt:DataTo>${instant(to)}</tt:DataTo>`,
  );

/** First and last instant of a track's data; undefined when there is none. */
export function dataOf(recorder: Recorder, recording: Recording, track: RecordedTrack) {
  const pieces = recorder.pieces(recording, track);
  return pieces.length === 0 ? undefined : { from: pieces[0]!.from, to: Math.max(...pieces.map(({ to }) => to)) };
}

/** First and last instant of a recording's data. */
export function extentOf(recorder: Recorder, recording: Recording) {
  const all = recording.tracks.flatMap((track) => dataOf(recorder, recording, track) ?? []);
  return all.length === 0
    ? undefined
    : { from: Math.min(...all.map(({ from }) => from)), to: Math.max(...all.map(({ to }) => to)) };
}

/** tt:TrackInformation, or undefined when the track is empty (Recording Search §4.4). */
export function trackInformation(recorder: Recorder, recording: Recording, track: RecordedTrack, tag: string) {
  const data = dataOf(recorder, recording, track);
  return data && trackMarkup(track, data.from, data.to, tag);
}

/** tt:RecordingInformation */
export function informationMarkup(recorder: Recorder, recording: Recording, tag: string): Xml {
  const extent = extentOf(recorder, recording);
  const on = recording.tracks.some((track) => recorder.recording(track));
  const status = on ? 'Recording' : extent ? 'Stopped' : 'Initiated';
  return inside(
    tag,
    xml`<tt:RecordingToken>${recording.token}</tt:RecordingToken>${sourceMarkup(recording.source)}${extent && xml`<tt:EarliestRecording>${instant(extent.from)}</tt:EarliestRecording><tt:LatestRecording>${instant(extent.to)}</tt:LatestRecording>`}<tt:Content>${recording.content}</tt:Content>${recording.tracks.map((track) => trackInformation(recorder, recording, track, 'tt:Track'))}<tt:RecordingStatus>${status}</tt:RecordingStatus>`,
  );
}
