import type { OnvifEvent } from '../../core/onvif/event.ts';
import type { Camera, VideoEncoderState } from '../camera.ts';
import { channelOfKind } from '../channel-kind.ts';
import type { Figure } from '../motion/figure.ts';
import type { StorageFacts } from '../profiles/profile.ts';
import { createEventStore, type EventStore } from './event-store.ts';
import { createFootage, type Footage } from './footage.ts';
import { createHistory } from './history.ts';
import { jobStateOf, type TrackSource, writerOf } from './job-state.ts';
import { emptyJournal, keepEvent } from './journal.ts';
import {
  firstTracks,
  type KeptRecordings,
  type RecordedTrack,
  type Recording,
  type RecordingJob,
} from './recordings.ts';
import { recordingToken } from './replay-path.ts';
import { type Piece, piecesBetween } from './span.ts';
import { topics } from './topics.ts';

/** What records, and what was recorded. */
export interface Recorder {
  readonly facts: StorageFacts;
  readonly kept: KeptRecordings;
  /** What was before the lens of a channel; 0: of the camera itself. */
  footage(channel: number): Footage;
  readonly events: EventStore;
  /** The camera's clock, encoders, profiles or jobs may have changed: begin and end what follows from it. */
  follow(): void;
  /** Power came or went. */
  start(): void;
  stop(): void;
  /** This came before the lens, in place of what was there; undefined: nothing moves any more. */
  moved(figure: Figure | undefined, channel: number): void;
  /** The lens looks elsewhere. */
  looked(): void;
  /** What of a track is still on the card. */
  pieces(recording: Recording, track: RecordedTrack, from?: number, to?: number): Piece[];
  /** Does a job fill this track at the moment? */
  recording(track: RecordedTrack): boolean;
  /** What a job can take from a media profile for a type of track; a string says why it cannot. */
  source(profile: string, track: RecordedTrack): TrackSource;
}

/** What a recorder needs of its camera. */
export type RecordedCamera = Pick<
  Camera,
  'name' | 'profile' | 'identity' | 'clock' | 'state' | 'scene' | 'events' | 'save'
>;

const stateKey = 'recordings';
/** Part of the card that holds footage; the rest is for its own book-keeping. */
const usable = 0.9;
const audioKbps = 64;
/** The card is overwritten file by file. */
const fileMs = 600_000;
/** A jump of the camera's clock larger than this begins anew. */
const jumpMs = 1000;
const mostPassings = 1000;
const mostLooks = 1000;
const mostSpans = 100;
/** Samples of a moving lens. */
const lookStepMs = 200;
/** Events alone make the state be written so often. */
const writeEveryMs = 30_000;

/** The recorder of a model that has a card; it opens nothing. */
export function createRecorder(camera: RecordedCamera, facts: StorageFacts): Recorder {
  const { profile, identity, state } = camera;
  const { clock } = camera;
  const now = () => clock.now();
  const channels = profile.channels ? Array.from({ length: profile.channels }, (_, at) => at + 1) : [0];
  const mainOf = (channel: number) =>
    profile.streams.find((one) => (one.channel ?? 0) === channel) ?? profile.streams[0];
  const rateKbps = channels.reduce((sum, channel) => sum + mainOf(channel).bitrateKbps + audioKbps, 0);
  const capacityMs = Math.floor((facts.sizeGb * 8e6 * usable * 1000) / rateKbps);
  const histories = new Map(
    channels.map((channel) => {
      const here = profile.topics.map(({ kind }) => channelOfKind(kind)).filter((one) => one.channel === channel);
      const seed = channel === 0 ? identity.serial : `${identity.serial} channel ${channel}`;
      return [channel, createHistory(seed, [...new Set(here.map(({ kind }) => kind))], profile.ptz)] as const;
    }),
  );
  let running = true;
  let writtenAt = now();

  const kept = (): KeptRecordings => {
    state.extra[stateKey] ??= firstState();
    return state.extra[stateKey] as KeptRecordings;
  };

  /** A camera that has been recording for as long as its card lasts, but for one time without power. */
  function firstState(): KeptRecordings {
    const at = now();
    const from = Math.ceil((at - capacityMs) / fileMs) * fileMs;
    const share = (identity.hue + 60) / 480;
    const darkFrom = Math.round(from + (at - from) * share);
    const darkTo = darkFrom + (4 + (identity.hue % 17)) * 60_000;
    const spans = (encoder: VideoEncoderState | undefined) =>
      [
        { from, to: darkFrom },
        { from: darkTo, to: at },
        // Named one by one: what a spread makes may have a hidden class of its own, dearer than the span.
      ].map(({ from, to }) => ({ from, to, offsetMs: state.clockOffsetMs, encoder: encoder && { ...encoder } }));
    const first = channels.map((channel) => {
      const main = mainOf(channel);
      const encoder = encoderOf(main.profileToken);
      const tracks = firstTracks()
        .filter(({ type }) => type !== 'Audio' || profile.audio)
        .map((track) => ({ ...track, spans: spans(track.type === 'Video' ? encoder : undefined) }));
      const name = channel === 0 ? state.deviceName : `Channel ${channel}`;
      return {
        profile: main.profileToken,
        recording: {
          token: recordingToken(facts, channel),
          source: { id: '', name, location: '', description: '', address: '' },
          content: main.profileName,
          retentionMs: 0,
          ...(channel === 0 ? {} : { channel }),
          tracks,
        },
      };
    });
    return {
      installedAt: at,
      aliveAt: at,
      recordings: first.map(({ recording }) => recording),
      jobs: first.map(({ profile, recording: { token, tracks } }, i) => ({
        token: `RecordingJob_${i + 1}`,
        recording: token,
        mode: 'Active' as const,
        priority: 1,
        sources: [{ profile, tracks: tracks.map((one) => ({ tag: one.type, destination: one.token })) }],
      })),
      journal: emptyJournal(),
      passings: [],
      looks: [],
      made: channels.length,
      replayTimeoutMs: 60_000,
    };
  }

  const mediaProfileOf = (token: string) => state.mediaProfiles.find((one) => one.token === token);
  const encoderOf = (token: string): VideoEncoderState | undefined => {
    const wanted = mediaProfileOf(token)?.videoEncoderConfiguration;
    return state.videoEncoders.find((one) => one.token === wanted);
  };

  const source = (token: string, track: RecordedTrack): TrackSource => {
    const media = mediaProfileOf(token);
    if (!media) return { error: 'No such profile' };
    if (track.type === 'Audio') return media.audioEncoderConfiguration === undefined ? {} : { data: {} };
    if (track.type === 'Metadata') return media.metadataConfiguration === undefined ? {} : { data: {} };
    const encoder = encoderOf(token);
    if (!encoder) return {};
    const coded = track.spans.find((span) => span.encoder)?.encoder?.encoding;
    // All recorded data of a track has the same encoding (Recording Control §5.1).
    if (coded !== undefined && coded !== encoder.encoding) return { error: 'Incompatible Stream' };
    return { data: { encoder } };
  };

  const raise = (topic: string, source: Record<string, string>, data: Record<string, string>, at?: number) =>
    camera.events.raise({ topic, operation: 'Changed', source, data, ...(at === undefined ? {} : { utcTime: at }) });

  const isRecording = (track: RecordedTrack) => track.spans.some(({ to }) => to === null);

  function open(track: RecordedTrack, encoder: VideoEncoderState | undefined) {
    if (track.spans.length >= mostSpans) track.spans.shift();
    const from = now();
    track.spans.push({
      from,
      to: null,
      offsetMs: state.clockOffsetMs,
      ...(encoder ? { encoder: { ...encoder } } : {}),
    });
  }

  /** End what is being recorded, at the time the camera's clock would show had nobody set it. */
  function close(track: RecordedTrack, at?: number) {
    for (const span of track.spans)
      if (span.to === null) span.to = Math.max(span.from, at ?? now() - state.clockOffsetMs + span.offsetMs);
  }

  function followTrack(recording: Recording, track: RecordedTrack) {
    const writer = running ? writerOf(kept().jobs, recording, track, source) : undefined;
    const open_ = track.spans.find(({ to }) => to === null);
    if (open_ && writer) {
      const jumped = Math.abs(open_.offsetMs - state.clockOffsetMs) > jumpMs;
      if (!jumped && sameEncoder(open_.encoder, writer.encoder)) {
        open_.offsetMs = state.clockOffsetMs;
        return;
      }
    } else if (!open_ && !writer) return;
    close(track);
    if (writer) {
      const last = track.spans.at(-1);
      open(track, writer.encoder);
      // A new coding of the same recording goes on without a gap.
      if (last && open_ && last === open_ && last.to !== null && last.offsetMs === state.clockOffsetMs)
        track.spans.at(-1)!.from = last.to;
    }
    raise(
      topics.trackState,
      { RecordingToken: recording.token, Track: track.token },
      { IsDataPresent: String(!!writer) },
    );
  }

  function follow() {
    const { recordings, jobs } = kept();
    for (const recording of recordings) {
      for (const track of recording.tracks) followTrack(recording, track);
      const on = recording.tracks.some(isRecording);
      raise(topics.recordingState, { RecordingToken: recording.token }, { IsRecording: String(on) });
    }
    for (const job of jobs) raise(topics.jobState, { RecordingJobToken: job.token }, { State: stateOf(job) });
    kept().aliveAt = now();
  }

  const stateOf = (job: RecordingJob) => jobStateOf(job, kept(), source, running).state;

  function keep(event: OnvifEvent) {
    if (event.operation === 'Deleted' || event.topic.startsWith('tns1:RecordingHistory/')) return;
    keepEvent(kept().journal, event, now());
    write();
  }

  /** Keep what happened, though not at once each time. */
  function write() {
    const at = now() - state.clockOffsetMs;
    if (Math.abs(at - writtenAt) < writeEveryMs) return;
    writtenAt = at;
    camera.save();
  }

  const earliest = (recording: Recording) => {
    const limitMs = recording.retentionMs > 0 ? Math.min(recording.retentionMs, capacityMs) : capacityMs;
    return Math.ceil((now() - limitMs) / fileMs) * fileMs;
  };

  const footages = new Map(
    channels.map((channel) => [channel, createFootage(kept, histories.get(channel)!, now, channel)] as const),
  );

  const recorder: Recorder = {
    facts,
    get kept() {
      return kept();
    },
    footage: (channel) => footages.get(channel) ?? footages.values().next().value!,
    events: createEventStore({ profile, kept, histories, now, pieces: (...asked) => recorder.pieces(...asked) }),
    follow,
    start() {
      running = true;
      recorder.looked();
      follow();
    },
    stop() {
      follow();
      running = false;
      for (const recording of kept().recordings) for (const track of recording.tracks) close(track);
      for (const channel of channels) recorder.moved(undefined, channel);
      kept().aliveAt = now();
    },
    moved(figure, channel) {
      const { passings } = kept();
      const last = passings.findLast(([, , of = 0]) => of === channel);
      // Who was there for no time at all was not there.
      if (last && last[1] === null && last[0] === now()) passings.splice(passings.lastIndexOf(last), 1);
      else if (last && last[1] === null) last[1] = Math.max(last[0], now());
      if (!figure) return;
      if (passings.length >= mostPassings) passings.shift();
      passings.push([now(), null, channel, figure]);
    },
    looked() {
      if (!profile.ptz) return;
      const { looks } = kept();
      const { pan, tilt, zoom } = camera.scene.ptz;
      const at = now();
      const before = looks.at(-2);
      if (looks.length > 1 && before && at - before[0] < lookStepMs) looks.pop();
      if (looks.length >= mostLooks) looks.shift();
      looks.push([at, pan, tilt, zoom]);
    },
    pieces: (recording, track, from = 0, to = Number.POSITIVE_INFINITY) =>
      piecesBetween(track.spans, Math.max(from, earliest(recording)), to, now()),
    recording: isRecording,
    source,
  };

  // A state from before that says it is still being recorded: the power went without a word.
  if (state.extra[stateKey] !== undefined) {
    const { recordings, aliveAt, passings, journal } = kept();
    const lastAt = Math.max(aliveAt, journal.entries.at(-1)?.[0] ?? 0);
    for (const recording of recordings) for (const track of recording.tracks) close(track, lastAt);
    for (const passing of passings) passing[1] ??= Math.max(passing[0], lastAt);
  }
  follow();
  camera.events.subscribe(keep);
  return recorder;
}

const sameEncoder = (a: VideoEncoderState | undefined, b: VideoEncoderState | undefined) =>
  JSON.stringify(a) === JSON.stringify(b);
