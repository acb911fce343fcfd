import { SaxesParser } from 'saxes';

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

/** Why a document was refused; the SOAP faults follow from it. */
export type XmlRefusal = 'malformed' | 'tag-mismatch' | 'unbound-prefix' | 'doctype' | 'too-deep' | 'too-large';

export class XmlError extends Error {
  override name = 'XmlError';
  constructor(
    readonly reason: XmlRefusal,
    message: string,
  ) {
    super(message);
  }
}

export interface XmlLimits {
  maxDepth: number;
  maxLength: number;
  /** Elements and attributes together: bounds what a small document can make us allocate. */
  maxNodes: number;
}

const defaultLimits: XmlLimits = { maxDepth: 64, maxLength: 512 * 1024, maxNodes: 20_000 };

const refusalOf = (message: string): XmlRefusal => {
  if (/unbound namespace prefix/.test(message)) return 'unbound-prefix';
  if (/unexpected close tag|unclosed tag|unmatched closing tag/.test(message)) return 'tag-mismatch';
  return 'malformed';
};

/** Parse a whole document. Throws XmlError; DTDs, and with them all entities but the five of XML, are refused. */
export function parseXml(text: string, limits: Partial<XmlLimits> = {}): XmlElement {
  const { maxDepth, maxLength, maxNodes } = { ...defaultLimits, ...limits };
  if (text.length > maxLength) throw new XmlError('too-large', `the document is longer than ${maxLength} characters`);
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  let nodes = 0;
  parser.on('error', (error) => {
    throw new XmlError(refusalOf(error.message), error.message);
  });
  parser.on('doctype', () => {
    throw new XmlError('doctype', 'a document type declaration is not accepted');
  });
  parser.on('opentag', (tag) => {
    const parent = open[open.length - 1];
    if (open.length >= maxDepth) throw new XmlError('too-deep', `elements are nested more than ${maxDepth} deep`);
    const attributes: Record<string, string> = {};
    let declares = false;
    for (const name in tag.attributes) {
      const attribute = tag.attributes[name]!;
      nodes += 1;
      if (attribute.uri === xmlnsUri) declares = true;
      else attributes[attribute.uri ? `{${attribute.uri}}${attribute.local}` : attribute.local] = attribute.value;
    }
    nodes += 1;
    if (nodes > maxNodes) throw new XmlError('too-large', `more than ${maxNodes} elements and attributes`);
    const outer = parent?.prefixes ?? noPrefixes;
    const prefixes = declares ? { declared: tag.ns, outer } : outer;
    const element: XmlElement = { name: tag.local, ns: tag.uri, attributes, children: [], text: '', prefixes };
    if (parent) parent.children.push(element);
    else root = element;
    open.push(element);
  });
  const addText = (chunk: string) => {
    const element = open[open.length - 1];
    if (element) element.text += chunk;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(text).close();
  if (!root) throw new XmlError('malformed', 'the document is empty');
  return root;
}

const xmlnsUri = 'http://www.w3.org/2000/xmlns/';
const noPrefixes: Prefixes = { declared: { xml: 'http://www.w3.org/XML/1998/namespace' } };

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
