import { Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import type { EventTopicFacts } from '../profiles/profile.ts';
import type { RuleType } from '../profiles/rule-type.ts';
import { tokens } from '../state/new-state.ts';
import { kept } from './kept.ts';
import { intRange, ruleFacts, ruleTypeOf, type TypeDescription } from './rule-types.ts';

/** A rule or module (tt:Config): its parameters as simple items, and as markup where they have a structure. */
export interface AnalyticsConfig {
  name: string;
  /** Local name of the type, in the schema namespace: `CellMotionDetector`. */
  type: string;
  simple: Record<string, string>;
  /** By item name: markup of its one element. */
  elements: Record<string, string>;
}

/** A line and a field at the right edge: only who walks on gets there. */
const factoryParameters: Partial<Record<RuleType, Pick<AnalyticsConfig, 'simple' | 'elements'>>> = {
  CellMotionDetector: {
    // ActiveCells: packbits of 22 × 18 ones, in Base64.
    simple: { MinCount: '5', AlarmOnDelay: '100', AlarmOffDelay: '100', ActiveCells: 'z/8A8A==' },
    elements: {},
  },
  LineDetector: {
    simple: { Direction: 'Any' },
    elements: { Segments: '<tt:Polyline><tt:Point x="0.6" y="-1"/><tt:Point x="0.6" y="1"/></tt:Polyline>' },
  },
  FieldDetector: {
    simple: {},
    elements: {
      Field:
        '<tt:Polygon><tt:Point x="0.7" y="-1"/><tt:Point x="1" y="-1"/><tt:Point x="1" y="0.2"/><tt:Point x="0.7" y="0.2"/></tt:Polygon>',
    },
  },
};

/** The module that puts objects into the metadata stream; the specification names none, so the name is ours. */
export const objectModule = 'ObjectTracker';

export const moduleTypes: TypeDescription[] = [
  {
    name: 'CellMotionEngine',
    parameters: {
      Sensitivity: { kind: 'simple', type: 'xs:integer', options: intRange(0, 100) },
      Layout: { kind: 'element', type: 'tt:CellLayout' },
    },
    messages: [],
  },
  {
    name: objectModule,
    parameters: { ClassFilter: { ...ruleFacts.FieldDetector.parameters['ClassFilter']! } },
    messages: [],
  },
];

/** The rules behind the topics of the model, as the factory set them. */
function factoryRules(topics: readonly EventTopicFacts[]): AnalyticsConfig[] {
  const made = new Map<string, AnalyticsConfig>();
  for (const facts of topics) {
    const type = ruleTypeOf(facts);
    const name = facts.source['Rule'];
    if (type !== undefined && name !== undefined)
      made.set(name, { name, type, ...(factoryParameters[type] ?? { simple: {}, elements: {} }) });
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

export const modules = kept<AnalyticsConfig[]>('analytics.modules', (): AnalyticsConfig[] => [
  {
    name: 'MyCellMotionModule',
    type: 'CellMotionEngine',
    simple: { Sensitivity: '50' },
    elements: {
      Layout:
        '<tt:CellLayout Columns="22" Rows="18"><tt:Transformation><tt:Translate x="-1" y="-1"/><tt:Scale x="0.0909" y="0.1111"/></tt:Transformation></tt:CellLayout>',
    },
  },
  { name: 'MyObjectModule', type: objectModule, simple: {}, elements: {} },
]);

/** Is the rule that raises this topic set? Topics without a standard rule are always on. */
export const ruleIsSet = (camera: Camera, facts: EventTopicFacts): boolean =>
  ruleTypeOf(facts) === undefined ||
  facts.source['Rule'] === undefined ||
  rules.read(camera).some(({ name }) => name === facts.source['Rule']);

/** What a rule tells while nothing goes on; undefined for rules that only tell when something happens. */
function propertyAtRest(camera: Camera, { name, type }: Pick<AnalyticsConfig, 'name' | 'type'>) {
  const { message } = ruleFacts[type as RuleType];
  if (!message.property || type === 'LoiteringDetector') return undefined;
  const facts = camera.profile.topics.find(({ topic, source }) => topic === message.topic && source['Rule'] === name);
  const item = facts?.item ?? Object.keys(message.data)[0]!;
  const rest = message.data[item] === 'xs:boolean' ? 'false' : String(counts.read(camera)[name] ?? 0);
  return { topic: message.topic, source: facts?.source ?? sourceOf(type as RuleType, name), data: { [item]: rest } };
}

/** Source items of what a rule tells. */
export const sourceOf = (type: RuleType, rule: string): Record<string, string> =>
  Object.fromEntries(
    Object.keys(ruleFacts[type].message.source).map((item) => {
      if (item === 'Rule' || item === 'RuleName') return [item, rule];
      return [item, item.includes('Analytics') ? tokens.analyticsConfiguration : tokens.videoSourceConfiguration];
    }),
  );

/** How many have crossed, by the name of a counting rule. */
export const counts = kept<Record<string, number>>('analytics.counts', () => ({}));

/** A deleted rule takes its properties with it (Core §9.5.2). */
export function dropRuleProperties(camera: Camera, rule: Pick<AnalyticsConfig, 'name' | 'type'>) {
  const property = propertyAtRest(camera, rule);
  if (property) camera.events.raise({ ...property, operation: 'Deleted' });
  const { [rule.name]: counted, ...others } = counts.read(camera);
  if (counted !== undefined) counts.write(camera, others);
}

export function restoreRuleProperties(camera: Camera, rule: Pick<AnalyticsConfig, 'name' | 'type'>) {
  const property = propertyAtRest(camera, rule);
  if (property) camera.events.raise({ ...property, operation: 'Initialized' });
}

export const configMarkup = (tag: string, { name, type, simple, elements }: AnalyticsConfig): Xml =>
  xml`${new Xml(`<${tag}`)} Name="${name}" Type="tt:${type}"><tt:Parameters>${Object.entries(simple).map(([item, value]) => xml`<tt:SimpleItem Name="${item}" Value="${value}"/>`)}${Object.entries(elements).map(([item, markup]) => xml`<tt:ElementItem Name="${item}">${new Xml(markup)}</tt:ElementItem>`)}</tt:Parameters>${new Xml(`</${tag}>`)}`;
