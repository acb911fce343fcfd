import { durationOf } from '../parts/duration.ts';
import type { Fault } from '../wire.ts';

/** When a fault strikes and until when, in words. */
export function faultWhen({
  nth,
  every,
  chance,
  times,
  for: forMs,
}: Omit<Fault, 'id' | 'do' | 'at' | 'seen' | 'struck'>) {
  const parts = [
    nth !== undefined && `only the ${ordinal(nth)}`,
    every !== undefined && `every ${ordinal(every)}`,
    chance !== undefined && `${Math.round(chance * 100)} % of them`,
    times !== undefined && `${times} ${times === 1 ? 'time' : 'times'}`,
    forMs !== undefined && `for ${durationOf(forMs)}`,
  ].filter(Boolean);
  return parts.length === 0 ? 'always' : parts.join(', ');
}

export function ordinal(number: number): string {
  const tens = number % 100;
  const ending = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${ending}`;
}

/** The fault as one line of a fleet file or scenario. */
export const faultLine = (spec: Record<string, string | number>): string =>
  `{ ${Object.entries(spec)
    .map(([key, value]) => `${key}: ${typeof value === 'string' && /[*:#,[\]{}]/.test(value) ? `'${value}'` : value}`)
    .join(', ')} }`;
