import { Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { recordingTopics } from '../recording/topics.ts';
import { ruleTypesOf } from './rule-types.ts';
import type { TopicDescription } from './topic-description.ts';

const token = 'tt:ReferenceToken';

/** Topics of every camera beside those of its model. */
const standardTopics: readonly TopicDescription[] = [
  {
    topic: 'tns1:Device/SecurityPolicy/AuthFailed',
    property: false,
    source: { NetworkInterface: token },
    data: { SourceIPv4: 'tt:IPv4Address', SourceIPv6: 'tt:IPv6Address' },
  },
  { topic: 'tns1:Media/ProfileChanged', property: false, source: { Token: token }, data: {} },
  { topic: 'tns1:Media/ConfigurationChanged', property: false, source: { Token: token, Type: 'xs:string' }, data: {} },
];

const typeOfSource = (name: string) => (name === 'Rule' || name === 'RuleName' ? 'xs:string' : token);

/** All topics of a camera, those of the model first; facts that share a topic are one description. */
export function topicsOf(camera: Camera): TopicDescription[] {
  const hideUndeclared = camera.quirk('undeclared-items');
  const byTopic = new Map<string, TopicDescription>();
  for (const facts of camera.profile.topics) {
    if (facts.undeclared && hideUndeclared) continue;
    const known = byTopic.get(facts.topic);
    const data = {
      ...known?.data,
      [facts.item]: `xs:${facts.itemType ?? 'boolean'}`,
      ...Object.fromEntries((facts.otherItems ?? []).map((item) => [item, 'xs:boolean'])),
    };
    const source = Object.fromEntries(Object.keys(facts.source).map((name) => [name, typeOfSource(name)]));
    byTopic.set(facts.topic, { topic: facts.topic, property: facts.property, source, data });
  }
  const ofRules = ruleTypesOf(camera).flatMap(({ messages }) => messages);
  const more = [...ofRules, ...standardTopics, ...extraTopics(camera)].filter(({ topic }) => !byTopic.has(topic));
  return [...byTopic.values(), ...more];
}

/** Topics that come with the connectors of the model, and with its card. */
const extraTopics = ({ profile, recorder }: Camera): TopicDescription[] => [
  ...(profile.topics.some(({ kind }) => kind === 'digital-input')
    ? [
        {
          topic: 'tns1:Device/Trigger/Relay',
          property: true,
          source: { RelayToken: token },
          data: { LogicalState: 'tt:RelayLogicalState' },
        },
      ]
    : []),
  ...(recorder ? recordingTopics : []),
];

interface Node {
  children: Map<string, Node>;
  description?: TopicDescription;
}

/** The inside of wstop:TopicSet: only root topics carry a namespace (WS-Topics §5). */
export function topicSetMarkup(topics: readonly TopicDescription[]): Xml {
  const root: Node = { children: new Map() };
  for (const description of topics) {
    let at = root;
    for (const name of description.topic.split('/')) {
      const next = at.children.get(name) ?? { children: new Map() };
      at.children.set(name, next);
      at = next;
    }
    at.description = description;
  }
  return xml`${[...root.children].map(([name, node]) => nodeMarkup(name, node))}`;
}

function nodeMarkup(name: string, { children, description }: Node): Xml {
  const inside = [...children].map(([child, node]) => nodeMarkup(child, node));
  const open = new Xml(description ? `<${name} wstop:topic="true">` : `<${name}>`);
  return xml`${open}${description && descriptionMarkup(description)}${inside}${new Xml(`</${name}>`)}`;
}

const descriptionMarkup = ({ property, source, data, elements }: TopicDescription): Xml =>
  xml`<tt:MessageDescription IsProperty="${String(property)}">${itemsMarkup('Source', source)}${itemsMarkup('Data', data, elements)}</tt:MessageDescription>`;

function itemsMarkup(
  group: 'Source' | 'Data',
  items: Record<string, string>,
  elements: Record<string, string> = {},
): Xml | undefined {
  const all = [
    ...Object.entries(items).map(([name, type]) => xml`<tt:SimpleItemDescription Name="${name}" Type="${type}"/>`),
    ...Object.entries(elements).map(([name, type]) => xml`<tt:ElementItemDescription Name="${name}" Type="${type}"/>`),
  ];
  return all.length === 0 ? undefined : xml`${new Xml(`<tt:${group}>`)}${all}${new Xml(`</tt:${group}>`)}`;
}
