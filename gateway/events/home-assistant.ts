import { eventTopic } from '../../core/mqtt/topics.ts';
import { type EventKind, eventKinds } from '../../core/onvif/event.ts';
import { startTimer } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Bus, CameraView } from '../bus.ts';

export interface HomeAssistantOptions {
  bus: Bus;
  gatewayId: string;
  version: string;
  cameras: {
    list(): CameraView[];
    topicLevelOf(id: string): { level: string; name: string } | undefined;
  };
  /** Kinds of event each camera has told of so far, and whether they have an end. */
  kindsSeen(): Promise<{ cameraId: string; kind: string; lasting: boolean }[]>;
  broker: {
    publish(topic: string, payload: object | '', options: { retain: boolean }): Promise<void>;
    /** Remove what is retained below a filter, telling those who listen. */
    clearRetained(filter: string): Promise<void>;
  };
}

/** Classes of Home Assistant's binary sensor. */
const classes: Partial<Record<EventKind, string>> = {
  motion: 'motion',
  tamper: 'tamper',
  intrusion: 'motion',
  'line-cross': 'motion',
  people: 'occupancy',
  vehicle: 'occupancy',
  pet: 'occupancy',
  audio: 'sound',
};
const names: Record<EventKind, string> = {
  motion: 'Motion',
  tamper: 'Tamper',
  intrusion: 'Intrusion',
  'line-cross': 'Line crossing',
  people: 'Person',
  vehicle: 'Vehicle',
  pet: 'Pet',
  smart: 'Smart event',
  audio: 'Sound',
  'digital-input': 'Digital input',
  other: 'Other event',
};
/** How long an event without an end counts as going on, seconds. */
const momentSeconds = 5;
/** Several programs may start at once; they are answered once. */
const answerWithinMs = 2_000;

const isKind = (text: string): text is EventKind => (eventKinds as readonly string[]).includes(text);

/**
 * MQTT discovery of Home Assistant: each camera is a device, each kind of event it tells of a binary sensor, available while
 * the camera is. All of it retained, told anew when Home Assistant says that it has started, and gone with the camera.
 */
export function announceToHomeAssistant(options: HomeAssistantOptions, deps: RuntimeDeps) {
  const { bus, gatewayId, version, cameras, broker } = options;
  const { clock, log, random } = deps;
  /** By camera id: the level it stands under, and its kinds with whether they have an end. */
  const known = new Map<string, { level: string; kinds: Map<EventKind, boolean> }>();
  let answering: Disposable | undefined;

  // Not among the events: who reads those expects nothing else there.
  const availabilityTopic = (level: string) => `homeassistant/vigil_${gatewayId}/${level}/availability`;
  const publish = (topic: string, payload: object | '') =>
    void broker
      .publish(topic, payload, { retain: true })
      .catch((error: unknown) => log.error({ err: error, topic }, 'Home Assistant could not be told'));

  const stateOf = (camera: CameraView) =>
    camera.state === 'online' || camera.state === 'degraded' ? 'online' : 'offline';

  function tellSensor(camera: CameraView, level: string, kind: EventKind, lasting: boolean) {
    const deviceClass = classes[kind];
    publish(`homeassistant/binary_sensor/vigil_${gatewayId}_${level}/${kind}/config`, {
      name: names[kind],
      unique_id: `vigil_${gatewayId}_${camera.id}_${kind}`,
      ...(deviceClass ? { device_class: deviceClass } : {}),
      state_topic: eventTopic(gatewayId, level, kind),
      value_template: "{{ 'OFF' if value_json.active == false else 'ON' }}",
      ...(lasting ? {} : { off_delay: momentSeconds }),
      json_attributes_topic: eventTopic(gatewayId, level, kind),
      availability_topic: availabilityTopic(level),
      availability_template: '{{ value_json.state }}',
      device: {
        identifiers: [`vigil_${gatewayId}_${camera.id}`],
        name: camera.name,
        ...(camera.manufacturer ? { manufacturer: camera.manufacturer } : {}),
        ...(camera.model ? { model: camera.model } : {}),
        ...(camera.firmware ? { sw_version: camera.firmware } : {}),
        ...(camera.serial ? { serial_number: camera.serial } : {}),
        ...(camera.mac ? { connections: [['mac', camera.mac.toLowerCase().replaceAll('-', ':')]] } : {}),
      },
      origin: { name: 'Vigil', sw_version: version },
    });
  }

  function tell(camera: CameraView) {
    const level = cameras.topicLevelOf(camera.id)?.level;
    if (level === undefined) return;
    const before = known.get(camera.id);
    if (before && before.level !== level) forget(camera.id);
    const kinds = before?.kinds ?? new Map<EventKind, boolean>([['motion', true]]);
    known.set(camera.id, { level, kinds });
    publish(availabilityTopic(level), { state: stateOf(camera) });
    for (const [kind, lasting] of kinds) tellSensor(camera, level, kind, lasting);
  }

  function forget(id: string) {
    const gone = known.get(id);
    if (!gone) return;
    known.delete(id);
    for (const kind of gone.kinds.keys())
      publish(`homeassistant/binary_sensor/vigil_${gatewayId}_${gone.level}/${kind}/config`, '');
    publish(availabilityTopic(gone.level), '');
    broker
      .clearRetained(`vigi/${gatewayId}/event/${gone.level}/#`)
      .catch((error: unknown) => log.error({ err: error }, 'retained events of a camera could not be removed'));
  }

  const views = new Map<string, string>();
  const subscriptions = [
    bus.subscribe('camera', (camera) => {
      // A change of what Home Assistant shows; a camera that was merely seen again is none.
      const { id, name, model, manufacturer, serial, mac, firmware } = camera;
      const shown = JSON.stringify([name, model, manufacturer, serial, mac, firmware, stateOf(camera)]);
      if (views.get(id) === shown) return;
      views.set(id, shown);
      tell(camera);
    }),
    bus.subscribe('camera-removed', ({ id }) => {
      views.delete(id);
      forget(id);
    }),
    bus.subscribe('event', ({ cameraId, kind, active }) => {
      const camera = known.get(cameraId);
      if (!camera || !isKind(kind) || camera.kinds.has(kind)) return;
      camera.kinds.set(kind, active !== null);
      const view = cameras.list().find(({ id }) => id === cameraId);
      if (view) tellSensor(view, camera.level, kind, active !== null);
    }),
  ];

  return {
    /** Tell of every camera there is, with the kinds it has told of in earlier runs. */
    async start(): Promise<void> {
      const seen = await options.kindsSeen();
      for (const camera of cameras.list()) {
        const level = cameras.topicLevelOf(camera.id)?.level;
        if (level === undefined) continue;
        const kinds = new Map<EventKind, boolean>([['motion', true]]);
        for (const { cameraId, kind, lasting } of seen)
          if (cameraId === camera.id && isKind(kind)) kinds.set(kind, lasting);
        known.set(camera.id, { level, kinds });
        tell(camera);
      }
    },
    /** Home Assistant has started: what it may have missed is told again, after a little while. */
    started(): void {
      if (answering) return;
      answering = startTimer(clock, Math.round(answerWithinMs * random.unit()), () => {
        answering = undefined;
        for (const camera of cameras.list()) tell(camera);
      });
    },
    [Symbol.dispose]() {
      answering?.[Symbol.dispose]();
      for (const one of subscriptions) one[Symbol.dispose]();
    },
  };
}
