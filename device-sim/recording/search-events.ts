import type { OnvifEvent } from '../../core/onvif/event.ts';
import { type Xml, xml } from '../../core/soap/xml.ts';
import { messageMarkup, notificationInside } from '../onvif/notification.ts';
import { instant } from './markup.ts';
import type { Recorder } from './recorder.ts';
import type { Recording } from './recordings.ts';
import { treeOf, type WantedEvents } from './search-scope.ts';
import { covers } from './span.ts';

interface Found {
  recording: string;
  track: string;
  event: OnvifEvent;
}

/** Searches go through the past in steps of this length. */
const stepMs = 6 * 3_600_000;

/** Windows [from, to) from one instant to the other, in the direction of the search; both ends belong to it. */
export function* windows(start: number, end: number): Generator<{ from: number; to: number }> {
  const [first, last] = [Math.min(start, end), Math.max(start, end) + 1];
  const count = Math.max(1, Math.ceil((last - first) / stepMs));
  for (let i = 0; i < count; i++) {
    const at = start <= end ? i : count - 1 - i;
    yield { from: first + at * stepMs, to: Math.min(last, first + (at + 1) * stepMs) };
  }
}

/** Events of recordings between two instants, in the order of the search (Recording Search §5.6). */
export function* findEvents(
  recorder: Recorder,
  recordings: readonly Recording[],
  wanted: WantedEvents,
  { start, end, startState }: { start: number; end: number; startState: boolean },
): Generator<Xml | undefined, void> {
  const passes = ({ event }: Found) =>
    wanted.topics.every((topic) => topic.matches(event.topic)) &&
    (wanted.contents.length === 0 || wanted.contents.every((content) => content(treeOf(messageMarkup(event)))));
  const forward = start <= end;
  const states = (at: number) =>
    statesAt(recorder, recordings, at)
      .filter(passes)
      .map((one) => resultMarkup(one, true));
  if (startState) yield* states(start);
  for (const { from, to } of windows(start, end)) {
    const found = eventsOf(recorder, recordings, from, to);
    if (!forward) found.reverse();
    for (const one of found) yield passes(one) ? resultMarkup(one, false) : undefined;
  }
  // Going back, the state at the far end is told too (Recording Search §5.6).
  if (startState && !forward) yield* states(end);
}

/** All events of [from, to), the earliest first. */
function eventsOf(recorder: Recorder, recordings: readonly Recording[], from: number, to: number): Found[] {
  return recordings
    .flatMap((recording) => [
      ...recorder.events.ofRecording(recording, from, to).map((one) => ({ recording: recording.token, ...one })),
      ...recording.tracks
        .filter(({ type }) => type === 'Metadata')
        .flatMap((track) => {
          const pieces = recorder.pieces(recording, track, from, to);
          return recorder.events
            .ofCamera(from, to, recording.channel)
            .filter(({ utcTime }) => covers(pieces, utcTime, utcTime))
            .map((event) => ({ recording: recording.token, track: track.token, event }));
        }),
    ])
    .sort((a, b) => a.event.utcTime - b.event.utcTime);
}

/** How far back a property's last word is looked for. */
const lookBackMs = 24 * 3_600_000;

/** Virtual events: every property as it stood at an instant. */
function statesAt(recorder: Recorder, recordings: readonly Recording[], at: number): Found[] {
  const last = new Map<string, Found>();
  for (const recording of recordings) {
    const source = { RecordingToken: recording.token };
    // A recording that has not begun stands at rest.
    for (const track of recording.tracks)
      note({
        recording: recording.token,
        track: track.token,
        event: state('tns1:RecordingHistory/Track/State', { ...source, Track: track.token }, 'IsDataPresent'),
      });
    note({
      recording: recording.token,
      track: recording.tracks[0]?.token ?? '',
      event: state('tns1:RecordingHistory/Recording/State', source, 'IsRecording'),
    });
    for (const one of recorder.events.ofRecording(recording, 0, at + 1)) note({ recording: recording.token, ...one });
  }
  for (const one of eventsOf(recorder, recordings, at - lookBackMs, at + 1)) if (one.event.operation) note(one);
  return [...last.values()].map((one) => ({ ...one, event: { ...one.event, operation: 'Initialized', utcTime: at } }));

  function note(one: Found) {
    const { topic, source, data } = one.event;
    last.set(`${one.recording} ${topic} ${JSON.stringify(source)} ${Object.keys(data).join()}`, one);
  }
  function state(topic: string, source: Record<string, string>, item: string): OnvifEvent {
    return { topic, operation: 'Initialized', utcTime: at, source, data: { [item]: 'false' } };
  }
}

const resultMarkup = ({ recording, track, event }: Found, startState: boolean): Xml =>
  xml`<tt:Result><tt:RecordingToken>${recording}</tt:RecordingToken><tt:TrackToken>${track}</tt:TrackToken><tt:Time>${instant(event.utcTime)}</tt:Time><tt:Event>${notificationInside(event)}</tt:Event><tt:StartStateEvent>${String(startState)}</tt:StartStateEvent></tt:Result>`;
