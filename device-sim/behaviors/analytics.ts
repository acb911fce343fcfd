import { SoapFault } from '../../core/soap/fault.ts';
import { formatElement, Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { type SeenObject, seenObject } from '../motion/seen-object.ts';
import {
  type AnalyticsConfig,
  configMarkup,
  dropRuleProperties,
  modules,
  moduleTypes,
  objectModule,
  restoreRuleProperties,
  ruleIsSet,
  rules,
} from '../onvif/analytics-state.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import { type Behavior, classified, type Service } from '../onvif/behavior.ts';
import type { Kept } from '../onvif/kept.ts';
import { analyticsKind } from '../onvif/media/analytics.ts';
import { needConfiguration } from '../onvif/media/kind.ts';
import { objectMarkup } from '../onvif/object-markup.ts';
import { createRuleEngine, pointsOf } from '../onvif/rule-engine.ts';
import { type ItemType, ruleTypeOf, ruleTypesOf, type TypeDescription } from '../onvif/rule-types.ts';

export const analyticsService: Service = {
  name: 'analytics',
  prefix: 'tan',
  version: [23, 6],
  path: (camera) => camera.profile.servicePaths.media,
  // A recorder leaves it to its cameras.
  offered: ({ profile }) => profile.channels === undefined,
  uses: ['tan', 'tt', 'xs', 'axt'],
  access: classified({
    PRE_AUTH: 'GetServiceCapabilities',
    READ_MEDIA: `GetSupportedRules GetRules GetRuleOptions GetSupportedAnalyticsModules GetAnalyticsModuleOptions
      GetAnalyticsModules GetSupportedMetadata`,
    ACTUATE: `CreateRules DeleteRules ModifyRules CreateAnalyticsModules DeleteAnalyticsModules
      ModifyAnalyticsModules`,
  }),
  capabilities: (_camera, has) => {
    const flag = (operation: string) => String(has(operation));
    return xml`<tan:Capabilities RuleSupport="${flag('GetRules')}" AnalyticsModuleSupport="${flag('GetAnalyticsModules')}" CellBasedSceneDescriptionSupported="false" RuleOptionsSupported="${flag('GetRuleOptions')}" AnalyticsModuleOptionsSupported="${flag('GetAnalyticsModuleOptions')}" SupportedMetadata="${flag('GetSupportedMetadata')}"/>`;
  },
};

/** What rules and modules have in common, and the words by which their faults differ. */
interface Shelf {
  kept: Kept<AnalyticsConfig[]>;
  types(camera: Camera): TypeDescription[];
  most: number;
  /** Element of one in requests, and of a name. */
  element: string;
  nameElement: string;
  tooMany: string;
  invalid: string;
  exists: string;
  missing: string;
}

const ruleShelf: Shelf = {
  kept: rules,
  types: ruleTypesOf,
  most: 12,
  element: 'Rule',
  nameElement: 'RuleName',
  tooMany: 'ter:TooManyRules',
  invalid: 'ter:InvalidRule',
  exists: 'ter:RuleAlreadyExistent',
  missing: 'ter:RuleNotExistent',
};
const moduleShelf: Shelf = {
  kept: modules,
  types: () => moduleTypes,
  most: 4,
  element: 'AnalyticsModule',
  nameElement: 'AnalyticsModuleName',
  tooMany: 'ter:TooManyModules',
  invalid: 'ter:InvalidModule',
  exists: 'ter:NameAlreadyExistent',
  missing: 'ter:NameNotExistent',
};

function needAnalytics(camera: Camera, args: Arguments) {
  needConfiguration(analyticsKind, camera, args.text('ConfigurationToken'));
}

function configsOf(shelf: Shelf, camera: Camera, args: Arguments): AnalyticsConfig[] {
  const parts = args.parts(shelf.element);
  if (parts.length === 0) throw new SoapFault(['ter:InvalidArgs'], `${shelf.element} is missing`);
  return parts.map((part) => configOf(shelf, camera, part));
}

function configOf(shelf: Shelf, camera: Camera, part: Arguments): AnalyticsConfig {
  const name = part.attribute('Name');
  const wanted = localName(part.attribute('Type'));
  const type = shelf.types(camera).find((known) => known.name === wanted);
  if (!type) throw invalidValue(`there is no type ${part.attribute('Type')}`, shelf.invalid);
  const parameters = part.part('Parameters');
  const simple: Record<string, string> = {};
  const elements: Record<string, string> = {};
  for (const item of parameters.parts('SimpleItem')) simple[item.attribute('Name')] = item.attribute('Value');
  for (const item of parameters.parts('ElementItem')) {
    const inside = item.element.children[0];
    if (inside) elements[item.attribute('Name')] = formatElement(inside).markup;
  }
  for (const [item, { kind, optional }] of Object.entries(type.parameters)) {
    const given = kind === 'element' ? elements[item] : simple[item];
    if (given === undefined && !optional) throw invalidValue(`the parameter ${item} is missing`, shelf.invalid);
  }
  for (const item of [...Object.keys(simple), ...Object.keys(elements)]) {
    if (!Object.hasOwn(type.parameters, item)) throw invalidValue(`there is no parameter ${item}`, shelf.invalid);
  }
  for (const [item, value] of Object.entries(simple)) checkValue(item, value, type.parameters[item]!.type, shelf);
  if (name === '') throw invalidValue('a name is not empty', shelf.invalid);
  const config = { name, type: type.name, simple, elements };
  checkShapes(config, type, shelf);
  return config;
}

/** Corners that a line and a field need, within the picture (Core annex B: -1 to 1). */
function checkShapes(config: AnalyticsConfig, type: TypeDescription, shelf: Shelf) {
  for (const [item, { type: shape }] of Object.entries(type.parameters)) {
    const least = { 'tt:Polyline': 2, 'tt:Polygon': 3 }[shape];
    if (least === undefined && shape !== 'axt:MotionRegionConfig') continue;
    const points = pointsOf(config, item);
    if (least !== undefined && points.length < least)
      throw invalidValue(`${item} has at least ${least} points`, shelf.invalid);
    if (points.length > maxPoints) throw invalidValue(`${item} has at most ${maxPoints} points`, shelf.invalid);
    if (points.some(({ x, y }) => !(Math.abs(x) <= 1 && Math.abs(y) <= 1)))
      throw invalidValue(`points of ${item} are within -1 and 1`, shelf.invalid);
  }
}
const maxPoints = 20;

function checkValue(item: string, value: string, type: string, shelf: Shelf) {
  const good =
    type === 'xs:integer'
      ? /^[+-]?\d+$/.test(value)
      : type === 'tt:Direction'
        ? ['Left', 'Right', 'Any'].includes(value)
        : type === 'xs:boolean'
          ? /^(true|false|1|0)$/.test(value)
          : true;
  if (!good) throw invalidValue(`${item} is no ${type}`, shelf.invalid);
}

function createIn(shelf: Shelf, camera: Camera, args: Arguments): AnalyticsConfig[] {
  needAnalytics(camera, args);
  const made = configsOf(shelf, camera, args);
  const all = [...shelf.kept.read(camera), ...made];
  if (new Set(all.map(({ name }) => name)).size !== all.length) throw invalidValue('the name is taken', shelf.exists);
  if (all.length > shelf.most) throw new SoapFault(['ter:Action', shelf.tooMany], `at most ${shelf.most}`);
  shelf.kept.write(camera, all);
  return made;
}

function modifyIn(shelf: Shelf, camera: Camera, args: Arguments) {
  needAnalytics(camera, args);
  const changes = configsOf(shelf, camera, args);
  const all = shelf.kept.read(camera);
  for (const { name, type } of changes) {
    const before = all.find((one) => one.name === name);
    if (!before) throw invalidValue(`there is no ${name}`, shelf.missing);
    if (before.type !== type) throw new SoapFault(['ter:Action', 'ter:TypeChangeProhibited'], 'the type stays');
  }
  shelf.kept.write(
    camera,
    all.map((one) => changes.findLast(({ name }) => name === one.name) ?? one),
  );
}

function deleteFrom(shelf: Shelf, camera: Camera, args: Arguments): AnalyticsConfig[] {
  needAnalytics(camera, args);
  const names = args.texts(shelf.nameElement);
  const all = shelf.kept.read(camera);
  if (names.length === 0) throw new SoapFault(['ter:InvalidArgs'], `${shelf.nameElement} is missing`);
  for (const name of names)
    if (!all.some((one) => one.name === name)) throw invalidValue(`there is no ${name}`, shelf.missing);
  shelf.kept.write(
    camera,
    all.filter(({ name }) => !names.includes(name)),
  );
  return all.filter(({ name }) => names.includes(name));
}

const itemDescription = (name: string, { kind, type }: ItemType) =>
  kind === 'element'
    ? xml`<tt:ElementItemDescription Name="${name}" Type="${type}"/>`
    : xml`<tt:SimpleItemDescription Name="${name}" Type="${type}"/>`;

function typeMarkup(tag: string, { name, parameters, messages }: TypeDescription): Xml {
  const items = Object.entries(parameters);
  const simple = items.filter(([, { kind }]) => kind === 'simple');
  const elements = items.filter(([, { kind }]) => kind === 'element');
  return xml`${new Xml(`<${tag}`)} Name="tt:${name}"><tt:Parameters>${[...simple, ...elements].map(([item, type]) => itemDescription(item, type))}</tt:Parameters>${messages.map(
    ({ property, source, data, topic }) =>
      xml`<tt:Messages IsProperty="${String(property)}"><tt:Source>${Object.entries(source).map(([item, type]) => itemDescription(item, { kind: 'simple', type }))}</tt:Source><tt:Data>${Object.entries(data).map(([item, type]) => itemDescription(item, { kind: 'simple', type }))}</tt:Data><tt:ParentTopic>${topic}</tt:ParentTopic></tt:Messages>`,
  )}${new Xml(`</${tag}>`)}`;
}

/** What a frame of the metadata stream looks like while nobody is there to be seen. */
const sampleObject: SeenObject = {
  id: 1,
  class: 'Human',
  box: { left: -0.2, top: 0.2, right: 0.1, bottom: -0.7 },
  centre: { x: -0.05, y: -0.25 },
};

const schema = 'http://www.onvif.org/onvif/ver10/schema/onvif.xsd';

export const analytics: Behavior = {
  name: 'analytics',
  service: analyticsService,
  // What a deleted rule told of is not there after a restart either.
  start(context) {
    const { camera } = context;
    for (const facts of camera.profile.topics) {
      if (!ruleIsSet(camera, facts))
        dropRuleProperties(camera, { name: facts.source['Rule']!, type: ruleTypeOf(facts)! });
    }
    for (const rule of rules.read(camera)) restoreRuleProperties(camera, rule);
    context.get(createRuleEngine);
  },
  operations: {
    GetSupportedRules(camera, args) {
      needAnalytics(camera, args);
      return xml`<tan:SupportedRules Limit="${ruleShelf.most}"><tt:RuleContentSchemaLocation>${schema}</tt:RuleContentSchemaLocation>${ruleTypesOf(camera).map((type) => typeMarkup('tt:RuleDescription', type))}</tan:SupportedRules>`;
    },

    GetRules(camera, args) {
      needAnalytics(camera, args);
      return xml`${rules.read(camera).map((rule) => configMarkup('tan:Rule', rule))}`;
    },

    CreateRules(camera, args, call) {
      for (const rule of createIn(ruleShelf, camera, args)) restoreRuleProperties(camera, rule);
      call.onvif.get(createRuleEngine).rulesChanged();
      return undefined;
    },

    ModifyRules(camera, args, call) {
      modifyIn(ruleShelf, camera, args);
      call.onvif.get(createRuleEngine).rulesChanged();
      return undefined;
    },

    DeleteRules(camera, args, call) {
      const gone = deleteFrom(ruleShelf, camera, args);
      call.onvif.get(createRuleEngine).rulesChanged();
      for (const rule of gone) dropRuleProperties(camera, rule);
      return undefined;
    },

    GetRuleOptions(camera, args) {
      needAnalytics(camera, args);
      return optionsMarkup(args, 'RuleType', ruleTypesOf(camera), 'tan:RuleOptions', ruleShelf);
    },

    GetSupportedMetadata(camera, args) {
      const wanted = args.optionalText('Type');
      if (wanted && localName(wanted) !== objectModule)
        throw invalidValue(`there is no type ${wanted}`, 'ter:InvalidModule');
      const time = new Date(camera.clock.now()).toISOString();
      return xml`<tan:AnalyticsModule Type="tt:${objectModule}"><tan:SampleFrame UtcTime="${time}">${objectMarkup(seenObject(camera, camera.clock.now()) ?? sampleObject)}</tan:SampleFrame></tan:AnalyticsModule>`;
    },

    GetSupportedAnalyticsModules(camera, args) {
      needAnalytics(camera, args);
      return xml`<tan:SupportedAnalyticsModules Limit="${moduleShelf.most}"><tt:AnalyticsModuleContentSchemaLocation>${schema}</tt:AnalyticsModuleContentSchemaLocation>${moduleTypes.map((type) => typeMarkup('tt:AnalyticsModuleDescription', type))}</tan:SupportedAnalyticsModules>`;
    },

    GetAnalyticsModules(camera, args) {
      needAnalytics(camera, args);
      return xml`${modules.read(camera).map((module) => configMarkup('tan:AnalyticsModule', module))}`;
    },

    CreateAnalyticsModules(camera, args) {
      createIn(moduleShelf, camera, args);
      return undefined;
    },

    ModifyAnalyticsModules(camera, args) {
      modifyIn(moduleShelf, camera, args);
      return undefined;
    },

    DeleteAnalyticsModules(camera, args) {
      deleteFrom(moduleShelf, camera, args);
      return undefined;
    },

    GetAnalyticsModuleOptions(camera, args) {
      needAnalytics(camera, args);
      return optionsMarkup(args, 'Type', moduleTypes, 'tan:Options', moduleShelf);
    },
  },
};

/** Ranges and choices of the parameters of one type, or of all. */
function optionsMarkup(args: Arguments, argument: string, types: TypeDescription[], tag: string, shelf: Shelf): Xml {
  const wanted = args.optionalText(argument);
  if (wanted && !types.some(({ name }) => name === localName(wanted)))
    throw invalidValue(`there is no type ${wanted}`, shelf.invalid);
  return xml`${types
    .filter(({ name }) => !wanted || name === localName(wanted))
    .flatMap(({ name, parameters }) =>
      Object.entries(parameters).flatMap(([item, { options }]) =>
        options === undefined
          ? []
          : [
              xml`${new Xml(`<${tag}`)} RuleType="tt:${name}" Name="${item}" Type="${options.type}">${new Xml(options.markup)}${new Xml(`</${tag}>`)}`,
            ],
      ),
    )}`;
}

/** Clients give back the text of a type as they read it, whose prefix their own message often does not bind. */
const localName = (qname: string) => qname.slice(qname.indexOf(':') + 1);
