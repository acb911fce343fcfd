import { eventTopic } from '../../core/mqtt/topics.ts';
import type { Log } from '../../core/runtime/log.ts';
import type { Bus } from '../bus.ts';

/** Stored events for consumers on the broker, and what is going on as retained messages. */
export function republishEvents(options: {
  bus: Bus;
  gatewayId: string;
  cameras: { topicLevelOf(id: string): { level: string; name: string; serial: string | null } | undefined };
  publish(topic: string, payload: object, options: { retain: boolean }): Promise<void>;
  log: Log;
}): Disposable {
  const { bus, gatewayId, cameras, publish, log } = options;
  return bus.subscribe('event', (event) => {
    const camera = cameras.topicLevelOf(event.cameraId);
    if (!camera) return;
    const { id, kind, active, occurredAt } = event;
    publish(
      eventTopic(gatewayId, camera.level, kind),
      { id, kind, active, occurredAt, camera: { id: event.cameraId, name: camera.name, serial: camera.serial } },
      // Only a property has a state that somebody who comes later should find.
      { retain: active !== null },
    ).catch((error: unknown) => log.error({ err: error, event: id }, 'an event could not be published for consumers'));
  });
}
