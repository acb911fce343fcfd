import { namespaces } from '../../core/soap/namespaces.ts';
import { type Prefixes, resolveQName } from '../../core/soap/xml.ts';

/** Dialects of topic expressions (Core §9.6.3); the third is how some clients misspell the second. */
export const concreteDialect = 'http://docs.oasis-open.org/wsn/t-1/TopicExpression/Concrete';
export const concreteSetDialect = 'http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet';
const misspeltDialect = 'http://docs.oasis-open.org/wsn/t-1/TopicExpression/ConcreteSet';

/** Topics a subscriber wants. */
export interface TopicFilter {
  /** The expression with our own prefixes, as it can be kept and read again. */
  readonly expression: string;
  matches(topic: string): boolean;
}

export type TopicFilterError = 'dialect-unknown' | 'invalid';

interface Path {
  segments: string[];
  subtree: boolean;
}

/** `tns1:RuleEngine/tns1:Cell` → `['RuleEngine', 'Cell']`; names of other namespaces keep their prefix. */
const segmentsOf = (topic: string) => topic.split('/').map((segment) => segment.replace(/^tns1:/, ''));

/** Read a TopicExpression; `prefixes` are those in scope where it stands. */
export function parseTopicFilter(text: string, dialect: string, prefixes: Prefixes): TopicFilter | TopicFilterError {
  const set = dialect === concreteSetDialect || dialect === misspeltDialect;
  if (!set && dialect !== concreteDialect) return 'dialect-unknown';
  const alternatives = set ? text.split('|') : [text];
  const paths: Path[] = [];
  for (const alternative of alternatives) {
    const path = parsePath(alternative.trim(), set, prefixes);
    if (!path) return 'invalid';
    paths.push(path);
  }
  return {
    expression: paths.map(({ segments, subtree }) => `tns1:${segments.join('/')}${subtree ? '//.' : ''}`).join('|'),
    matches(topic) {
      const have = segmentsOf(topic);
      return paths.some(
        ({ segments, subtree }) =>
          (subtree ? have.length >= segments.length : have.length === segments.length) &&
          segments.every((segment, at) => segment === have[at]),
      );
    },
  };
}

/** Read an expression of our own spelling (`EventBrokerState.filter`); undefined when it is none. */
export function parseOwnTopicFilter(expression: string): TopicFilter | undefined {
  const filter = parseTopicFilter(expression, concreteSetDialect, { declared: { tns1: namespaces.tns1 } });
  return typeof filter === 'string' ? undefined : filter;
}

/** Clients whose library cannot bind a prefix for the sake of a text send the usual one as it is. */
const unbound = (part: string) =>
  part.startsWith('tns1:') ? { ns: namespaces.tns1, name: part.slice('tns1:'.length) } : undefined;

const nameToken = /^[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?$/;

function parsePath(text: string, set: boolean, prefixes: Prefixes): Path | undefined {
  const subtree = text.endsWith('//.');
  if (subtree && !set) return undefined;
  const segments: string[] = [];
  for (const part of (subtree ? text.slice(0, -3) : text).split('/')) {
    if (!nameToken.test(part)) return undefined;
    if (!part.includes(':')) {
      segments.push(part);
      continue;
    }
    const qname = resolveQName(part, prefixes) ?? unbound(part);
    if (!qname) return undefined;
    segments.push(qname.ns === namespaces.tns1 ? qname.name : part);
  }
  return { segments, subtree };
}
