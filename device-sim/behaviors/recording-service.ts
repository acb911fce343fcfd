import { xml } from '../../core/soap/xml.ts';
import { classified, type Service } from '../onvif/behavior.ts';

/** Tracks of one kind a recording may have, and jobs a camera. */
export const mostTracksOfType = 2;
export const mostJobs = 4;

/** Recording Control (ver10/recording.wsdl). */
export const recordingService: Service = {
  name: 'recording',
  prefix: 'trc',
  version: [23, 12],
  path: (camera) => camera.profile.storage?.paths.recording ?? '',
  offered: (camera) => camera.profile.storage !== undefined,
  uses: ['trc', 'tt'],
  access: classified({
    PRE_AUTH: 'GetServiceCapabilities',
    READ_MEDIA: `GetRecordings GetRecordingConfiguration GetTrackConfiguration GetRecordingJobs
      GetRecordingJobConfiguration GetRecordingJobState GetRecordingOptions ExportRecordedData StopExportRecordedData
      GetExportRecordedDataState ListRecordedSegments ExportRecordedSegments StopExportRecordedSegments`,
    ACTUATE: `CreateRecording DeleteRecording SetRecordingConfiguration CreateTrack DeleteTrack SetTrackConfiguration
      CreateRecordingJob DeleteRecordingJob SetRecordingJobConfiguration SetRecordingJobMode OverrideSegmentDuration`,
  }),
  capabilities(camera, has) {
    const { profile } = camera;
    const most = profile.storage?.maxRecordings ?? 0;
    const dynamic = most > 1;
    const rate = Math.max(...profile.streams.map(({ bitrateRange }) => bitrateRange[1]));
    const codings = [...new Set(profile.streams.map(({ encoding }) => encoding)), ...(profile.audio ? ['G711'] : [])];
    return xml`<trc:Capabilities DynamicRecordings="${String(dynamic && has('CreateRecording'))}" DynamicTracks="${String(dynamic && has('CreateTrack'))}" Encoding="${codings.join(' ')}" MaxRate="${rate}" MaxTotalRate="${rate * most}" MaxRecordings="${most}" MaxRecordingJobs="${mostJobs}" Options="${String(has('GetRecordingOptions'))}" MetadataRecording="true" EventRecording="false" ScheduledRecording="false"/>`;
  },
};
