import { formatEnvelope, parseEnvelope } from '../soap/envelope.ts';
import { SoapFault } from '../soap/fault.ts';
import { namespaces, type Prefix } from '../soap/namespaces.ts';
import { childOf, childrenOf, resolveQName, textAt, Xml, type XmlElement, xml } from '../soap/xml.ts';

/** WS-Discovery 2005/04 over WS-Addressing 2004/08, as ONVIF uses it (Core §7). */
export const discoveryPort = 3702;
export const discoveryGroup = '239.255.255.250';
/** Longest random wait before a multicast answer (WS-Discovery §2.4, APP_MAX_DELAY). */
export const appMaxDelayMs = 500;

export const matchByRfc3986 = 'http://schemas.xmlsoap.org/ws/2005/04/discovery/rfc3986';
export const matchByStrcmp0 = 'http://schemas.xmlsoap.org/ws/2005/04/discovery/strcmp0';

/** A type by its namespace and local name. */
export interface TypeName {
  ns: string;
  name: string;
}
export const deviceType: TypeName = { ns: namespaces.tds, name: 'Device' };
export const transmitterType: TypeName = { ns: namespaces.dn, name: 'NetworkVideoTransmitter' };

/** What a target says of itself. */
export interface Target {
  /** `urn:uuid:…` */
  address: string;
  types: TypeName[];
  scopes: string[];
  xAddrs: string[];
  metadataVersion: number;
}

/** Order of a sender's messages: the boot, and the number within it. */
export interface AppSequence {
  instanceId: number;
  messageNumber: number;
}

export interface Probe {
  kind: 'Probe';
  messageId: string;
  types: TypeName[];
  scopes: string[];
  /** The matching rule; rfc3986 when the probe names none. */
  matchBy: string;
}
export interface Resolve {
  kind: 'Resolve';
  messageId: string;
  address: string;
}
export interface Matches {
  kind: 'ProbeMatches' | 'ResolveMatches';
  messageId: string;
  relatesTo: string;
  targets: Target[];
}
export interface Announcement {
  kind: 'Hello' | 'Bye';
  messageId: string;
  appSequence?: AppSequence;
  target: Target;
}
export type DiscoveryMessage = Probe | Resolve | Matches | Announcement;

const limits = { maxLength: 65_536, maxNodes: 2000, maxDepth: 24 };

const words = (text: string | undefined) => (text ?? '').split(/\s+/).filter((word) => word !== '');

/** QNames of a list, by the prefixes in scope there; one with an unbound prefix stays, in a namespace nothing is in. */
const typesOf = (element: XmlElement | undefined): TypeName[] =>
  words(element?.text).map((qname) => resolveQName(qname, element!.prefixes) ?? { ns: 'about:unbound', name: qname });

const targetOf = (element: XmlElement): Target => ({
  address: textAt(element, 'EndpointReference', 'Address') ?? '',
  types: typesOf(childOf(element, 'Types')),
  scopes: words(textAt(element, 'Scopes')),
  xAddrs: words(textAt(element, 'XAddrs')),
  metadataVersion: Number(textAt(element, 'MetadataVersion')) || 0,
});

/** Read one datagram. Undefined for anything that is not a whole discovery message: those are ignored (Core §7.3.8). */
export function parseDiscovery(datagram: string): DiscoveryMessage | undefined {
  let envelope: ReturnType<typeof parseEnvelope>;
  try {
    envelope = parseEnvelope(datagram, limits);
  } catch (error) {
    if (error instanceof SoapFault) return undefined;
    throw error;
  }
  const { header, body } = envelope;
  const inHeader = (name: string) =>
    header.find((block) => block.name === name && block.ns === namespaces.a)?.text.trim() ?? '';
  const messageId = inHeader('MessageID');
  if (body.ns !== namespaces.d || messageId === '') return undefined;
  switch (body.name) {
    case 'Probe': {
      const scopes = childOf(body, 'Scopes');
      return {
        kind: 'Probe',
        messageId,
        types: typesOf(childOf(body, 'Types')),
        scopes: words(scopes?.text),
        matchBy: scopes?.attributes['MatchBy']?.trim() || matchByRfc3986,
      };
    }
    case 'Resolve': {
      const address = textAt(body, 'EndpointReference', 'Address');
      return address ? { kind: 'Resolve', messageId, address } : undefined;
    }
    case 'ProbeMatches':
    case 'ResolveMatches':
      return {
        kind: body.name,
        messageId,
        relatesTo: inHeader('RelatesTo'),
        targets: childrenOf(body, body.name === 'ProbeMatches' ? 'ProbeMatch' : 'ResolveMatch')
          .map(targetOf)
          .filter(({ address }) => address !== ''),
      };
    case 'Hello':
    case 'Bye': {
      const target = targetOf(body);
      const sequence = header.find((block) => block.name === 'AppSequence' && block.ns === namespaces.d)?.attributes;
      if (target.address === '') return undefined;
      return {
        kind: body.name,
        messageId,
        target,
        ...(sequence
          ? {
              appSequence: {
                instanceId: Number(sequence['InstanceId']) || 0,
                messageNumber: Number(sequence['MessageNumber']) || 0,
              },
            }
          : {}),
      };
    }
    default:
      return undefined;
  }
}

/** Does a probe ask for this target? An unknown matching rule matches nothing. */
export function probeMatches(probe: Probe, target: Pick<Target, 'types' | 'scopes'>): boolean {
  const has = (wanted: TypeName) => target.types.some(({ ns, name }) => ns === wanted.ns && name === wanted.name);
  if (!probe.types.every(has)) return false;
  if (probe.scopes.length === 0) return true;
  const matches = matchRules[probe.matchBy];
  return matches !== undefined && probe.scopes.every((wanted) => target.scopes.some((scope) => matches(wanted, scope)));
}

const matchRules: Record<string, (wanted: string, scope: string) => boolean> = {
  [matchByRfc3986]: scopeCovers,
  [matchByStrcmp0]: (wanted, scope) => wanted === scope,
};

/** WS-Discovery §5.1: same scheme and authority, and the wanted path's segments begin the scope's. */
export function scopeCovers(wanted: string, scope: string): boolean {
  const a = partsOf(wanted);
  const b = partsOf(scope);
  if (!a || !b || a.origin !== b.origin || a.segments.length > b.segments.length) return false;
  if ([...a.segments, ...b.segments].some((segment) => segment === '.' || segment === '..')) return false;
  return a.segments.every((segment, at) => segment === b.segments[at]);
}

function partsOf(uri: string): { origin: string; segments: string[] } | undefined {
  const match = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)/i.exec(uri);
  if (!match) return undefined;
  const path = match[3]!.replace(/^\//, '').replace(/\/$/, '');
  return {
    origin: `${match[1]}://${match[2] ?? ''}`.toLowerCase(),
    segments: path === '' ? [] : path.split('/').map(decoded),
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const prefixOfNs = new Map<string, Prefix>([
  [namespaces.tds, 'tds'],
  [namespaces.dn, 'dn'],
]);
const typesText = (types: TypeName[]) =>
  types.flatMap(({ ns, name }) => (prefixOfNs.has(ns) ? [`${prefixOfNs.get(ns)}:${name}`] : [])).join(' ');

const prefixes: Prefix[] = ['a', 'd', 'dn', 'tds'];
const everyone = 'urn:schemas-xmlsoap-org:ws:2005:04:discovery';
const anonymous = 'http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous';

interface Heading {
  messageId: string;
  action: string;
  to: string;
  relatesTo?: string;
  appSequence?: AppSequence;
}

const heading = ({ messageId, action, to, relatesTo, appSequence }: Heading) =>
  xml`<a:MessageID>${messageId}</a:MessageID>${relatesTo && xml`<a:RelatesTo>${relatesTo}</a:RelatesTo>`}<a:To>${to}</a:To><a:Action>${namespaces.d}/${action}</a:Action>${appSequence && xml`<d:AppSequence InstanceId="${appSequence.instanceId}" MessageNumber="${appSequence.messageNumber}"/>`}`;

const reference = (address: string) =>
  xml`<a:EndpointReference><a:Address>${address}</a:Address></a:EndpointReference>`;

const targetMarkup = (target: Target) =>
  xml`${reference(target.address)}<d:Types>${typesText(target.types)}</d:Types><d:Scopes>${target.scopes.join(' ')}</d:Scopes><d:XAddrs>${target.xAddrs.join(' ')}</d:XAddrs><d:MetadataVersion>${target.metadataVersion}</d:MetadataVersion>`;

export function formatProbe(probe: { messageId: string; types?: TypeName[]; scopes?: string[] }): string {
  const { messageId, types = [], scopes = [] } = probe;
  const body = xml`<d:Probe>${types.length > 0 && xml`<d:Types>${typesText(types)}</d:Types>`}${scopes.length > 0 && xml`<d:Scopes>${scopes.join(' ')}</d:Scopes>`}</d:Probe>`;
  return formatEnvelope(body, prefixes, heading({ messageId, action: 'Probe', to: everyone }));
}

export const formatResolve = (resolve: { messageId: string; address: string }): string =>
  formatEnvelope(
    xml`<d:Resolve>${reference(resolve.address)}</d:Resolve>`,
    prefixes,
    heading({ messageId: resolve.messageId, action: 'Resolve', to: everyone }),
  );

/** The answer to a Probe or a Resolve. */
export function formatMatches(matches: Matches & { appSequence: AppSequence }): string {
  const { kind, messageId, relatesTo, appSequence, targets } = matches;
  const one = kind === 'ProbeMatches' ? 'ProbeMatch' : 'ResolveMatch';
  const each = targets.map((target) => xml`${new Xml(`<d:${one}>`)}${targetMarkup(target)}${new Xml(`</d:${one}>`)}`);
  return formatEnvelope(
    xml`${new Xml(`<d:${kind}>`)}${each}${new Xml(`</d:${kind}>`)}`,
    prefixes,
    heading({ messageId, action: kind, to: anonymous, relatesTo, appSequence }),
  );
}

/** Hello with all a client may want to know, or Bye. */
export function formatAnnouncement(given: Announcement & { appSequence: AppSequence }): string {
  const { kind, messageId, appSequence, target } = given;
  const body =
    kind === 'Hello'
      ? xml`<d:Hello>${targetMarkup(target)}</d:Hello>`
      : xml`<d:Bye>${reference(target.address)}</d:Bye>`;
  return formatEnvelope(body, prefixes, heading({ messageId, action: kind, to: everyone, appSequence }));
}
