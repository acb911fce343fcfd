import type { OnvifEvent } from '../../core/onvif/event.ts';
import type { KeptJournal } from './recordings.ts';

/** Events kept: the oldest go first. */
const mostEntries = 2000;
/** Shapes are few; a camera whose topics were changed again and again begins anew. */
const mostShapes = 200;

export const emptyJournal = (): KeptJournal => ({ shapes: [], entries: [] });

/** Keep an event with the instant at which it was raised, whatever its own time stamp says. */
export function keepEvent(journal: KeptJournal, event: OnvifEvent, at: number): void {
  const { topic, source, data, elements } = event;
  const property = event.operation !== undefined;
  const items = Object.keys(data);
  const parts = Object.keys(elements ?? {});
  const same = (one: KeptJournal['shapes'][number]) =>
    one.topic === topic &&
    one.property === property &&
    one.items.join() === items.join() &&
    (one.parts ?? []).join() === parts.join() &&
    JSON.stringify(one.source) === JSON.stringify(source);
  let shape = journal.shapes.findIndex(same);
  if (shape < 0) {
    if (journal.shapes.length >= mostShapes) {
      journal.shapes.length = 0;
      journal.entries.length = 0;
    }
    shape = journal.shapes.push({ topic, property, source, items, ...(parts.length > 0 ? { parts } : {}) }) - 1;
  }
  if (journal.entries.length >= mostEntries) journal.entries.splice(0, mostEntries / 10);
  journal.entries.push([at, shape, ...Object.values(data), ...Object.values(elements ?? {})]);
}

/** The events of [from, to), the earliest first. */
export function eventsIn({ shapes, entries }: KeptJournal, from: number, to: number): OnvifEvent[] {
  return entries
    .filter(([at]) => at >= from && at < to)
    .map(([at, shape, ...values]) => {
      const { topic, property, source, items, parts = [] } = shapes[shape]!;
      const named = (names: string[], first: number) =>
        Object.fromEntries(names.map((name, i) => [name, values[first + i] ?? '']));
      return {
        topic,
        ...(property ? { operation: 'Changed' as const } : {}),
        utcTime: at,
        source,
        data: named(items, 0),
        ...(parts.length > 0 ? { elements: named(parts, items.length) } : {}),
      };
    })
    .sort((a, b) => a.utcTime - b.utcTime);
}
