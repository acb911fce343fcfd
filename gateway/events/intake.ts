import { type OnvifEvent, tellsOfItself } from '../../core/onvif/event.ts';
import { startInterval } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Bus, EventView } from '../bus.ts';
import type { Database } from '../store/database.ts';
import { forgetPropertyStates, propertyStates, type StoredEvent, trimEvents } from '../store/events.ts';
import { EventMemory, type EventRoute, fingerprintOf, type Sighting, sightingOf } from './memory.ts';
import { createEventWriter } from './writer.ts';

export interface EventSource {
  id: string;
  name: string;
  /** How far its clock is ahead of ours, where that was measured. */
  clockOffsetMs: number | null;
}

/** Where events of all routes come together: copies dropped, stored first, then told. */
export interface EventIntake extends AsyncDisposable {
  /**
   * Take one event. Resolves when it is safe: stored and committed, or a copy of something that is. Only then may it be
   * acknowledged. Rejects when it could not be stored.
   */
  take(camera: EventSource, event: OnvifEvent, route: EventRoute): Promise<void>;
  /** The camera was removed: its past events stay, what is going on ends with it. */
  forget(cameraId: string): Promise<void>;
  start(): Promise<void>;
}

export interface EventIntakeOptions {
  db: Database;
  bus: Bus;
  /** The camera's name at the moment, for events the gateway raises itself; undefined once it is removed. */
  nameOf(cameraId: string): string | undefined;
  /** Ask a camera to repeat how its properties stand. */
  askAgain(cameraId: string): void;
  /** Something unheard of for this long is asked for again, … */
  askAfterMs?: number;
  /** … and this long after it was last heard of it is closed. */
  closeAfterMs?: number;
  keepForMs?: number;
}

const sweepEveryMs = 30_000;
const trimEveryMs = 60_000;
const trimRows = 2_000;

export function createEventIntake(options: EventIntakeOptions, deps: RuntimeDeps): EventIntake {
  const { db, bus, nameOf, askAgain } = options;
  const { askAfterMs = 5 * 60_000, closeAfterMs = 10 * 60_000, keepForMs = 30 * 86_400_000 } = options;
  const { clock, log } = deps;
  const writer = createEventWriter(db);
  const memories = new Map<string, EventMemory>();
  const timers: Disposable[] = [];

  const memoryOf = (cameraId: string) => {
    const memory = memories.get(cameraId) ?? new EventMemory();
    memories.set(cameraId, memory);
    return memory;
  };

  async function store(camera: EventSource, memory: EventMemory, seen: Sighting, fingerprint: string): Promise<void> {
    const receivedAt = clock.now();
    const event = {
      cameraId: camera.id,
      cameraName: camera.name,
      kind: seen.kind,
      active: seen.active,
      topic: seen.topic,
      route: seen.route,
      property: seen.active === null ? '' : memory.toldAs(seen),
      occurredAt: occurredAt(seen.saidAt, camera.clockOffsetMs ?? 0, receivedAt),
      receivedAt,
      data: seen.data,
      fingerprint,
    };
    const id = await writer.append(event);
    if (id !== undefined) bus.publish('event', viewOf({ ...event, id }));
  }

  /** End what nobody has said the end of. */
  async function sweep() {
    const now = clock.now();
    for (const [cameraId, memory] of memories) {
      for (const [property, standing] of memory.standing) {
        const quietMs = now - standing.heardAt;
        if (!standing.active || quietMs < askAfterMs) continue;
        const name = nameOf(cameraId);
        if (quietMs < closeAfterMs && name !== undefined) askAgain(cameraId);
        else await close(cameraId, name, memory, property, standing.sighting, 'no end was reported');
      }
    }
  }

  async function close(
    cameraId: string,
    name: string | undefined,
    memory: EventMemory,
    property: string,
    last: Sighting,
    why: string,
  ) {
    const now = clock.now();
    memory.standing.set(property, { active: false, heardAt: now, sighting: last });
    // Another topic still says that it goes on: its end is the end.
    if (memory.goesOnElsewhere({ topic: last.topic, property })) return;
    const seen = { ...last, active: false, saidAt: now, property, data: { ...last.data, closedByGateway: why } };
    try {
      await store(
        { id: cameraId, name: name ?? last.topic, clockOffsetMs: null },
        memory,
        seen,
        fingerprintOf(cameraId, { ...seen, content: `closed ${property}` }),
      );
    } catch (error) {
      log.error({ err: error, camera: cameraId }, 'an event that went on for too long could not be closed');
    }
  }

  return {
    async take(camera, event, route) {
      // A boot of a camera with a card tells of five of its recordings: nothing anybody wants to find among the events.
      if (tellsOfItself(event.topic)) return;
      const seen = sightingOf(event, route);
      const memory = memoryOf(camera.id);
      const verdict = memory.judge(seen, clock.now());
      // An acknowledgement must not overtake that of an event before it, nor speak for one that is not committed yet.
      if (verdict !== 'news') return writer.settled();
      try {
        await store(camera, memory, seen, fingerprintOf(camera.id, seen, memory.repeatOf(seen)));
      } catch (error) {
        memory.forget(seen);
        throw error;
      }
    },

    async forget(cameraId) {
      memories.delete(cameraId);
      await forgetPropertyStates(db, cameraId);
    },

    async start() {
      for (const { cameraId, property, active, changedAt, last } of await propertyStates(db)) {
        const sighting = {
          kind: last?.kind ?? 'other',
          active,
          topic: last?.topic ?? '',
          property,
          saidAt: last?.occurredAt ?? changedAt,
          content: property,
          data: last?.data ?? {},
          operation: undefined,
          route: last?.route ?? ('pull-point' as const),
        };
        memoryOf(cameraId).restore(property, { active, heardAt: changedAt, sighting });
      }
      timers.push(startInterval(clock, sweepEveryMs, sweep));
      timers.push(
        startInterval(clock, trimEveryMs, () =>
          trimEvents(db, clock.now() - keepForMs, trimRows).catch((error: unknown) =>
            log.error({ err: error }, 'old events could not be dropped'),
          ),
        ),
      );
    },

    async [Symbol.asyncDispose]() {
      for (const timer of timers) timer[Symbol.dispose]();
      await writer[Symbol.asyncDispose]();
    },
  };
}

/** Oldest time a camera is believed: one whose clock begins in 1970 after a power cut is not. */
const believedForMs = 30 * 86_400_000;

/** The camera's time by our clock; never later than we heard of it. */
function occurredAt(saidAt: number, offsetMs: number, receivedAt: number): number {
  const at = Math.min(Math.round(saidAt - offsetMs), receivedAt);
  return at < receivedAt - believedForMs ? receivedAt : at;
}

/** A stored event as API and feed show it. */
export const viewOf = (event: StoredEvent): EventView => ({
  id: event.id,
  cameraId: event.cameraId,
  cameraName: event.cameraName,
  kind: event.kind,
  active: event.active,
  topic: event.topic,
  route: event.route,
  occurredAt: new Date(event.occurredAt).toISOString(),
  receivedAt: new Date(event.receivedAt).toISOString(),
  data: event.data,
});
