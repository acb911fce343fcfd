/** A camera as API and feed show it. */
export interface CameraView {
  id: string;
  name: string;
  model: string | null;
  manufacturer: string | null;
  serial: string | null;
  mac: string | null;
  firmware: string | null;
  address: { host: string; port: number };
  state: 'uninitialized' | 'connecting' | 'online' | 'degraded' | 'offline' | 'wrong_password' | 'locked';
  stateDetail: string | null;
  adoptedBy: 'pairing' | 'onvif';
  eventRoute: 'mqtt' | 'pull-point' | null;
  clockOffsetMs: number | null;
  addedAt: string;
  lastSeenAt: string | null;
}

/** A stored event as API and feed show it. */
export interface EventView {
  id: number;
  cameraId: string;
  cameraName: string;
  kind: string;
  active: boolean | null;
  topic: string;
  route: 'mqtt' | 'pull-point';
  occurredAt: string;
  receivedAt: string;
  data: Record<string, unknown>;
}

/** What happens inside the gateway, by name. Stored first, told second. */
export interface BusTopics {
  event: EventView;
  camera: CameraView;
  'camera-removed': { id: string };
  'session-ended': { sessionIds: string[] };
}

export interface Bus {
  publish<K extends keyof BusTopics>(topic: K, message: BusTopics[K]): void;
  subscribe<K extends keyof BusTopics>(topic: K, listener: (message: BusTopics[K]) => void): Disposable;
}

/** In-process publish and subscribe: listeners are called at once, in the order they came; none may throw. */
export function createBus(onError: (error: unknown, topic: string) => void): Bus {
  const listeners = new Map<string, Set<(message: never) => void>>();
  return {
    publish(topic, message) {
      for (const listener of [...(listeners.get(topic) ?? [])]) {
        try {
          listener(message as never);
        } catch (error) {
          onError(error, topic);
        }
      }
    },
    subscribe(topic, listener) {
      const set = listeners.get(topic) ?? new Set();
      listeners.set(topic, set);
      set.add(listener);
      return { [Symbol.dispose]: () => void set.delete(listener) };
    },
  };
}
