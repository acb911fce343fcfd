import type { Received } from '../wire.ts';

type Tone = 'good' | 'bad' | 'note' | 'idle';

/** What came of a request: a status, an error code, a fault's subcode; nothing means it went well. */
export function outcomeOf({ outcome, protocol }: Pick<Received, 'outcome' | 'protocol'>): { tone: Tone; text: string } {
  if (outcome === undefined) return { tone: 'good', text: 'ok' };
  if (outcome.startsWith('fault ')) return { tone: 'note', text: outcome };
  if (outcome === 'ok' || /^2\d\d$/.test(outcome)) return { tone: 'good', text: outcome };
  if ((protocol === 'ds' || protocol === 'openapi') && outcome === '0') return { tone: 'good', text: 'ok' };
  // A challenge is how every digest sign-in begins.
  if (outcome === '401' || /^3\d\d$/.test(outcome)) return { tone: 'idle', text: outcome };
  return { tone: 'bad', text: outcome };
}
