import type { Camera } from '../camera.ts';
import { figures } from '../motion/figure.ts';
import type { EventTopicFacts } from '../profiles/profile.ts';
import { type RuleType, ruleTypes } from '../profiles/rule-type.ts';
import type { TopicDescription } from './topic-description.ts';

export interface ItemType {
  kind: 'simple' | 'element';
  type: string;
  optional?: boolean;
  /** What may be chosen, as one element of its own schema type. */
  options?: { type: string; markup: string };
}

export interface TypeDescription {
  name: string;
  parameters: Record<string, ItemType>;
  messages: TopicDescription[];
}

export const intRange = (least: number, most: number) => ({
  type: 'tt:IntRange',
  markup: `<tt:IntRange><tt:Min>${least}</tt:Min><tt:Max>${most}</tt:Max></tt:IntRange>`,
});

const axt = 'http://www.onvif.org/ver20/analytics';
const direction: ItemType = { kind: 'simple', type: 'tt:Direction', optional: true };
const classes: ItemType = {
  kind: 'simple',
  type: 'tt:StringList',
  optional: true,
  options: { type: 'tt:StringList', markup: `<tt:StringList>${figures.join(' ')}</tt:StringList>` },
};
const field: ItemType = { kind: 'element', type: 'tt:Polygon' };
const segments: ItemType = { kind: 'element', type: 'tt:Polyline' };

const source = {
  VideoSource: 'tt:ReferenceToken',
  AnalyticsConfiguration: 'tt:ReferenceToken',
  Rule: 'xs:string',
};

/** What a rule type is set by, what it tells, and which detection of the settings page switches it. */
interface RuleFacts {
  parameters: Record<string, ItemType>;
  message: TopicDescription;
  detection: string;
}

export const ruleFacts: Record<RuleType, RuleFacts> = {
  CellMotionDetector: {
    parameters: {
      MinCount: { kind: 'simple', type: 'xs:integer', options: intRange(1, 396) },
      AlarmOnDelay: { kind: 'simple', type: 'xs:integer', options: intRange(0, 10_000) },
      AlarmOffDelay: { kind: 'simple', type: 'xs:integer', options: intRange(0, 10_000) },
      ActiveCells: { kind: 'simple', type: 'xs:base64Binary' },
    },
    message: {
      topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
      property: true,
      source: {
        VideoSourceConfigurationToken: 'tt:ReferenceToken',
        VideoAnalyticsConfigurationToken: 'tt:ReferenceToken',
        Rule: 'xs:string',
      },
      data: { IsMotion: 'xs:boolean' },
    },
    detection: 'motion',
  },
  LineDetector: {
    parameters: { Direction: direction, ClassFilter: classes, Segments: segments },
    message: {
      topic: 'tns1:RuleEngine/LineDetector/Crossed',
      property: false,
      source,
      data: { ObjectId: 'xs:integer' },
    },
    detection: 'line-cross',
  },
  FieldDetector: {
    parameters: { ClassFilter: classes, Field: field },
    message: {
      topic: 'tns1:RuleEngine/FieldDetector/ObjectsInside',
      property: true,
      source,
      data: { IsInside: 'xs:boolean' },
    },
    detection: 'intrusion',
  },
  MotionRegionDetector: {
    parameters: {
      MotionRegion: {
        kind: 'element',
        type: 'axt:MotionRegionConfig',
        options: {
          type: 'axt:MotionRegionConfigOptions',
          markup: `<axt:MotionRegionConfigOptions xmlns:axt="${axt}"><axt:DisarmSupport>true</axt:DisarmSupport><axt:PolygonSupport>true</axt:PolygonSupport><axt:PolygonLimits><tt:Min>3</tt:Min><tt:Max>20</tt:Max></axt:PolygonLimits></axt:MotionRegionConfigOptions>`,
        },
      },
    },
    message: {
      topic: 'tns1:RuleEngine/MotionRegionDetector/Motion',
      property: true,
      source: { VideoSource: 'tt:ReferenceToken', RuleName: 'xs:string' },
      data: { State: 'xs:boolean' },
    },
    detection: 'motion',
  },
  LoiteringDetector: {
    parameters: {
      TimeThreshold: { kind: 'simple', type: 'xs:integer', options: intRange(1, 3600) },
      ClassFilter: classes,
      Field: field,
    },
    message: {
      topic: 'tns1:RuleEngine/LoiteringDetector/ObjectIsLoitering',
      property: true,
      source,
      data: { ObjectId: 'xs:integer', Since: 'xs:dateTime' },
    },
    detection: 'loiter',
  },
  LineCounting: {
    parameters: { Direction: direction, ClassFilter: classes, Segments: segments },
    message: {
      topic: 'tns1:RuleEngine/CountAggregation/Counter',
      property: true,
      source,
      data: { Count: 'xs:nonNegativeInteger' },
    },
    detection: 'line-cross',
  },
  OccupancyCounting: {
    parameters: { ClassFilter: classes, Field: field },
    message: {
      topic: 'tns1:RuleEngine/CountAggregation/OccupancyCounter',
      property: true,
      source,
      data: { Count: 'xs:nonNegativeInteger' },
    },
    detection: 'intrusion',
  },
};

const topicOf = new Map(ruleTypes.map((type) => [ruleFacts[type].message.topic, type]));

/** The rule type behind a topic; undefined for the maker's own detectors, which are not set by rules. */
export const ruleTypeOf = ({ topic }: Pick<EventTopicFacts, 'topic'>): RuleType | undefined => topicOf.get(topic);

/** Rule types of a model: those it says it has, and those behind its topics. */
export function ruleTypesOf({ profile }: Camera): TypeDescription[] {
  const behind = profile.topics.map(ruleTypeOf);
  return ruleTypes
    .filter((type) => behind.includes(type) || profile.ruleTypes?.includes(type))
    .map((type) => ({ name: type, parameters: ruleFacts[type].parameters, messages: [ruleFacts[type].message] }));
}
