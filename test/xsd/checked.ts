import { openValidator, schemasMissing, type Validator } from './validator.ts';

/** Counts what was checked, by the name of the element in the body. */
export interface Checked {
  /** Whether the schemas are here; without them nothing is checked and that is said aloud. */
  readonly active: boolean;
  /** Throws when a message is not valid. */
  check(message: string): void;
  /** `tds GetHostnameResponse` → how many. */
  readonly counts: ReadonlyMap<string, number>;
}

/** A checker for one test file. */
export function checkMessages(): Checked {
  let validator: Validator | undefined;
  let opened = false;
  const counts = new Map<string, number>();
  const open = () => {
    if (!opened) {
      validator = openValidator();
      opened = true;
      if (!validator) console.warn(`NOT CHECKED AGAINST THE SCHEMAS: ${schemasMissing}`);
    }
    return validator;
  };
  return {
    get active() {
      return open() !== undefined;
    },
    counts,
    check(message) {
      const problems = open()?.problems(message) ?? [];
      if (problems.length > 0) throw new Error(`not valid against the schemas:\n${problems.join('\n')}\n${message}`);
      const body = /<(?:\w+:)?Body[^>]*><([\w-]+):([\w.]+)/.exec(message);
      const name = body ? `${body[1]} ${body[2]}` : 'other';
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
  };
}
