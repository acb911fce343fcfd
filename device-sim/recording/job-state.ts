import type { VideoEncoderState } from '../camera.ts';
import type { KeptRecordings, RecordedTrack, Recording, RecordingJob } from './recordings.ts';

/** What a media profile has for a track: data, nothing, or something that cannot be recorded there. */
export type TrackSource = { data?: { encoder?: VideoEncoderState }; error?: string };
export type SourceOf = (profile: string, track: RecordedTrack) => TrackSource;

export type JobTrackState = 'Idle' | 'Active' | 'Error';
export type JobState = JobTrackState | 'PartiallyActive';

/** State of a job, of its sources and of their tracks (Recording Control §5.18). */
export interface JobStates {
  state: JobState;
  sources: {
    profile: string;
    state: JobState;
    tracks: { tag: string; destination: string; state: JobTrackState; error?: string }[];
  }[];
}

/** The active job of highest priority that has something for this track, of several alike the first. */
function jobOf(jobs: readonly RecordingJob[], recording: Recording, track: RecordedTrack, source: SourceOf) {
  let best: { job: RecordingJob; profile: string } | undefined;
  for (const job of jobs) {
    if (job.mode !== 'Active' || job.recording !== recording.token) continue;
    const from = job.sources.find(
      (one) =>
        one.tracks.some(({ destination }) => destination === track.token) &&
        source(one.profile, track).data !== undefined,
    );
    if (from && (!best || job.priority > best.job.priority)) best = { job, profile: from.profile };
  }
  return best;
}

/** What is written to a track now. */
export function writerOf(jobs: readonly RecordingJob[], recording: Recording, track: RecordedTrack, source: SourceOf) {
  const found = jobOf(jobs, recording, track, source);
  return found && source(found.profile, track).data;
}

export function jobStateOf(
  job: RecordingJob,
  { recordings, jobs }: Pick<KeptRecordings, 'recordings' | 'jobs'>,
  source: SourceOf,
  running: boolean,
): JobStates {
  const recording = recordings.find(({ token }) => token === job.recording);
  const sources = job.sources.map(({ profile, tracks }) => {
    const states = tracks.map(({ tag, destination }) => {
      const track = recording?.tracks.find(({ token }) => token === destination);
      if (!recording || !track || !running || job.mode === 'Idle') return { tag, destination, state: 'Idle' as const };
      const { error } = source(profile, track);
      if (error !== undefined) return { tag, destination, state: 'Error' as const, error };
      const mine = jobOf(jobs, recording, track, source)?.job === job;
      return { tag, destination, state: mine ? ('Active' as const) : ('Idle' as const) };
    });
    return { profile, state: together(states.map(({ state }) => state)), tracks: states };
  });
  return { state: together(sources.map(({ state }) => state)), sources };
}

/** The rules for what stands above (Recording Control §5.18). */
function together(states: readonly JobState[]): JobState {
  if (states.includes('Error')) return 'Error';
  if (states.every((state) => state === 'Idle')) return 'Idle';
  return states.every((state) => state === 'Active') ? 'Active' : 'PartiallyActive';
}
