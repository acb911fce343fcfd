import type { OnvifEvent } from '../../core/onvif/event.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { namespaceOf, type Prefixes } from '../../core/soap/xml.ts';

/** The message content dialect of ONVIF (Core §9.5.5): a small part of XPath over the items of a message. */
export const itemFilterDialect = 'http://www.onvif.org/ver10/tev/messageContentFilter/ItemFilter';

export type ContentFilter = (event: OnvifEvent) => boolean;

type Item = { name: string; value: string };
type ItemTest = (item: Item) => boolean;

const tokenPattern =
  /\s*(?:(\/\/)|([()[\]=])|(@[A-Za-z]+)|("[^"]*"|'[^']*')|([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?))/y;
const maxLength = 4096;
const maxDepth = 32;

/** Read an ItemFilter expression; undefined when it is none. `prefixes` are those in scope where it stands. */
export function parseContentFilter(text: string, prefixes: Prefixes): ContentFilter | undefined {
  const tokens = tokenize(text.trim());
  if (!tokens) return undefined;
  const parser = new Parser(tokens, prefixes);
  try {
    const filter = parser.expression(0);
    return parser.atEnd ? filter : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function tokenize(text: string): string[] | undefined {
  if (text.length > maxLength) return undefined;
  const tokens: string[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.length) {
    const match = tokenPattern.exec(text);
    if (!match) return undefined;
    tokens.push(match[0].trim());
  }
  return tokens;
}

const itemsOf = ({ source, key, data }: OnvifEvent): Item[] =>
  [source, key ?? {}, data].flatMap((items) => Object.entries(items).map(([name, value]) => ({ name, value })));

class Parser {
  private position = 0;
  constructor(
    private readonly tokens: string[],
    private readonly prefixes: Prefixes,
  ) {}

  get atEnd() {
    return this.position === this.tokens.length;
  }

  private peek() {
    return this.tokens[this.position];
  }

  private take(wanted?: string): string {
    const token = this.tokens[this.position++];
    if (token === undefined || (wanted !== undefined && token !== wanted)) throw new SyntaxError(`no ${wanted}`);
    return token;
  }

  /** Expression ::= And ('or' And)* */
  expression(depth: number): ContentFilter {
    return this.joined('or', () => this.joined('and', () => this.term(depth)));
  }

  private joined<T>(word: 'and' | 'or', next: () => (value: T) => boolean): (value: T) => boolean {
    const parts = [next()];
    while (this.peek() === word) {
      this.take();
      parts.push(next());
    }
    if (parts.length === 1) return parts[0]!;
    return word === 'and'
      ? (value) => parts.every((part) => part(value))
      : (value) => parts.some((part) => part(value));
  }

  private term(depth: number): ContentFilter {
    if (depth > maxDepth) throw new SyntaxError('too deep');
    const token = this.take();
    if (token === '(') {
      const inner = this.expression(depth + 1);
      this.take(')');
      return inner;
    }
    this.take('(');
    const inner = token === 'not' ? this.expression(depth + 1) : token === 'boolean' ? this.path(depth) : undefined;
    if (!inner) throw new SyntaxError(`"${token}" is no function here`);
    this.take(')');
    return token === 'not' ? (event) => !inner(event) : inner;
  }

  /** PathExpr ::= '//' (SimpleItem | ElementItem) '[' AttrExpr ']' */
  private path(depth: number): ContentFilter {
    this.take('//');
    const element = this.take();
    const [prefix, name] = element.includes(':') ? (element.split(':') as [string, string]) : ['', element];
    // Some clients bind no prefix for a name in an attribute-like text; only a wrong one is an error.
    if (prefix !== '' && (namespaceOf(prefix, this.prefixes) ?? namespaces.tt) !== namespaces.tt)
      throw new SyntaxError('namespace');
    if (name !== 'SimpleItem' && name !== 'ElementItem') throw new SyntaxError(`no items are called ${name}`);
    this.take('[');
    const test = this.attributes(depth);
    this.take(']');
    // Our events carry simple items only.
    return name === 'ElementItem' ? () => false : (event) => itemsOf(event).some(test);
  }

  private attributes(depth: number): ItemTest {
    return this.joined('or', () => this.joined('and', () => this.attribute(depth)));
  }

  private attribute(depth: number): ItemTest {
    if (depth > maxDepth) throw new SyntaxError('too deep');
    const token = this.take();
    if (token === '(' || token === 'not') {
      if (token === 'not') this.take('(');
      const inner = this.attributes(depth + 1);
      this.take(')');
      return token === 'not' ? (item) => !inner(item) : inner;
    }
    if (token !== '@Name' && token !== '@Value') throw new SyntaxError(`no attribute ${token}`);
    this.take('=');
    const quoted = this.take();
    if (!/^["']/.test(quoted)) throw new SyntaxError('a value stands in quotes');
    const wanted = quoted.slice(1, -1);
    return token === '@Name' ? ({ name }) => name === wanted : ({ value }) => value === wanted;
  }
}
