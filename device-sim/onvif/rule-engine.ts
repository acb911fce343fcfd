import { startTimer } from '../../core/runtime/clock.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { parseXml } from '../../core/soap/parse-xml.ts';
import type { XmlElement } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { detectionOf } from '../detection.ts';
import { type SeenObject, seenObject } from '../motion/seen-object.ts';
import type { EventTopicFacts } from '../profiles/profile.ts';
import type { RuleType } from '../profiles/rule-type.ts';
import { allActive, coveredCells, parseActiveCells } from './active-cells.ts';
import { type AnalyticsConfig, counts, ruleIsSet, rules, sourceOf } from './analytics-state.ts';
import type { OnvifContext } from './behavior.ts';
import { crossing, inside, overlap } from './geometry.ts';
import type { Point } from './polygon.ts';
import { ruleFacts, ruleTypeOf } from './rule-types.ts';

/** How finely the way of the moving thing is looked at; a crossing between two looks is seen all the same. */
const stepMs = 100;
/** How far ahead: whoever walks to and fro is back where he began by then. */
const aheadMs = 18_000;
/** Kinds that are somebody's presence; the others are what a detector says, and are taken at their word. */
const presences = ['motion', 'people', 'vehicle', 'pet'];

/** Compares what moves before the lens with the rules of a camera and raises their events. */
export interface RuleEngine extends Disposable {
  /** Rules were made, changed or deleted. */
  rulesChanged(): void;
}

/** One look at the thing that moves, and at where it was at the look before. */
interface Look {
  object: SeenObject | undefined;
  before: SeenObject | undefined;
  /** Fleet clock. */
  at: number;
}
/** What a rule makes of a look: how it stands from then on, and what there is to tell, if anything. */
type Judge = (state: unknown, look: Look) => { state: unknown; tell?: () => void };

interface Watched {
  rule: AnalyticsConfig;
  judge: Judge;
  state: unknown;
}

/**
 * Where things go is known ahead, so the engine does not look ten times a second: it works out the next moment at which
 * a rule has something to tell, and sleeps until then. A thousand cameras with people before them cost a thousand timers.
 */
export function createRuleEngine({ camera, deps }: OnvifContext): RuleEngine {
  let timer: Disposable | undefined;
  let watched: Watched[] = [];
  let before: SeenObject | undefined;
  let lookedAt = 0;

  const objectAt = (at: number) => seenObject(camera, at + camera.state.clockOffsetMs);

  /** Rules as they are now; those that did not change keep what they know. */
  function follow() {
    const knownAs = new Map(watched.map((one) => [JSON.stringify(one.rule), one]));
    watched = rules
      .read(camera)
      .filter((rule) => decidesByPlace(camera, rule))
      .map((rule) => knownAs.get(JSON.stringify(rule)) ?? { rule, judge: judgeOf(camera, rule), state: undefined });
  }

  /** Look on, step by step, until something is to be told or `until` is reached. */
  function ahead(until: number) {
    let at = lookedAt;
    let last = before;
    let states = watched.map(({ state }) => state);
    let tells: (() => void)[] = [];
    while (at < until && tells.length === 0) {
      at = Math.min(at + stepMs, until);
      const object = objectAt(at);
      const look = { at, object, before: last?.id === object?.id ? last : undefined };
      const results = watched.map(({ rule, judge }, index) =>
        judge(states[index], wanted(rule, object) ? look : { ...look, object: undefined }),
      );
      states = results.map(({ state }) => state);
      tells = results.flatMap(({ tell }, index) => (tell ? [whileOn(watched[index]!.rule, tell)] : []));
      last = object;
    }
    return {
      at,
      settle() {
        for (const [index, one] of watched.entries()) one.state = states[index];
        before = last;
        lookedAt = at;
        for (const tell of tells) tell();
      },
    };
  }

  /** A detection that is switched off, or nobody who is there, tells nothing. */
  const whileOn = (rule: AnalyticsConfig, tell: () => void) => () => {
    if (!detectionOf(camera.state, ruleFacts[rule.type as RuleType].detection).enabled) return;
    if (presences.some((kind) => camera.active.has(kind))) tell();
  };

  function plan() {
    timer?.[Symbol.dispose]();
    timer = undefined;
    if (watched.length === 0) return;
    const next = ahead(lookedAt + aheadMs);
    timer = startTimer(deps.clock, next.at - deps.clock.now(), () => {
      next.settle();
      plan();
    });
  }

  function begin() {
    lookedAt = deps.clock.now();
    before = objectAt(lookedAt);
    follow();
    plan();
  }

  /** Whoever left is inside of nothing any more. */
  function end() {
    timer?.[Symbol.dispose]();
    timer = undefined;
    const at = deps.clock.now();
    for (const one of watched) {
      one.judge(one.state, { at, object: undefined, before: undefined }).tell?.();
      one.state = undefined;
    }
  }

  const watching = camera.watchScene((moving) => (moving ? begin() : end()));
  return {
    rulesChanged() {
      if (!camera.scene.motion) return;
      ahead(deps.clock.now()).settle();
      lookedAt = deps.clock.now();
      before = objectAt(lookedAt);
      follow();
      plan();
    },
    [Symbol.dispose]() {
      watching[Symbol.dispose]();
      end();
    },
  };
}

/**
 * Is this rule decided by where things are? The factory's motion rule looks at the whole picture: its event comes with
 * the motion itself, as soon as somebody says there is one.
 */
export function decidesByPlace(camera: Camera, { name, type, simple }: AnalyticsConfig): boolean {
  if (type !== 'CellMotionDetector') return true;
  const ofFactory = camera.profile.topics.some(({ source }) => source['Rule'] === name);
  return !ofFactory || !allActive(parseActiveCells(simple['ActiveCells'] ?? ''));
}

/** Does an event of this topic come as soon as somebody says that the thing is there? */
export function takenAtItsWord(camera: Camera, facts: EventTopicFacts): boolean {
  if (!ruleIsSet(camera, facts)) return false;
  if (ruleTypeOf(facts) !== 'CellMotionDetector') return true;
  const rule = rules.read(camera).find(({ name }) => name === facts.source['Rule']);
  return rule === undefined || !decidesByPlace(camera, rule);
}

/** ClassFilter (Analytics A.1): a list of the classes that count; absent: all. */
function wanted({ simple }: AnalyticsConfig, object: SeenObject | undefined): boolean {
  const classes = (simple['ClassFilter'] ?? '').split(/\s+/).filter(Boolean);
  return object === undefined || classes.length === 0 || classes.includes(object.class);
}

/** Points of the polygon or line a parameter holds. */
export function pointsOf({ elements }: Pick<AnalyticsConfig, 'elements'>, item: string): Point[] {
  const markup = elements[item];
  if (markup === undefined) return [];
  const points: Point[] = [];
  const visit = (element: XmlElement) => {
    if (element.name === 'Point')
      points.push({ x: Number(element.attributes['x']), y: Number(element.attributes['y']) });
    for (const child of element.children) visit(child);
  };
  visit(parseXml(`<all xmlns:tt="${namespaces.tt}">${markup}</all>`));
  return points;
}

function judgeOf(camera: Camera, rule: AnalyticsConfig): Judge {
  const type = rule.type as RuleType;
  const { message } = ruleFacts[type];
  const facts = camera.profile.topics.find(
    ({ topic, source }) => topic === message.topic && source['Rule'] === rule.name,
  );
  const source = facts?.source ?? sourceOf(type, rule.name);
  const [item] = Object.keys(message.data) as [string];
  const tell = (data: Record<string, string>, operation?: 'Changed' | 'Deleted') =>
    camera.events.raise({ topic: message.topic, source, data, ...(operation ? { operation } : {}) });
  /** A value that is told when it changes; `rest` while nothing is there. */
  const follow =
    <V extends boolean | number>(rest: V, read: (object: SeenObject) => V): Judge =>
    (state = rest, { object }) => {
      const now = object ? read(object) : rest;
      return now === state ? { state } : { state: now, tell: () => tell({ [item]: String(now) }, 'Changed') };
    };
  const crossed = (then: (object: SeenObject) => void): Judge => {
    const line = pointsOf(rule, 'Segments');
    const direction = rule.simple['Direction'] ?? 'Any';
    return (state, { object, before }) => {
      const side = object && before && crossing(line, before.centre, object.centre);
      const counts = side !== undefined && (direction === 'Any' || direction === side);
      return counts && object ? { state, tell: () => then(object) } : { state };
    };
  };
  const field = pointsOf(rule, 'Field');

  switch (type) {
    case 'LineDetector':
      return crossed(({ id }) => tell({ ObjectId: String(id) }));
    case 'LineCounting':
      return crossed(() => {
        const count = (counts.read(camera)[rule.name] ?? 0) + 1;
        counts.write(camera, { ...counts.read(camera), [rule.name]: count });
        tell({ Count: String(count) }, 'Changed');
      });
    case 'FieldDetector':
      return follow<boolean>(false, ({ centre }) => inside(field, centre));
    case 'OccupancyCounting':
      return follow<number>(0, ({ centre }) => (inside(field, centre) ? 1 : 0));
    case 'MotionRegionDetector': {
      const region = pointsOf(rule, 'MotionRegion');
      const disarmed = /\bArmed="(false|0)"/.test(rule.elements['MotionRegion'] ?? '');
      return follow<boolean>(false, ({ box }) => !disarmed && (region.length === 0 || overlap(region, box)));
    }
    case 'CellMotionDetector': {
      const cells = parseActiveCells(rule.simple['ActiveCells'] ?? '');
      const least = Number(rule.simple['MinCount'] ?? 1);
      return follow<boolean>(false, ({ box }) => coveredCells(cells, box) >= least);
    }
    case 'LoiteringDetector':
      return loitering(
        camera,
        Number(rule.simple['TimeThreshold']) * 1000,
        ({ centre }) => inside(field, centre),
        tell,
      );
  }
}

interface Stay {
  since: number;
  told?: Record<string, string>;
}

/** Somebody who stays in a field; over when he leaves it. */
function loitering(
  camera: Camera,
  thresholdMs: number,
  within: (object: SeenObject) => boolean,
  tell: (data: Record<string, string>, operation: 'Changed' | 'Deleted') => void,
): Judge {
  return (before, { object, at }) => {
    const stay = before as Stay | undefined;
    if (!object || !within(object)) {
      const told = stay?.told;
      return { state: undefined, ...(told ? { tell: () => tell(told, 'Deleted') } : {}) };
    }
    if (!stay) return { state: { since: at } satisfies Stay };
    if (stay.told || at - stay.since < thresholdMs) return { state: stay };
    const since = new Date(stay.since + camera.state.clockOffsetMs).toISOString();
    const told = { ObjectId: String(object.id), Since: since };
    return { state: { ...stay, told } satisfies Stay, tell: () => tell(told, 'Changed') };
  };
}
