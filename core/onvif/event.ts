import { namespaces } from '../soap/namespaces.ts';
import { parseXml } from '../soap/parse-xml.ts';
import type { XmlElement } from '../soap/xml.ts';

/** One ONVIF event, however it travels: property or message, pull point, notification or MQTT. */
export interface OnvifEvent {
  /** Topic path with the `tns1:` prefix, e.g. `tns1:RuleEngine/CellMotionDetector/Motion`. */
  topic: string;
  /** Property events only (Core §9.5). */
  operation?: 'Initialized' | 'Changed' | 'Deleted';
  /** The camera's own clock, milliseconds since the Unix epoch. */
  utcTime: number;
  /** Simple items in the order of GetEventProperties. */
  source: Record<string, string>;
  key?: Record<string, string>;
  data: Record<string, string>;
  /** Element items of Data by name: one XML element each, as markup with the prefixes of `namespaces`. */
  elements?: Record<string, string>;
}

/** What the house calls an event. */
export const eventKinds = [
  'motion',
  'tamper',
  'intrusion',
  'line-cross',
  'people',
  'vehicle',
  'pet',
  'smart',
  'audio',
  'digital-input',
  'other',
] as const;
export type EventKind = (typeof eventKinds)[number];

interface KindRule {
  kind: EventKind;
  /** Data item that says whether the thing is going on; absent for events that only happen. */
  item?: string;
}

/** First match by topic; the data item decides where one topic carries several kinds (facts/vigi.md §3.7). */
const kindsByTopic: [RegExp, KindRule[]][] = [
  [/\/CellMotionDetector\/Motion$/, [{ kind: 'motion', item: 'IsMotion' }]],
  [/VideoSource\/MotionAlarm$/, [{ kind: 'motion', item: 'State' }]],
  [/\/MotionRegionDetector\/Motion$/, [{ kind: 'motion', item: 'State' }]],
  [/\/TamperDetector\/Tamper$|\/CellMotionDetector\/Tamper$/, [{ kind: 'tamper', item: 'IsTamper' }]],
  [/VideoSource\/GlobalSceneChange\//, [{ kind: 'tamper', item: 'State' }]],
  [/\/IntrusionDetector\/Intrusion$|\/CellMotionDetector\/Intrusion$/, [{ kind: 'intrusion', item: 'IsIntrusion' }]],
  [/\/FieldDetector\/ObjectsInside$/, [{ kind: 'intrusion', item: 'IsInside' }]],
  [/\/LineCrossDetector\/LineCross$|\/CellMotionDetector\/LineCross$/, [{ kind: 'line-cross', item: 'IsLineCross' }]],
  [/\/LineDetector\/Crossed$/, [{ kind: 'line-cross' }]],
  [/\/PeopleDetector\/People$|\/CellMotionDetector\/People$/, [{ kind: 'people', item: 'IsPeople' }]],
  [
    /\/TPSmartEventDetector\/TPSmartEvent$|\/CellMotionDetector\/TpSmartEvent$/,
    [
      { kind: 'vehicle', item: 'IsVehicle' },
      { kind: 'pet', item: 'IsPet' },
      { kind: 'smart', item: 'IsTPSmartEvent' },
    ],
  ],
  [/\/DetectedSound$/, [{ kind: 'audio', item: 'isSoundDetected' }]],
  [/Device\/Trigger\/DigitalInput$/, [{ kind: 'digital-input', item: 'LogicalState' }]],
];

const truthy = new Set(['true', '1', 'active']);
/** xs:boolean by its words, and tt:RelayLogicalState. */
const twoStates = /^(true|false|active|inactive)$/i;

/** Topics by which a device tells of itself (its recordings, settings, load), not of what it sees. */
const ofItself = /^tns1:(RecordingConfig|RecordingHistory|EventBuffer|Configuration|Media|Monitoring)\//;
export const tellsOfItself = (topic: string) => ofItself.test(topic);

/** What an ONVIF event means: its kind, and whether it goes on (undefined: it just happened). */
export function meaningOf(event: Pick<OnvifEvent, 'topic' | 'data'>): { kind: EventKind; active: boolean | undefined } {
  for (const [pattern, rules] of kindsByTopic) {
    if (!pattern.test(event.topic)) continue;
    const rule = rules.find(({ item }) => item === undefined || event.data[item] !== undefined) ?? rules[0]!;
    const value = rule.item === undefined ? undefined : event.data[rule.item];
    return { kind: rule.kind, active: value === undefined ? undefined : truthy.has(value.toLowerCase()) };
  }
  const [only] = Object.values(event.data);
  const active = only !== undefined && twoStates.test(only) ? truthy.has(only.toLowerCase()) : undefined;
  return { kind: 'other', active };
}

const jsonValue = (text: string): string | number | boolean => {
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return text.trim() !== '' && String(number) === text ? number : text;
};

const jsonItems = (items: Record<string, string>) =>
  Object.fromEntries(Object.entries(items).map(([name, value]) => [name, jsonValue(value)]));

/** Element items (Core §9.12.1): children as members, attributes as `@name`, repeated elements as a list. */
const jsonElements = (elements: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(elements).map(([name, markup]) => [name, jsonElement(parseXml(withNamespaces(markup)))]),
  );

const withNamespaces = (markup: string) =>
  markup.replace(/^<([\w:]+)/, `<$1 xmlns:tt="${namespaces.tt}" xmlns:tns1="${namespaces.tns1}"`);

function jsonElement({ attributes, children, text }: XmlElement): unknown {
  const named = Object.entries(attributes).map(([name, value]) => [`@${name}`, jsonValue(value)] as const);
  if (children.length === 0 && named.length === 0) return text.trim() === '' ? null : jsonValue(text.trim());
  const members = new Map<string, unknown>(named);
  if (text.trim() !== '') members.set('#text', jsonValue(text.trim()));
  for (const child of children) {
    const value = jsonElement(child);
    const before = members.get(child.name);
    if (before === undefined) members.set(child.name, value);
    else members.set(child.name, Array.isArray(before) ? [...before, value] : [before, value]);
  }
  return Object.fromEntries(members);
}

/**
 * Topic and payload of one event at an event broker (Core §9.12.1: `onvif-ej`, source values after `&`, wildcards left
 * out, properties retained, a deleted property as an empty payload).
 */
export function formatBrokerEvent(
  prefix: string,
  event: OnvifEvent,
): { topic: string; payload: string; retain: boolean } {
  const path = event.topic.replace(/^tns1:/, '').replaceAll('/tns1:', '/');
  const values = Object.values(event.source).map((value) => value.replace(/[#+/]/g, ''));
  const topic = [
    prefix,
    'onvif-ej',
    path.replace(/[#+]/g, ''),
    ...(values.length > 0 ? [`&${values[0]}`, ...values.slice(1)] : []),
  ];
  const body: Record<string, unknown> = {
    UtcTime: new Date(event.utcTime).toISOString(),
    Source: jsonItems(event.source),
    ...(event.key ? { Key: jsonItems(event.key) } : {}),
    Data: { ...jsonItems(event.data), ...jsonElements(event.elements ?? {}) },
  };
  return {
    topic: topic.join('/'),
    payload: event.operation === 'Deleted' ? '' : JSON.stringify(body),
    retain: event.operation !== undefined,
  };
}

const items = (value: unknown): Record<string, string> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value).flatMap(([name, item]) =>
          typeof item === 'object' ? [] : [[name, String(item)] as const],
        ),
      )
    : {};

/** Read an event broker message: `path` is the topic after `onvif-ej/`. Undefined when it is none; never throws. */
export function parseBrokerEvent(path: string, payload: string): OnvifEvent | undefined {
  const [topicPath] = path.split('/&');
  if (!topicPath) return undefined;
  let body: unknown;
  try {
    body = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof body !== 'object' || body === null) return undefined;
  const { UtcTime, Source, Key, Data } = body as Record<string, unknown>;
  const utcTime = typeof UtcTime === 'string' ? Date.parse(UtcTime) : Number.NaN;
  if (Number.isNaN(utcTime)) return undefined;
  return {
    topic: `tns1:${topicPath}`,
    utcTime,
    source: items(Source),
    ...(Key === undefined ? {} : { key: items(Key) }),
    data: items(Data),
  };
}
