import { bufferBegin } from '../onvif/subscription.ts';
import type { TopicDescription } from '../onvif/topic-description.ts';

/** Topics of recordings: what happened to them (Recording Search §6), how they are set (Recording Control §5.28). */
export const topics = {
  recordingState: 'tns1:RecordingHistory/Recording/State',
  trackState: 'tns1:RecordingHistory/Track/State',
  jobState: 'tns1:RecordingConfig/JobState',
  recordingConfiguration: 'tns1:RecordingConfig/RecordingConfiguration',
  trackConfiguration: 'tns1:RecordingConfig/TrackConfiguration',
  jobConfiguration: 'tns1:RecordingConfig/RecordingJobConfiguration',
  deleteTrackData: 'tns1:RecordingConfig/DeleteTrackData',
  createRecording: 'tns1:RecordingConfig/CreateRecording',
  deleteRecording: 'tns1:RecordingConfig/DeleteRecording',
  createTrack: 'tns1:RecordingConfig/CreateTrack',
  deleteTrack: 'tns1:RecordingConfig/DeleteTrack',
} as const;

const recording = { RecordingToken: 'tt:RecordingReference' };
const track = { ...recording, TrackToken: 'tt:TrackReference' };
const message = (
  topic: string,
  source: Record<string, string>,
  data: Record<string, string> = {},
  elements?: Record<string, string>,
): TopicDescription => ({ topic, property: false, source, data, ...(elements ? { elements } : {}) });

export const recordingTopics: readonly TopicDescription[] = [
  {
    topic: topics.recordingState,
    property: true,
    source: { RecordingToken: 'tt:ReferenceToken' },
    data: { IsRecording: 'xs:boolean' },
  },
  {
    topic: topics.trackState,
    property: true,
    source: { RecordingToken: 'tt:ReferenceToken', Track: 'tt:ReferenceToken' },
    data: { IsDataPresent: 'xs:boolean' },
  },
  {
    topic: topics.jobState,
    property: true,
    source: { RecordingJobToken: 'tt:RecordingJobReference' },
    data: { State: 'xs:string' },
    elements: { Information: 'tt:RecordingJobStateInformation' },
  },
  message(topics.recordingConfiguration, recording, {}, { Configuration: 'tt:RecordingConfiguration' }),
  message(topics.trackConfiguration, track, {}, { Configuration: 'tt:TrackConfiguration' }),
  message(
    topics.jobConfiguration,
    { RecordingJobToken: 'tt:RecordingJobReference' },
    {},
    { Configuration: 'tt:RecordingJobConfiguration' },
  ),
  message(topics.deleteTrackData, track, { StartTime: 'xs:dateTime', EndTime: 'xs:dateTime' }),
  message(topics.createRecording, recording),
  message(topics.deleteRecording, recording),
  message(topics.createTrack, track),
  message(topics.deleteTrack, track),
  message(bufferBegin, {}),
];
