import { SoapFault } from '../../core/soap/fault.ts';
import { xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import type { Behavior } from '../onvif/behavior.ts';
import { badConfiguration, readJob } from '../recording/arguments.ts';
import { needJob, needRecording, recorderOf } from '../recording/find.ts';
import { jobStateOf } from '../recording/job-state.ts';
import { jobMarkup, jobStateMarkup } from '../recording/markup.ts';
import type { RecordingJob } from '../recording/recordings.ts';
import { topics } from '../recording/topics.ts';
import { badMode, dropJobState, nextNumber, tell } from './recording.ts';
import { mostJobs, recordingService } from './recording-service.ts';

/** What fills recordings (Recording Control §5.11 to §5.18). */
export const recordingJobs: Behavior = {
  name: 'recording-jobs',
  service: recordingService,
  operations: {
    GetRecordingJobs: (camera) =>
      xml`${recorderOf(camera).kept.jobs.map((job) => xml`<trc:JobItem><tt:JobToken>${job.token}</tt:JobToken>${jobMarkup(job, 'tt:JobConfiguration')}</trc:JobItem>`)}`,

    CreateRecordingJob(camera, args) {
      const given = args.part('JobConfiguration');
      const recording = needRecording(camera, given.text('RecordingToken'));
      const read = readJob(given, camera, recording);
      const { kept } = recorderOf(camera);
      if (kept.jobs.length >= mostJobs)
        throw new SoapFault(['ter:Action', 'ter:MaxRecordingJobs'], `there are ${mostJobs} jobs at most`);
      const job: RecordingJob = { token: `RecordingJob_${nextNumber(camera)}`, ...read };
      kept.jobs.push(job);
      camera.save();
      return xml`<trc:JobToken>${job.token}</trc:JobToken>${jobMarkup(job, 'trc:JobConfiguration')}`;
    },

    DeleteRecordingJob(camera, args) {
      const gone = needJob(camera, args.text('JobToken'));
      const { kept } = recorderOf(camera);
      kept.jobs = kept.jobs.filter((one) => one !== gone);
      dropJobState(camera, gone.token);
      camera.save();
      return undefined;
    },

    GetRecordingJobConfiguration: (camera, args) =>
      jobMarkup(needJob(camera, args.text('JobToken')), 'trc:JobConfiguration'),

    SetRecordingJobConfiguration(camera, args) {
      const job = needJob(camera, args.text('JobToken'));
      const given = args.part('JobConfiguration');
      if (given.text('RecordingToken') !== job.recording) throw badConfiguration('a job stays with its recording');
      Object.assign(job, readJob(given, camera, needRecording(camera, job.recording)));
      changed(camera, job);
      return jobMarkup(job, 'trc:JobConfiguration');
    },

    SetRecordingJobMode(camera, args) {
      const job = needJob(camera, args.text('JobToken'));
      const mode = args.text('Mode');
      if (mode !== 'Idle' && mode !== 'Active') throw badMode(mode);
      job.mode = mode;
      changed(camera, job);
      return undefined;
    },

    GetRecordingJobState(camera, args) {
      const job = needJob(camera, args.text('JobToken'));
      const recorder = recorderOf(camera);
      const states = jobStateOf(job, recorder.kept, recorder.source, true);
      return jobStateMarkup(job.recording, states, 'trc:State');
    },
  },
};

function changed(camera: Camera, job: RecordingJob) {
  const markup = jobMarkup(job, 'tt:Configuration');
  tell(camera, topics.jobConfiguration, { RecordingJobToken: job.token }, markup);
  camera.save();
}
