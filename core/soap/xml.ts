/** One element of a parsed document. Names are split: `ns` is the namespace's URI ('' for none), `name` the local part. */
export interface XmlElement {
  name: string;
  ns: string;
  /** By local name, or by `{uri}local` for an attribute in a namespace. */
  attributes: Record<string, string>;
  children: XmlElement[];
  /** Character data directly inside, as it stands. */
  text: string;
  /** Prefixes in scope, for QNames in content. Shared with the parent when nothing is declared. */
  prefixes: Prefixes;
}

/** Namespace declarations of an element, and of those around it. The default namespace has the prefix ''. */
export interface Prefixes {
  readonly declared: Readonly<Record<string, string>>;
  readonly outer?: Prefixes;
}

/** What is bound before anything is declared. */
export const noPrefixes: Prefixes = { declared: { xml: 'http://www.w3.org/XML/1998/namespace' } };

/** First child element of that local name, in whatever namespace. */
export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((child) => child.name === name);

export const childrenOf = (element: XmlElement | undefined, name: string): XmlElement[] =>
  element?.children.filter((child) => child.name === name) ?? [];

/** The trimmed text of the child at the end of a path of local names; undefined when one is missing. */
export function textAt(element: XmlElement | undefined, ...path: string[]): string | undefined {
  let at = element;
  for (const name of path) at = childOf(at, name);
  return at?.text.trim();
}

/** The namespace a prefix is bound to there; undefined when it is not. */
export function namespaceOf(prefix: string, prefixes: Prefixes): string | undefined {
  for (let at: Prefixes | undefined = prefixes; at; at = at.outer) {
    if (Object.hasOwn(at.declared, prefix)) return at.declared[prefix];
  }
  return prefix === '' ? '' : undefined;
}

/** Resolve a QName in content by the prefixes in scope there; undefined when its prefix is not bound. */
export function resolveQName(qname: string, prefixes: Prefixes): { ns: string; name: string } | undefined {
  const colon = qname.indexOf(':');
  const name = colon < 0 ? qname : qname.slice(colon + 1);
  const ns = namespaceOf(colon < 0 ? '' : qname.slice(0, colon), prefixes);
  return ns === undefined || name === '' ? undefined : { ns, name };
}

/** Markup that is ready to be sent. */
export class Xml {
  constructor(readonly markup: string) {}
  toString() {
    return this.markup;
  }
}

/** The same, for markup that is kept: joined strings are copied together where their bytes are counted, once for all. */
export function inOnePiece(given: Xml): Xml {
  Buffer.byteLength(given.markup);
  return given;
}

const special = /[&<>"'\t\n\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff]/;
const specials =
  /[&<>"'\t\n\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g;
const named: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** The one escape function: good in content and in attributes; what XML 1.0 cannot carry becomes U+FFFD. */
export const escapeXml = (text: string): string =>
  special.test(text)
    ? text.replace(specials, (found) => named[found] ?? (found.length === 2 ? found : '\ufffd'))
    : text;

export type XmlValue = Xml | string | number | boolean | undefined | null | readonly XmlValue[];

const markupOf = (value: XmlValue): string => {
  if (typeof value === 'string') return escapeXml(value);
  if (value instanceof Xml) return value.markup;
  if (typeof value === 'number') return String(value);
  if (value === undefined || value === null || value === false) return '';
  if (Array.isArray(value)) {
    let all = '';
    for (const one of value) all += markupOf(one);
    return all;
  }
  return String(value);
};

/**
 * Write markup: text is escaped, Xml is taken as it is, lists are joined, undefined, null and false leave nothing.
 * A boolean that is content goes in as a word: `${String(flag)}`.
 */
export function xml(parts: TemplateStringsArray, ...values: XmlValue[]): Xml {
  let markup = parts[0]!;
  for (let i = 0; i < values.length; i++) markup += markupOf(values[i]) + parts[i + 1]!;
  return new Xml(markup);
}

/** An element as markup again, with every namespace declared where it is used. Text comes before the children. */
export function formatElement(element: XmlElement, moreAttributes: Xml = new Xml('')): Xml {
  const own = new Map<string, string>();
  const prefixFor = (ns: string) => {
    if (ns === '') return '';
    if (!own.has(ns)) own.set(ns, `n${own.size}`);
    return `${own.get(ns)}:`;
  };
  const name = `${prefixFor(element.ns)}${element.name}`;
  const attributes = Object.entries(element.attributes).map(([key, value]) => {
    const qualified = /^\{(.*)\}(.*)$/.exec(key);
    return ` ${qualified ? prefixFor(qualified[1]!) + qualified[2] : key}="${escapeXml(value)}"`;
  });
  const declared = [...own].map(([ns, prefix]) => ` xmlns:${prefix}="${escapeXml(ns)}"`);
  const inside = escapeXml(element.text) + element.children.map((child) => formatElement(child).markup).join('');
  return new Xml(`<${name}${declared.join('')}${attributes.join('')}${moreAttributes.markup}>${inside}</${name}>`);
}
