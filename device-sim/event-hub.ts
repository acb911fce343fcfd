import type { OnvifEvent } from '../core/onvif/event.ts';
import type { Clock } from '../core/runtime/clock.ts';
import type { EventHub } from './camera.ts';

/** Names in the order given, so that `{a, b}` and `{b, a}` stay apart only if a camera means them apart. */
const text = (items: Record<string, string> | undefined) => (items ? JSON.stringify(Object.entries(items)) : '');

/**
 * What makes a property: topic, Source and Key (Core §9.5) and, beyond the specification, the names of its data, since
 * VIGI cameras send `IsTPSmartEvent`, `IsVehicle` and `IsPet` on one topic with one source.
 */
const propertyKey = (event: Pick<OnvifEvent, 'topic' | 'source' | 'key' | 'data'>) =>
  // Joined, for the map keeps it: a template would keep its pieces too.
  [event.topic, text(event.source), text(event.key), Object.keys(event.data).join()].join(' ');

/** The hub of one camera. `clock` is the camera's own; `declared` are its properties at boot. */
export function createEventHub(
  clock: Pick<Clock, 'now'>,
  declared: Pick<OnvifEvent, 'topic' | 'source' | 'data'>[],
): EventHub {
  const properties = new Map<string, OnvifEvent>();
  const listeners = new Set<(event: OnvifEvent) => void>();
  const bootedAt = clock.now();
  for (const { topic, source, data } of declared)
    properties.set(propertyKey({ topic, source, data }), {
      topic,
      source,
      data,
      operation: 'Initialized',
      utcTime: bootedAt,
    });

  return {
    raise({ utcTime, ...given }) {
      const event: OnvifEvent = { ...given, utcTime: utcTime ?? clock.now() };
      if (event.operation !== undefined) {
        const key = propertyKey(event);
        const before = properties.get(key);
        if (event.operation === 'Deleted') {
          if (!properties.delete(key)) return;
        } else {
          if (before && text(before.data) === text(event.data)) return;
          // What a subscriber is told on joining: the value as it stands, since when it stands.
          properties.set(key, { ...event, operation: 'Initialized' });
          event.operation = before ? 'Changed' : 'Initialized';
        }
      }
      for (const listener of [...listeners]) listener(event);
    },
    properties: () => [...properties.values()],
    subscribe(listener) {
      // A function of its own for each subscription, so that one listener may subscribe twice.
      const own = (event: OnvifEvent) => listener(event);
      listeners.add(own);
      return { [Symbol.dispose]: () => void listeners.delete(own) };
    },
  };
}
