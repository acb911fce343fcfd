import { createHash } from 'node:crypto';
import { meaningOf, type OnvifEvent } from '../../core/onvif/event.ts';

export type EventRoute = 'mqtt' | 'pull-point';

/** What an ONVIF event of one camera comes to, before it is stored. */
export interface Sighting {
  kind: string;
  active: boolean | null;
  topic: string;
  /** What of the camera it is about. Kind is part of it: VIGI sends vehicles and pets on one topic with one source. */
  property: string;
  /** By the camera's own clock. */
  saidAt: number;
  /** What the camera said, its time left out. */
  content: string;
  data: Record<string, unknown>;
  operation: OnvifEvent['operation'];
  route: EventRoute;
}

const sorted = (items: Record<string, string> | undefined) =>
  JSON.stringify(Object.entries(items ?? {}).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));

const jsonValue = (text: string) => (text === 'true' ? true : text === 'false' ? false : text);
const jsonItems = (items: Record<string, string> = {}) =>
  Object.entries(items).map(([name, value]) => [name, jsonValue(value)] as const);

/** A deleted property is over; so is one whose data says so. */
export function sightingOf(event: OnvifEvent, route: EventRoute): Sighting {
  const { kind, active } = meaningOf(event);
  const property = `${kind} ${event.topic} ${sorted(event.source)}${event.key ? ` ${sorted(event.key)}` : ''}`;
  return {
    kind,
    active: event.operation === 'Deleted' ? false : (active ?? null),
    topic: event.topic,
    property,
    saidAt: event.utcTime,
    content: `${property} ${sorted(event.data)}`,
    data: Object.fromEntries([...jsonItems(event.source), ...jsonItems(event.key), ...jsonItems(event.data)]),
    operation: event.operation,
    route,
  };
}

/** How a property stands. `heardAt` moves with every message that confirms it. */
export interface Standing {
  active: boolean;
  heardAt: number;
  sighting: Sighting;
}

interface Heard {
  route: EventRoute;
  saidAt: number;
  times: number;
}

/** Topics by which a camera may tell of the motion in its whole picture: one motion, whichever of them say so. */
const wholePicture = /\/CellMotionDetector\/Motion$|VideoSource\/MotionAlarm$/;

/** How many messages of a camera are remembered for telling copies. */
const heardLimit = 512;

/**
 * What the gateway remembers of one camera to tell a copy from news: the same event comes by MQTT and by pull point,
 * comes again after a lost acknowledgement, and properties are repeated at each new subscription.
 */
export class EventMemory {
  readonly standing = new Map<string, Standing>();
  readonly #heard = new Map<string, Heard>();
  /** Property under which the motion of the picture was told last. */
  #motionAs: string | undefined;

  /** News, or why not. Takes note of it either way. */
  judge(seen: Sighting, now: number): 'news' | 'copy' | 'unchanged' {
    const before = seen.active === null ? undefined : this.standing.get(seen.property);
    if (this.#isCopy(seen, before)) {
      if (before && before.active === seen.active) before.heardAt = now;
      return 'copy';
    }
    this.#note(seen);
    if (seen.active === null) {
      // A value told on joining is not a thing that happens.
      return seen.operation === 'Initialized' ? 'unchanged' : 'news';
    }
    if (before?.active === seen.active) {
      before.heardAt = now;
      return 'unchanged';
    }
    this.standing.set(seen.property, { active: seen.active, heardAt: now, sighting: seen });
    // At rest when we first hear of it: nothing has happened.
    if (before === undefined && !seen.active) return 'unchanged';
    // Begun already by another topic, or not over yet by it.
    if (this.goesOnElsewhere(seen)) return 'unchanged';
    if (seen.active && wholePicture.test(seen.topic)) this.#motionAs = seen.property;
    return 'news';
  }

  /** Does another topic say that the very same thing goes on? */
  goesOnElsewhere(seen: Pick<Sighting, 'topic' | 'property'>): boolean {
    return this.#twins(seen).some(({ active }) => active);
  }

  /** The property to store it under: an end goes with its beginning, whichever topic tells it. */
  toldAs(seen: Pick<Sighting, 'topic' | 'property' | 'active'>): string {
    const folded = seen.active === false && this.#motionAs !== undefined && this.#twins(seen).length > 0;
    return folded ? this.#motionAs! : seen.property;
  }

  /** How a property stood when the gateway ended. */
  restore(property: string, standing: Standing): void {
    this.standing.set(property, standing);
    if (standing.active && wholePicture.test(standing.sighting.topic)) this.#motionAs = property;
  }

  /** Properties of other topics about the same motion; none where a camera with several lenses leaves open which. */
  #twins({ topic, property }: Pick<Sighting, 'topic' | 'property'>): Standing[] {
    if (!wholePicture.test(topic)) return [];
    const all = [...this.standing].filter(([, { sighting }]) => wholePicture.test(sighting.topic));
    const others = all.filter(([, { sighting }]) => sighting.topic !== topic);
    const ofOwnTopic = new Set([
      property,
      ...all.filter(([, { sighting }]) => sighting.topic === topic).map(([at]) => at),
    ]);
    const topics = new Set(others.map(([, { sighting }]) => sighting.topic));
    return ofOwnTopic.size === 1 && others.length === topics.size ? others.map(([, standing]) => standing) : [];
  }

  /** How many events of this very content and time there were before it. */
  repeatOf(seen: Sighting): number {
    return (this.#heard.get(copyKey(seen))?.times ?? 1) - 1;
  }

  /** It could not be stored: let it come again. */
  forget(seen: Sighting): void {
    this.#heard.delete(copyKey(seen));
    this.standing.delete(seen.property);
  }

  #isCopy(seen: Sighting, before: Standing | undefined): boolean {
    const exact = this.#heard.get(copyKey(seen));
    // A pull point says nothing twice, and some firmware stamps different moments alike: there the state decides.
    if (exact) return exact.route !== seen.route || seen.route === 'mqtt' || before?.active === seen.active;
    // The two routes of one camera may write the same moment with and without its milliseconds.
    const near = this.#heard.get(nearKey(seen));
    return (
      near !== undefined &&
      near.route !== seen.route &&
      Math.abs(near.saidAt - seen.saidAt) < 1000 &&
      (near.saidAt % 1000 === 0 || seen.saidAt % 1000 === 0)
    );
  }

  #note(seen: Sighting): void {
    const times = (this.#heard.get(copyKey(seen))?.times ?? 0) + 1;
    const heard = { route: seen.route, saidAt: seen.saidAt, times };
    for (const key of [copyKey(seen), nearKey(seen)]) {
      this.#heard.delete(key);
      this.#heard.set(key, heard);
    }
    for (const key of this.#heard.keys()) {
      if (this.#heard.size <= heardLimit) break;
      this.#heard.delete(key);
    }
  }
}

const copyKey = (seen: Sighting) => `${seen.saidAt} ${seen.content}`;
const nearKey = (seen: Sighting) => `~ ${seen.content}`;

/** Names one thing a camera said, the same over routes and restarts. `repeat` tells apart what it stamped alike. */
export const fingerprintOf = (cameraId: string, seen: Sighting, repeat = 0): string =>
  createHash('sha256')
    .update(JSON.stringify([cameraId, seen.saidAt, seen.content, repeat]))
    .digest('base64url')
    .slice(0, 27);
