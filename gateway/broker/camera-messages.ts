import { statusPayload, telemetryPayload } from '../../core/mqtt/payloads.ts';
import { type OnvifEvent, parseBrokerEvent } from '../../core/onvif/event.ts';
import type { Log } from '../../core/runtime/log.ts';
import type { EventIntake, EventSource } from '../events/intake.ts';
import type { BrokerListener } from './broker.ts';

/** What camera messages mean to the rest of the gateway. */
export interface CameraMessageTargets {
  cameras: {
    paired(serial: string): EventSource | undefined;
    setConnected(serial: string, connected: boolean): void;
    setStatus(serial: string, online: boolean): void;
    alive(serial: string): void;
  };
  intake: Pick<EventIntake, 'take'>;
  homeAssistant: { started(): void };
  log: Log;
}

/** An event's JSON is small; a longer one is nobody's. */
const maxEventBytes = 16 * 1024;
const maxItems = 32;
const maxTextLength = 256;

const cut = (items: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(items)
      .slice(0, maxItems)
      .map(([name, value]) => [name.slice(0, maxTextLength), value.slice(0, maxTextLength)]),
  );

const bounded = (event: OnvifEvent): OnvifEvent => ({
  ...event,
  topic: event.topic.slice(0, maxTextLength),
  source: cut(event.source),
  ...(event.key ? { key: cut(event.key) } : {}),
  data: cut(event.data),
});

const json = (payload: Buffer): unknown => {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
};

/**
 * Takes what paired cameras publish. A message that makes no sense is acknowledged and dropped: refusing it would only
 * make the camera send it again for ever.
 */
export function listenToCameras({ cameras, intake, homeAssistant, log }: CameraMessageTargets): BrokerListener {
  const dropped = (serial: string, what: string) =>
    log.warn({ camera: serial, what }, 'a message makes no sense and is dropped');
  return {
    connected: (serial, connected) => cameras.setConnected(serial, connected),
    homeAssistantStarted: () => homeAssistant.started(),
    uplink(serial, uplink, payload) {
      switch (uplink.type) {
        case 'status': {
          const status = statusPayload.safeParse(json(payload));
          if (!status.success) return dropped(serial, 'status');
          cameras.setStatus(serial, status.data.online);
          if (status.data.online) cameras.alive(serial);
          return;
        }
        case 'telemetry':
          if (!telemetryPayload.safeParse(json(payload)).success) return dropped(serial, 'telemetry');
          return cameras.alive(serial);
        case 'reply':
          return cameras.alive(serial);
        case 'event': {
          // A deleted property: an empty payload on its topic; there is nothing in it to store.
          if (payload.length === 0) return;
          const event =
            payload.length <= maxEventBytes ? parseBrokerEvent(uplink.path, payload.toString('utf8')) : undefined;
          if (!event) return dropped(serial, 'event');
          const camera = cameras.paired(serial);
          if (!camera) return;
          cameras.alive(serial);
          return intake.take(camera, bounded(event), 'mqtt');
        }
      }
    },
  };
}
