import { SaxesParser } from 'saxes';
import { parsePlainXml } from './plain-xml.ts';
import { noPrefixes, type XmlElement } from './xml.ts';

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
  return parsePlainXml(text, maxDepth, maxNodes) ?? parseAnyXml(text, maxDepth, maxNodes);
}

/** Without the short way for plain documents: the whole of XML, and a reason for what is refused. */
export function parseAnyXml(
  text: string,
  maxDepth = defaultLimits.maxDepth,
  maxNodes = defaultLimits.maxNodes,
): XmlElement {
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
