import { Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { kept } from './kept.ts';

/** A rule or module (tt:Config): its parameters as simple items, and as markup where they have a structure. */
export interface AnalyticsConfig {
  name: string;
  /** Local name of the type, in the schema namespace: `tt:CellMotionDetector`. */
  type: string;
  simple: Record<string, string>;
  /** By item name: markup of its one element. */
  elements: Record<string, string>;
}

/** The rules behind the topics of the model, as the factory set them. */
export const rules = kept<AnalyticsConfig[]>('analytics.rules', (camera) => factoryRules(camera));
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

/** Rule types by the detector in the topic. */
export const ruleTypes = ['CellMotionDetector', 'LineDetector', 'FieldDetector'] as const;

function factoryRules(camera: Camera): AnalyticsConfig[] {
  const seen = new Set<string>();
  return camera.profile.topics.flatMap(({ topic, source }) => {
    const type = topic.split('/').at(-2) ?? '';
    const name = source['Rule'];
    if (name === undefined || !ruleTypes.some((known) => known === type) || seen.has(name)) return [];
    seen.add(name);
    return [{ name, type, ...factoryParameters[type]! }];
  });
}

const wholePicture =
  '<tt:Polygon><tt:Point x="-1" y="-1"/><tt:Point x="1" y="-1"/><tt:Point x="1" y="1"/><tt:Point x="-1" y="1"/></tt:Polygon>';

const factoryParameters: Record<string, Pick<AnalyticsConfig, 'simple' | 'elements'>> = {
  CellMotionDetector: {
    // ActiveCells: base64 of the packbits of 22 by 18 ones.
    simple: { MinCount: '5', AlarmOnDelay: '100', AlarmOffDelay: '100', ActiveCells: '0P8A8A==' },
    elements: {},
  },
  LineDetector: {
    simple: { Direction: 'Any' },
    elements: { Segments: '<tt:Polyline><tt:Point x="0" y="-1"/><tt:Point x="0" y="1"/></tt:Polyline>' },
  },
  FieldDetector: { simple: {}, elements: { Field: wholePicture } },
};

export const configMarkup = (tag: string, { name, type, simple, elements }: AnalyticsConfig): Xml =>
  xml`${new Xml(`<${tag}`)} Name="${name}" Type="tt:${type}"><tt:Parameters>${Object.entries(simple).map(([item, value]) => xml`<tt:SimpleItem Name="${item}" Value="${value}"/>`)}${Object.entries(elements).map(([item, markup]) => xml`<tt:ElementItem Name="${item}">${new Xml(markup)}</tt:ElementItem>`)}</tt:Parameters>${new Xml(`</${tag}>`)}`;
