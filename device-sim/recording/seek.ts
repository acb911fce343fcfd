import type { OnvifEvent } from '../../core/onvif/event.ts';
import { bufferBegin, type StoredEvents } from '../onvif/subscription.ts';
import type { Recorder } from './recorder.ts';
import { windows } from './search-events.ts';

/**
 * Stored events from an instant on, forwards to the present or backwards to the beginning (Core §9.2.4, §9.10). The
 * beginning is told when a subscriber asks for, or reads to, what lies before it.
 */
export function storedEvents(recorder: Recorder, at: number, now: number, reverse: boolean): StoredEvents {
  const { begin } = recorder.events;
  const beginning: OnvifEvent = { topic: bufferBegin, utcTime: begin, source: {}, data: {} };

  function* forwards(): Generator<OnvifEvent, void> {
    if (at < begin) yield beginning;
    if (at > now) return;
    for (const { from, to } of windows(Math.max(at, begin), now)) yield* recorder.events.all(from, to);
  }
  function* backwards(): Generator<OnvifEvent, void> {
    if (at >= begin)
      for (const { from, to } of windows(Math.min(at, now), begin)) yield* recorder.events.all(from, to).reverse();
    yield beginning;
  }
  return { events: reverse ? backwards() : forwards(), reverse };
}
