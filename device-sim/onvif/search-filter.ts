import type { XmlElement } from '../../core/soap/xml.ts';

/** The XPath dialect of recording searches (Recording Search §7). */
export const searchFilterDialect = 'http://www.onvif.org/ver10/tse/searchFilter';

/** Does a document, given by its root element, pass? */
export type SearchFilter = (root: XmlElement) => boolean;
type Test = (element: XmlElement) => boolean;

const tokenPattern =
  /\s*(?:(\/\/|!=|<=|>=|[/()[\]=<>,])|(@?[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)|("[^"]*"|'[^']*'|[“”][^“”]*[“”]))/y;
const maxLength = 4096;
const maxDepth = 32;

/** Read an expression; undefined when it is none. Names are taken in any namespace. */
export function parseSearchFilter(text: string): SearchFilter | undefined {
  const tokens = tokenize(text.trim());
  if (!tokens || tokens.length === 0) return undefined;
  const parser = new Parser(tokens);
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

const local = (name: string) => name.replace(/^@?(?:[^:]*:)?/, '');
const comparisons = ['=', '!=', '<', '<=', '>', '>='] as const;
type Comparison = (typeof comparisons)[number];

/** Numbers by size, everything else by its letters. */
function compare(left: string, operator: Comparison, right: string): boolean {
  const numbers = [left, right].map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
  const [a, b] = numbers.some(Number.isNaN) ? [left, right] : (numbers as [number, number]);
  switch (operator) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a! < b!;
    case '<=':
      return a! <= b!;
    case '>':
      return a! > b!;
    case '>=':
      return a! >= b!;
  }
}

function* descendants(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of element.children) yield* descendants(child);
}

class Parser {
  private position = 0;
  constructor(private readonly tokens: string[]) {}

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
  private name(): string {
    const token = this.take();
    if (!/^[A-Za-z_]/.test(token)) throw new SyntaxError(`"${token}" is no name`);
    return local(token);
  }
  private quoted(): string {
    const token = this.take();
    if (!/^["'“”]/.test(token)) throw new SyntaxError('a value stands in quotes');
    return token.slice(1, -1);
  }

  private joined(next: () => Test): Test {
    const and = () => {
      const parts = [next()];
      while (this.peek() === 'and') {
        this.take();
        parts.push(next());
      }
      return (element: XmlElement) => parts.every((part) => part(element));
    };
    const parts = [and()];
    while (this.peek() === 'or') {
      this.take();
      parts.push(and());
    }
    return (element) => parts.some((part) => part(element));
  }

  expression(depth: number): SearchFilter {
    if (depth > maxDepth) throw new SyntaxError('too deep');
    return this.joined(() => this.term(depth));
  }

  private term(depth: number): SearchFilter {
    const token = this.take();
    if (token === '(') {
      const inner = this.expression(depth + 1);
      this.take(')');
      return inner;
    }
    this.take('(');
    let inner: SearchFilter;
    if (token === 'not') {
      const negated = this.expression(depth + 1);
      inner = (root) => !negated(root);
    } else if (token === 'boolean') {
      const path = this.path(depth);
      inner = (root) => path(root).length > 0;
    } else if (token === 'contains') {
      const path = this.path(depth);
      this.take(',');
      const part = this.quoted();
      inner = (root) => path(root).some(({ text }) => text.includes(part));
    } else throw new SyntaxError(`"${token}" is no function here`);
    this.take(')');
    return inner;
  }

  /** `//Track[TrackType = "Video"]`, `/RecordingInformation/Source[Location="hall"]` */
  private path(depth: number): (root: XmlElement) => XmlElement[] {
    const anywhere = this.take() === '//';
    if (!anywhere && this.tokens[this.position - 1] !== '/') throw new SyntaxError('a path begins with /');
    const steps: { name: string; test: Test }[] = [];
    do {
      const name = this.name();
      let test: Test = () => true;
      if (this.peek() === '[') {
        this.take();
        test = this.joined(() => this.condition(depth + 1));
        this.take(']');
      }
      steps.push({ name, test });
    } while (this.peek() === '/' && this.take());
    const [first, ...rest] = steps as [{ name: string; test: Test }, ...{ name: string; test: Test }[]];
    const at =
      ({ name, test }: { name: string; test: Test }) =>
      (one: XmlElement) =>
        one.name === name && test(one);
    return (root) =>
      rest.reduce(
        (found, step) => found.flatMap(({ children }) => children.filter(at(step))),
        (anywhere ? [...descendants(root)] : [root]).filter(at(first)),
      );
  }

  private condition(depth: number): Test {
    if (depth > maxDepth) throw new SyntaxError('too deep');
    const token = this.take();
    if (token === '(' || (token === 'not' && this.peek() === '(')) {
      if (token === 'not') this.take('(');
      const inner = this.joined(() => this.condition(depth + 1));
      this.take(')');
      return token === 'not' ? (element) => !inner(element) : inner;
    }
    if (!/^@?[A-Za-z_]/.test(token)) throw new SyntaxError(`"${token}" is no name`);
    const operator = comparisons.find((one) => one === this.peek());
    if (!operator) throw new SyntaxError('a comparison is wanted');
    this.take();
    const value = this.quoted();
    const name = local(token);
    if (token.startsWith('@')) {
      return ({ attributes }) => attributes[name] !== undefined && compare(attributes[name], operator, value);
    }
    return ({ children }) =>
      children.some((child) => child.name === name && compare(child.text.trim(), operator, value));
  }
}
