import { Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import type { EventTopicFacts } from '../profiles/profile.ts';
import { kept } from './kept.ts';

/** A rule or module (tt:Config): its parameters as simple items, and as markup where they have a structure. */
export interface AnalyticsConfig {
  name: string;
  /** Local name of the type, in the schema namespace: `CellMotionDetector`. */
  type: string;
  simple: Record<string, string>;
  /** By item name: markup of its one element. */
  elements: Record<string, string>;
}

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
  messages: { topic: string; property: boolean; source: Record<string, string>; data: Record<string, string> }[];
}

const intRange = (least: number, most: number) => ({
  type: 'tt:IntRange',
  markup: `<tt:IntRange><tt:Min>${least}</tt:Min><tt:Max>${most}</tt:Max></tt:IntRange>`,
});

/** Parameters of the standard rules (Analytics, annex A and B). */
const knownRules: Record<string, Record<string, ItemType>> = {
  CellMotionDetector: {
    MinCount: { kind: 'simple', type: 'xs:integer', options: intRange(1, 396) },
    AlarmOnDelay: { kind: 'simple', type: 'xs:integer', options: intRange(0, 10_000) },
    AlarmOffDelay: { kind: 'simple', type: 'xs:integer', options: intRange(0, 10_000) },
    ActiveCells: { kind: 'simple', type: 'xs:base64Binary' },
  },
  LineDetector: {
    Direction: { kind: 'simple', type: 'tt:Direction', optional: true },
    Segments: { kind: 'element', type: 'tt:Polyline' },
  },
  FieldDetector: { Field: { kind: 'element', type: 'tt:Polygon' } },
};

const wholePicture =
  '<tt:Polygon><tt:Point x="-1" y="-1"/><tt:Point x="1" y="-1"/><tt:Point x="1" y="1"/><tt:Point x="-1" y="1"/></tt:Polygon>';
const factoryParameters: Record<string, Pick<AnalyticsConfig, 'simple' | 'elements'>> = {
  CellMotionDetector: {
    // ActiveCells: packbits of 22 × 18 ones, in Base64.
    simple: { MinCount: '5', AlarmOnDelay: '100', AlarmOffDelay: '100', ActiveCells: 'z/8A8A==' },
    elements: {},
  },
  LineDetector: {
    simple: { Direction: 'Any' },
    elements: { Segments: '<tt:Polyline><tt:Point x="0" y="-1"/><tt:Point x="0" y="1"/></tt:Polyline>' },
  },
  FieldDetector: { simple: {}, elements: { Field: wholePicture } },
};

/** `FieldDetector` of `tns1:RuleEngine/FieldDetector/ObjectsInside`, when it is a rule of the standard. */
function ruleTypeOf({ topic }: Pick<EventTopicFacts, 'topic'>): string | undefined {
  const type = topic.split('/').at(-2) ?? '';
  return topic.startsWith('tns1:RuleEngine/') && Object.hasOwn(knownRules, type) ? type : undefined;
}

/** Rule types behind the topics of the model; the maker's own detectors are not set by rules. */
export function ruleTypesOf(camera: Camera): TypeDescription[] {
  const byType = new Map<string, TypeDescription>();
  for (const facts of camera.profile.topics) {
    const name = ruleTypeOf(facts);
    if (name === undefined || byType.has(name)) continue;
    const source = Object.fromEntries(
      Object.keys(facts.source).map((item) => [item, item === 'Rule' ? 'xs:string' : 'tt:ReferenceToken']),
    );
    const data = { [facts.item]: `xs:${facts.itemType ?? 'boolean'}` };
    byType.set(name, {
      name,
      parameters: knownRules[name]!,
      messages: [{ topic: facts.topic, property: facts.property, source, data }],
    });
  }
  return [...byType.values()];
}

export const moduleTypes: TypeDescription[] = [
  {
    name: 'CellMotionEngine',
    parameters: {
      Sensitivity: { kind: 'simple', type: 'xs:integer', options: intRange(0, 100) },
      Layout: { kind: 'element', type: 'tt:CellLayout' },
    },
    messages: [],
  },
];

/** Types of modules that put objects into the metadata stream; names beside the standard's CellMotionEngine are ours. */
export const objectModuleType = 'ObjectTracker';

/** The rules behind the topics of the model, as the factory set them. */
function factoryRules(topics: readonly EventTopicFacts[]): AnalyticsConfig[] {
  const made = new Map<string, AnalyticsConfig>();
  for (const facts of topics) {
    const type = ruleTypeOf(facts);
    const name = facts.source['Rule'];
    if (type !== undefined && name !== undefined) made.set(name, { name, type, ...factoryParameters[type]! });
  }
  return [...made.values()];
}
/** They follow from the profile alone, and every GetProfiles shows them. */
const rulesOfTopics = new WeakMap<readonly EventTopicFacts[], AnalyticsConfig[]>();

export const rules = kept<AnalyticsConfig[]>('analytics.rules', ({ profile: { topics } }) => {
  const known = rulesOfTopics.get(topics) ?? factoryRules(topics);
  rulesOfTopics.set(topics, known);
  return known;
});

export const modules = kept<AnalyticsConfig[]>('analytics.modules', () => [
  {
    name: 'MyCellMotionModule',
    type: 'CellMotionEngine',
    simple: { Sensitivity: '50' },
    elements: {
      Layout:
        '<tt:CellLayout Columns="22" Rows="18"><tt:Transformation><tt:Translate x="-1" y="-1"/><tt:Scale x="0.0909" y="0.1111"/></tt:Transformation></tt:CellLayout>',
    },
  },
]);

/** Is the rule that raises this topic set? Topics without a standard rule are always on. */
export const ruleIsSet = (camera: Camera, facts: EventTopicFacts): boolean =>
  ruleTypeOf(facts) === undefined ||
  facts.source['Rule'] === undefined ||
  rules.read(camera).some(({ name }) => name === facts.source['Rule']);

const ownTopics = (camera: Camera, rule: string) =>
  camera.profile.topics.filter((facts) => facts.property && facts.source['Rule'] === rule && ruleTypeOf(facts));

/** A deleted rule takes its properties with it (Core §9.5.2). */
export function dropRuleProperties(camera: Camera, rule: string) {
  for (const { topic, source, item } of ownTopics(camera, rule)) {
    camera.events.raise({ topic, operation: 'Deleted', source, data: { [item]: 'false' } });
  }
}

export function restoreRuleProperties(camera: Camera, rule: string) {
  for (const { topic, source, item } of ownTopics(camera, rule)) {
    camera.events.raise({ topic, operation: 'Initialized', source, data: { [item]: 'false' } });
  }
}

export const configMarkup = (tag: string, { name, type, simple, elements }: AnalyticsConfig): Xml =>
  xml`${new Xml(`<${tag}`)} Name="${name}" Type="tt:${type}"><tt:Parameters>${Object.entries(simple).map(([item, value]) => xml`<tt:SimpleItem Name="${item}" Value="${value}"/>`)}${Object.entries(elements).map(([item, markup]) => xml`<tt:ElementItem Name="${item}">${new Xml(markup)}</tt:ElementItem>`)}</tt:Parameters>${new Xml(`</${tag}>`)}`;
