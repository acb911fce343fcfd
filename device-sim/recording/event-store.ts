import type { OnvifEvent } from '../../core/onvif/event.ts';
import { kindAt } from '../channel-kind.ts';
import type { Profile } from '../profiles/profile.ts';
import type { History } from './history.ts';
import { eventsIn } from './journal.ts';
import type { KeptRecordings, RecordedTrack, Recording } from './recordings.ts';
import { covers, type Piece, sectionsOf } from './span.ts';
import { topics } from './topics.ts';

/** All that was notified, as far as it is kept: before the process began by the seed, since then as it happened. */
export interface EventStore {
  /** What the camera said in [from, to), the earliest first; of a recorder what concerns a channel. */
  ofCamera(from: number, to: number, channel?: number): OnvifEvent[];
  /** Beginnings and ends of a recording in [from, to), with the track each is about. */
  ofRecording(recording: Recording, from: number, to: number): { track: string; event: OnvifEvent }[];
  /** Both, for all recordings: what a pull point can go back to. */
  all(from: number, to: number): OnvifEvent[];
  /** Nothing earlier is kept. */
  readonly begin: number;
}

/** Is an event about this channel, or about none in particular? */
const concerns = ({ source }: OnvifEvent, channel: number) =>
  Object.values(source).every((value) => {
    const named = /^vs(?:conf)?_(\d+)$/.exec(value);
    return !named || Number(named[1]) === channel;
  });

export interface EventStoreParts {
  profile: Profile;
  kept(): KeptRecordings;
  /** By channel; a camera has channel 0 only. */
  histories: ReadonlyMap<number, History>;
  now(): number;
  pieces(recording: Recording, track: RecordedTrack, from?: number, to?: number): Piece[];
}

export function createEventStore({ profile, kept, histories, now, pieces }: EventStoreParts): EventStore {
  /** What the camera would have said of what came by. */
  function madeUp(from: number, to: number): OnvifEvent[] {
    const events: OnvifEvent[] = [];
    const end = Math.min(to, kept().installedAt);
    const passings = [...histories].flatMap(([channel, history]) =>
      history
        .passings(from, end)
        .map((passing) => ({ ...passing, kinds: passing.kinds.map((kind) => kindAt(kind, channel)) })),
    );
    for (const passing of passings) {
      for (const { kind, topic, property, source, item, itemType } of profile.topics) {
        if (!passing.kinds.includes(kind)) continue;
        const value = (on: boolean) =>
          itemType === 'integer' ? String(Math.floor(passing.from / 1000) % 100_000) : String(on);
        const tell = (at: number, on: boolean) => {
          if (at >= from && at < end)
            events.push({
              topic,
              ...(property ? { operation: 'Changed' as const } : {}),
              utcTime: at,
              source,
              data: { [item]: value(on) },
            });
        };
        tell(passing.from, true);
        if (property) tell(passing.to, false);
      }
    }
    return events.filter(({ utcTime }) => powered(utcTime));
  }

  const powered = (at: number) =>
    kept().recordings.length === 0 ||
    kept().recordings.some(({ tracks }) => tracks.some(({ spans }) => covers(spans, at, now())));

  function ofRecording(recording: Recording, from: number, to: number) {
    const found: { track: string; event: OnvifEvent }[] = [];
    const tell = (
      track: string,
      topic: string,
      source: Record<string, string>,
      item: string,
      on: boolean,
      at: number,
    ) => {
      if (at < from || at >= to) return;
      const data = { [item]: String(on) };
      found.push({ track, event: { topic, operation: 'Changed', utcTime: at, source, data } });
    };
    const ends = (all: Piece[], begin: (at: number) => void, end: (at: number) => void, open: boolean) => {
      const sections = sectionsOf(all.sort((a, b) => a.from - b.from));
      for (const [i, section] of sections.entries()) {
        begin(section.from);
        if (!open || i < sections.length - 1) end(section.to);
      }
    };
    const byTrack = recording.tracks.map((track) => ({ track, all: pieces(recording, track) }));
    const isOpen = ({ spans }: RecordedTrack) => spans.some((span) => span.to === null);
    const first = recording.tracks[0]?.token ?? '';
    const source = { RecordingToken: recording.token };
    const state = (on: boolean) => (at: number) => tell(first, topics.recordingState, source, 'IsRecording', on, at);
    ends(
      byTrack.flatMap(({ all }) => all),
      state(true),
      state(false),
      recording.tracks.some(isOpen),
    );
    for (const { track, all } of byTrack) {
      const data = (on: boolean) => (at: number) =>
        tell(track.token, topics.trackState, { ...source, Track: track.token }, 'IsDataPresent', on, at);
      ends(all, data(true), data(false), isOpen(track));
    }
    return found.sort((a, b) => a.event.utcTime - b.event.utcTime);
  }

  const ofCamera = (from: number, to: number, channel?: number) =>
    [...madeUp(from, to), ...eventsIn(kept().journal, from, to)]
      .filter((event) => channel === undefined || concerns(event, channel))
      .sort((a, b) => a.utcTime - b.utcTime);

  return {
    ofCamera,
    ofRecording,
    all: (from, to) =>
      [
        ...ofCamera(from, to),
        ...kept().recordings.flatMap((recording) => ofRecording(recording, from, to).map(({ event }) => event)),
      ].sort((a, b) => a.utcTime - b.utcTime),
    get begin() {
      const { recordings, installedAt } = kept();
      const starts = recordings.flatMap((recording) =>
        recording.tracks.flatMap((track) =>
          pieces(recording, track)
            .slice(0, 1)
            .map(({ from }) => from),
        ),
      );
      return Math.min(installedAt, ...starts);
    },
  };
}
