import { eventTopic } from '../../core/mqtt/topics.ts';
import type { Log } from '../../core/runtime/log.ts';
import type { Bus, EventView } from '../bus.ts';

/** Stored events for consumers on the broker, and what is going on as retained messages; `states` is how it stood before. */
export function republishEvents(options: {
  bus: Bus;
  gatewayId: string;
  cameras: { topicLevelOf(id: string): { level: string; name: string; serial: string | null } | undefined };
  publish(topic: string, payload: object, options: { retain: boolean }): Promise<void>;
  states(): Promise<EventView[]>;
  log: Log;
}) {
  const { bus, gatewayId, cameras, publish, states, log } = options;
  const republish = (event: EventView) => {
    const camera = cameras.topicLevelOf(event.cameraId);
    if (!camera) return;
    const { id, kind, active, occurredAt } = event;
    publish(
      eventTopic(gatewayId, camera.level, kind),
      { id, kind, active, occurredAt, camera: { id: event.cameraId, name: camera.name, serial: camera.serial } },
      // Only a property has a state that somebody who comes later should find.
      { retain: active !== null },
    ).catch((error: unknown) => log.error({ err: error, event: id }, 'an event could not be published for consumers'));
  };
  const subscription = bus.subscribe('event', republish);
  return {
    /** Retained messages do not outlive the broker: what stands is published again. */
    async start(): Promise<void> {
      for (const event of await states()) republish(event);
    },
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}
