import { namespaces } from '../../core/soap/namespaces.ts';
import { parseXml } from '../../core/soap/parse-xml.ts';
import type { Xml, XmlElement } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import { itemFilterDialect } from '../onvif/content-filter.ts';
import { parseSearchFilter, type SearchFilter, searchFilterDialect } from '../onvif/search-filter.ts';
import { parseTopicFilter, type TopicFilter } from '../onvif/topic-filter.ts';
import { needRecording, recorderOf } from './find.ts';
import { informationMarkup } from './markup.ts';
import type { Recording } from './recordings.ts';

export const invalidFilter = (reason: string) => invalidValue(reason, 'ter:InvalidFilterFault');

const declared = (['tt', 'wsnt', 'tns1'] as const).map((prefix) => ` xmlns:${prefix}="${namespaces[prefix]}"`).join('');

/** Our own markup as a tree, for an expression to look into. */
export const treeOf = (markup: Xml): XmlElement =>
  parseXml(markup.markup.replace(/^<[\w:]+/, (open) => `${open}${declared}`));

/** The recordings a tt:SearchScope means (Recording Search §4.2.4). */
export function recordingsIn(scope: Arguments, camera: Camera): Recording[] {
  const recorder = recorderOf(camera);
  const { recordings, jobs } = recorder.kept;
  const tokens = scope.texts('IncludedRecordings');
  const named = tokens.map((token) => needRecording(camera, token, 'ter:InvalidToken'));
  const sources = scope.parts('IncludedSources').map((source) => source.text('Token'));
  const ofSource = (token: string) =>
    recordings.filter(
      (one) =>
        one.source.id === token ||
        jobs.some((job) => job.recording === one.token && job.sources.some(({ profile }) => profile === token)),
    );
  for (const token of sources)
    if (ofSource(token).length === 0) throw invalidValue(`nothing is recorded from "${token}"`, 'ter:InvalidSource');
  const wanted = new Set([...named, ...sources.flatMap(ofSource)]);
  const included = recordings.filter((one) => wanted.has(one) || tokens.length + sources.length === 0);
  const expression = scope.optionalText('RecordingInformationFilter');
  if (expression === undefined || expression === '') return included;
  const passes = filterOf(expression);
  return included.filter((one) => passes(treeOf(informationMarkup(recorder, one, 'tt:RecordingInformation'))));
}

export function filterOf(expression: string): SearchFilter {
  const filter = parseSearchFilter(expression);
  if (!filter) throw invalidFilter(`"${expression.slice(0, 200)}" is no filter expression`);
  return filter;
}

/** What FindEvents looks for. */
export interface WantedEvents {
  topics: readonly TopicFilter[];
  contents: readonly SearchFilter[];
}

/** A tt:EventFilter: topic expressions and message contents, all of which an event must pass. */
export function readEventFilter(filter: XmlElement): WantedEvents {
  const topics: TopicFilter[] = [];
  const contents: SearchFilter[] = [];
  for (const part of filter.children) {
    const dialect = part.attributes['Dialect'] ?? '';
    if (part.name === 'TopicExpression') {
      const topic = parseTopicFilter(part.text.trim(), dialect, part.prefixes);
      if (typeof topic === 'string') throw invalidFilter(`the topic expression was not understood: ${topic}`);
      topics.push(topic);
    } else if (part.name === 'MessageContent') {
      if (dialect !== itemFilterDialect && dialect !== searchFilterDialect)
        throw invalidFilter(`the dialect of a message content is ${itemFilterDialect} or ${searchFilterDialect}`);
      if (part.text.trim() !== '') contents.push(filterOf(part.text.trim()));
    } else throw invalidFilter(`the filter ${part.name} is not known`);
  }
  return { topics, contents };
}
