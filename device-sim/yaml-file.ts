import { readFileSync } from 'node:fs';
import { isCollection, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { z } from 'zod';
import { hint, UsageError } from '../core/runtime/settings.ts';

/**
 * Read a YAML file that a person wrote and check it whole. What is wrong becomes one sentence with path, line and, where
 * a word was mistyped, the nearest right one.
 */
export function readYamlFile<T>(path: string, schema: z.ZodType<T>): T {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UsageError(`${path}: ${missing ? 'there is no such file' : (error as Error).message}`);
  }
  return parseYaml(text, path, schema);
}

export function parseYaml<T>(text: string, path: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number) => lines.linePos(offset).line;
  const [fault] = document.errors;
  if (fault) throw new UsageError(`${path}:${lineOf(fault.pos[0])}: ${fault.message}`);
  const value: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = deepest(parsed.error.issues[0]!);
  const at = issue.path as (string | number)[];
  const whole = document.contents as Node | null;
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const place = nodeAt(whole, at);
    const pair = isMap(place) ? place.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    const offset = isScalar(pair?.key) ? pair.key.range?.[0] : place?.range?.[0];
    const known = keysAt(schema, at);
    throw new UsageError(
      `${path}:${lineOf(offset ?? 0)}: ${inside(at)}there is no setting "${key}"${hint(key!, known) || listOf(known)}`,
    );
  }
  const node = nodeAt(whole, at) ?? nodeAt(whole, at.slice(0, -1)) ?? whole;
  const given = isScalar(node) ? node.value : undefined;
  const say =
    issue.code === 'invalid_value' && typeof given === 'string'
      ? `"${given}" will not do${hint(given, issue.values.map(String)) || listOf(issue.values.map(String))}`
      : issue.message;
  throw new UsageError(`${path}:${lineOf(node?.range?.[0] ?? 0)}: ${inside(at)}${say}`);
}

type Issue = z.core.$ZodIssue;

/** In a choice of shapes, the complaint of the shape that got furthest: there the mistake most likely is. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const inner = issue.errors
    .map((issues) => issues[0]!)
    .filter(Boolean)
    .map((one) => deepest({ ...one, path: [...issue.path, ...one.path] }));
  return inner.sort((a, b) => b.path.length - a.path.length)[0] ?? issue;
}

const inside = (path: (string | number)[]) => {
  const text = path.map((part) => (typeof part === 'number' ? `[${part + 1}]` : `.${part}`)).join('');
  return text === '' ? '' : `${text.replace(/^\./, '')}: `;
};

const listOf = (words: string[]) => (words.length === 0 ? '' : `; there are ${words.join(', ')}`);

function nodeAt(node: Node | null | undefined, path: (string | number)[]): Node | undefined {
  let at: unknown = node;
  for (const part of path) at = isCollection(at) ? at.get(part, true) : undefined;
  return (at as Node | undefined) ?? undefined;
}

/** Names a map may have at a place of a schema. */
function keysAt(schema: z.ZodType, path: (string | number)[]): string[] {
  const inner = schema as unknown as {
    def: { type: string; innerType?: z.ZodType; in?: z.ZodType; options?: z.ZodType[] };
  };
  const { def } = inner;
  if (def.innerType) return keysAt(def.innerType, path);
  if (def.type === 'pipe' && def.in) return keysAt(def.in, path);
  if (def.options) return [...new Set(def.options.flatMap((option) => keysAt(option, path)))];
  const [first, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    if (first === undefined) return Object.keys(schema.shape);
    const next = schema.shape[first as string] as z.ZodType | undefined;
    return next ? keysAt(next, rest) : [];
  }
  if (schema instanceof z.ZodArray && first !== undefined) return keysAt(schema.element as z.ZodType, rest);
  if (schema instanceof z.ZodRecord && first !== undefined) return keysAt(schema.valueType as z.ZodType, rest);
  return [];
}
