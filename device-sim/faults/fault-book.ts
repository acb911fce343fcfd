import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { type Effect, type FaultDoor, type FaultSpec, formatEffect } from './fault.ts';

/** A fault in force. */
export interface Fault {
  readonly id: number;
  readonly spec: FaultSpec;
  /** Requests it was asked about, and those it struck. */
  readonly seen: number;
  readonly struck: number;
}

/** The faults of one camera. */
export interface FaultBook {
  add(spec: FaultSpec): Fault;
  remove(id: number): boolean;
  clear(): void;
  list(): readonly Fault[];
  /** Does any fault wait at this door? Doors ask first, so that a camera without faults pays nothing. */
  waitsAt(door: FaultDoor): boolean;
  /** What happens to this request; undefined: nothing. Counts. */
  strike(door: FaultDoor, operation: string): Effect | undefined;
}

interface Entry {
  id: number;
  spec: FaultSpec;
  names: RegExp;
  endsAt: number;
  seen: number;
  struck: number;
}

const pattern = (operation = '*') => new RegExp(`^${operation.replace(/[.\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i');

export function createFaultBook(clock: Pick<Clock, 'now'>, random: Random): FaultBook {
  let entries: Entry[] = [];
  let last = 0;
  const settle = () => {
    if (entries.length === 0) return;
    const now = clock.now();
    entries = entries.filter(({ endsAt, struck, spec }) => now < endsAt && struck < (spec.times ?? Infinity));
  };
  const hits = ({ spec, seen }: Entry) => {
    if (spec.nth !== undefined && seen !== spec.nth) return false;
    if (spec.every !== undefined && seen % spec.every !== 0) return false;
    return spec.chance === undefined || random.unit() < spec.chance;
  };
  return {
    add(spec) {
      const endsAt = spec.for === undefined ? Infinity : clock.now() + spec.for;
      const entry = { id: ++last, spec, names: pattern(spec.operation), endsAt, seen: 0, struck: 0 };
      entries.push(entry);
      return entry;
    },
    remove(id) {
      const before = entries.length;
      entries = entries.filter((one) => one.id !== id);
      return entries.length < before;
    },
    clear() {
      entries = [];
    },
    list() {
      settle();
      return entries;
    },
    waitsAt(door) {
      settle();
      return entries.some(({ spec }) => spec.at === door);
    },
    strike(door, operation) {
      settle();
      let effect: Effect | undefined;
      // Every fault counts what it matches; the first that hits decides.
      for (const entry of entries) {
        if (entry.spec.at !== door || !entry.names.test(operation)) continue;
        entry.seen += 1;
        if (effect || !hits(entry)) continue;
        entry.struck += 1;
        effect = entry.spec.do;
      }
      return effect;
    },
  };
}

export const describeFault = ({ id, spec, seen, struck }: Fault) => ({
  id,
  ...spec,
  do: formatEffect(spec.do),
  seen,
  struck,
});
