import type { OnvifEvent } from '../../core/onvif/event.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { childOf, childrenOf, type Prefixes, resolveQName, type XmlElement } from '../../core/soap/xml.ts';

/** Most messages taken from one answer, and most items of one message. */
const maxMessages = 500;
const maxItems = 32;
const maxTextLength = 256;

const cut = (text: string) => text.slice(0, maxTextLength);

/** `tns1:A/tns1:B` or `x:A/B` with any prefix for the ONVIF topic namespace → `tns1:A/B`; vendor topics keep their prefix. */
function formatTopicPath(text: string, prefixes: Prefixes): string | undefined {
  const levels = text.trim().split('/');
  if (levels.length > 16) return undefined;
  const named = levels.map((level) => {
    const name = resolveQName(level, prefixes);
    if (!level.includes(':')) return { level, foreign: false };
    return name?.ns === namespaces.tns1 ? { level: name.name, foreign: false } : { level, foreign: true };
  });
  if (named.some(({ level }) => level === '')) return undefined;
  return `${named[0]!.foreign ? '' : 'tns1:'}${named.map(({ level }) => level).join('/')}`;
}

function itemsOf(element: XmlElement | undefined): Record<string, string> {
  const items: Record<string, string> = {};
  for (const item of childrenOf(element, 'SimpleItem').slice(0, maxItems)) {
    const name = item.attributes['Name'];
    if (name && name !== '__proto__') items[cut(name)] = cut(item.attributes['Value'] ?? '');
  }
  return items;
}

/** One wsnt:NotificationMessage; undefined when it says nothing we understand. Never throws. */
function parseNotification(message: XmlElement): OnvifEvent | undefined {
  const topicElement = childOf(message, 'Topic');
  const content = childOf(childOf(message, 'Message'), 'Message');
  if (!topicElement || !content) return undefined;
  const topic = formatTopicPath(topicElement.text, topicElement.prefixes);
  const utcTime = Date.parse(content.attributes['UtcTime'] ?? '');
  if (!topic || Number.isNaN(utcTime)) return undefined;
  const operation = content.attributes['PropertyOperation'];
  const key = childOf(content, 'Key');
  return {
    topic: cut(topic),
    utcTime,
    source: itemsOf(childOf(content, 'Source')),
    ...(key ? { key: itemsOf(key) } : {}),
    data: itemsOf(childOf(content, 'Data')),
    ...(operation === 'Initialized' || operation === 'Changed' || operation === 'Deleted' ? { operation } : {}),
  };
}

/** Events of a PullMessagesResponse or a Notify, in the order they came. */
export const parseNotifications = (answer: XmlElement | undefined): OnvifEvent[] =>
  childrenOf(answer, 'NotificationMessage')
    .slice(0, maxMessages)
    .flatMap((message) => parseNotification(message) ?? []);
