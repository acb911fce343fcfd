import { namespaceOf, noPrefixes, type XmlElement } from './xml.ts';

/**
 * The documents nearly everybody sends, in one pass: ASCII names, attributes and text, nothing to be decoded. What is
 * out of the ordinary (comments, entities, CDATA, carriage returns) or wrong in any way is undefined here and left to a
 * parser that knows all of XML and can say what is wrong; what is read here, that parser reads the same.
 */
export function parsePlainXml(text: string, maxDepth: number, maxNodes: number): XmlElement | undefined {
  // An element takes four characters, an attribute five: a shorter document cannot have too many.
  if (text.length > 4 * maxNodes || unusual.test(text)) return undefined;
  const open: XmlElement[] = [];
  const tags: string[] = [];
  let root: XmlElement | undefined;
  let at = text.startsWith('<?') ? (declaration.exec(text)?.[0].length ?? 0) : 0;
  for (;;) {
    const parent = open.length > 0 ? open[open.length - 1] : undefined;
    const tagAt = text.indexOf('<', at);
    if (!parent && endOfSpace(text, at) !== (tagAt < 0 ? text.length : tagAt)) return undefined;
    if (tagAt < 0) return parent ? undefined : root;
    if (parent && tagAt > at) {
      const inside = text.slice(at, tagAt);
      if (inside.includes(']]>')) return undefined;
      parent.text += inside;
    }
    at = tagAt + 1;
    if (text.charCodeAt(at) === slash) {
      const tag = tags.pop();
      if (tag === undefined || !text.startsWith(tag, at + 1)) return undefined;
      at = endOfSpace(text, at + 1 + tag.length);
      if (text.charCodeAt(at) !== greater) return undefined;
      at += 1;
      open.pop();
      continue;
    }
    if (open.length >= maxDepth || (root && !parent)) return undefined;
    const nameAt = at;
    const firstEnd = endOfName(text, nameAt);
    const localAt = text.charCodeAt(firstEnd) === colon ? firstEnd + 1 : nameAt;
    at = localAt > nameAt ? endOfName(text, localAt) : firstEnd;
    const name = text.slice(localAt, at);
    const tag = localAt > nameAt ? text.slice(nameAt, at) : name;
    const element: XmlElement = {
      name,
      ns: '',
      attributes: {},
      children: [],
      text: '',
      prefixes: parent ? parent.prefixes : noPrefixes,
    };
    at = readAttributes(text, at, element);
    const ns = namespaceOf(localAt > nameAt ? text.slice(nameAt, firstEnd) : '', element.prefixes);
    if (firstEnd === nameAt || name === '' || at < 0 || ns === undefined) return undefined;
    element.ns = ns;
    if (parent) parent.children.push(element);
    else root = element;
    if (text.charCodeAt(at) === slash) at += 1;
    else {
      open.push(element);
      tags.push(tag);
    }
    if (text.charCodeAt(at) !== greater) return undefined;
    at += 1;
  }
}

/** An entity begins, a line ends as on Windows, or a character stands there that no document may have as it is. */
const unusual = /[&\r\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]/;

const declaration =
  /^<\?xml version=(?:"1\.0"|'1\.0')(?: encoding=(?:"[Uu][Tt][Ff]-8"|'[Uu][Tt][Ff]-8'))?(?: standalone=(?:"(?:yes|no)"|'(?:yes|no)'))? ?\?>/;

const tab = 9;
const newline = 10;
const space = 32;
const slash = 47;
const colon = 58;
const equals = 61;
const greater = 62;

const isLetter = (code: number) => (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
/** Letters, digits, `-`, `.` and `_`. */
const isNamePart = (code: number) => isLetter(code) || (code >= 45 && code < colon && code !== slash) || code === 95;

/** At once when no name begins there. */
function endOfName(text: string, at: number): number {
  if (!isLetter(text.charCodeAt(at))) return at;
  let end = at + 1;
  while (isNamePart(text.charCodeAt(end))) end += 1;
  return end;
}

function endOfSpace(text: string, at: number): number {
  for (let end = at; ; end += 1) {
    const code = text.charCodeAt(end);
    if (code !== space && code !== newline && code !== tab) return end;
  }
}

const xmlUri = 'http://www.w3.org/XML/1998/namespace';
const xmlnsUri = 'http://www.w3.org/2000/xmlns/';

/** Reads the attributes of a start tag; where they end, -1 when one is not plain, is there twice, or has no namespace. */
function readAttributes(text: string, from: number, element: XmlElement): number {
  const { attributes } = element;
  let declared: Record<string, string> | undefined;
  /** Prefix, name and value in turn: what a prefix means is known at the end of the tag. */
  let qualified: string[] | undefined;
  let at = from;
  for (;;) {
    const nameAt = endOfSpace(text, at);
    const firstEnd = endOfName(text, nameAt);
    if (firstEnd === nameAt) {
      at = nameAt;
      break;
    }
    const localAt = text.charCodeAt(firstEnd) === colon ? firstEnd + 1 : nameAt;
    const end = localAt > nameAt ? endOfName(text, localAt) : firstEnd;
    const mark = text.charAt(end + 1);
    if (nameAt === at || end === localAt || text.charCodeAt(end) !== equals || (mark !== '"' && mark !== "'"))
      return -1;
    const valueEnd = text.indexOf(mark, end + 2);
    const value = text.slice(end + 2, valueEnd);
    if (valueEnd < 0 || value.includes('<') || value.includes('\n') || value.includes('\t')) return -1;
    const prefix = localAt > nameAt ? text.slice(nameAt, firstEnd) : '';
    const local = text.slice(localAt, end);
    if (prefix === 'xmlns' || (prefix === '' && local === 'xmlns')) {
      const declares = prefix === '' ? '' : local;
      const uri = value.trim();
      declared ??= {};
      if (declared[declares] !== undefined || declares === 'xml' || declares === 'xmlns') return -1;
      if (uri === xmlUri || uri === xmlnsUri || (uri === '' && declares !== '')) return -1;
      declared[declares] = uri;
    } else if (prefix === '') {
      if (attributes[local] !== undefined) return -1;
      attributes[local] = value;
    } else {
      qualified ??= [];
      qualified.push(prefix, local, value);
    }
    at = valueEnd + 1;
  }
  if (declared) element.prefixes = { declared, outer: element.prefixes };
  for (let i = 0; qualified && i < qualified.length; i += 3) {
    const ns = namespaceOf(qualified[i]!, element.prefixes);
    const key = `{${ns}}${qualified[i + 1]}`;
    if (ns === undefined || attributes[key] !== undefined) return -1;
    attributes[key] = qualified[i + 2]!;
  }
  return at;
}
