import { parseDuration } from '../../core/runtime/clock.ts';
import { hint } from '../../core/runtime/settings.ts';
import { type Traffic, trafficLevels } from '../plan.ts';

/** One thing that happens to a camera, or before it. */
export type Action =
  | { do: 'trigger'; kind: string; durationMs?: number }
  | { do: 'switch'; kind: string; active: boolean }
  | { do: 'power-cut'; offMs?: number }
  | { do: 'reboot' }
  | { do: 'network-cut'; offMs: number }
  | { do: 'network'; connected: boolean }
  | { do: 'clock'; byMs: number }
  | { do: 'drift'; partsPerMillion: number }
  | { do: 'traffic'; level: Traffic }
  | { do: 'lose-subscriptions' }
  | { do: 'clear-faults' };

const duration = (text: string): number | undefined => {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
};
const positive = (text: string) => {
  const ms = duration(text);
  return ms !== undefined && ms >= 0 ? ms : undefined;
};

/** What each word takes behind it; undefined: not that. */
const verbs: Record<string, (rest: string) => Action | undefined> = {
  'power-cut': (rest) =>
    rest === '' ? { do: 'power-cut' } : made(positive(rest), (offMs) => ({ do: 'power-cut', offMs })),
  reboot: (rest) => (rest === '' ? { do: 'reboot' } : undefined),
  'network-cut': (rest) => made(positive(rest), (offMs) => ({ do: 'network-cut', offMs })),
  network: (rest) => (rest === 'on' || rest === 'off' ? { do: 'network', connected: rest === 'on' } : undefined),
  clock: (rest) => made(duration(rest.replace(/^\+/, '')), (byMs) => ({ do: 'clock', byMs })),
  drift: (rest) => {
    const match = /^([+-]?\d{1,6})\s*ppm$/.exec(rest);
    return match ? { do: 'drift', partsPerMillion: Number(match[1]) } : undefined;
  },
  traffic: (rest) => {
    const level = trafficLevels.find((one) => one === rest);
    return level && { do: 'traffic', level };
  },
  'lose-subscriptions': (rest) => (rest === '' ? { do: 'lose-subscriptions' } : undefined),
  'clear-faults': (rest) => (rest === '' ? { do: 'clear-faults' } : undefined),
};

const made = <T>(value: T | undefined, make: (value: T) => Action): Action | undefined =>
  value === undefined ? undefined : make(value);

const usages =
  'KIND, KIND 20s, KIND on, KIND off, power-cut 30s, reboot, network-cut 2m, network off, clock +5m, drift 200ppm, traffic busy, lose-subscriptions or clear-faults';

/** `motion 20s`, `power-cut 30s`, `clock +5m` …; a sentence when it is none. `kinds` are those some camera sees. */
export function parseAction(text: string, kinds: readonly string[]): Action | string {
  const [word = '', ...more] = text.trim().split(/\s+/);
  const rest = more.join(' ');
  if (Object.hasOwn(verbs, word)) return verbs[word]!(rest) ?? `"${text}" will not do: write ${usages}`;
  if (!kinds.includes(word)) {
    const near = hint(word, [...kinds, ...Object.keys(verbs)]);
    return `nothing is called "${word}"${near || `; KIND is one of ${kinds.join(', ')}, else write ${usages}`}`;
  }
  if (rest === '') return { do: 'trigger', kind: word };
  if (rest === 'on' || rest === 'off') return { do: 'switch', kind: word, active: rest === 'on' };
  const durationMs = positive(rest);
  return durationMs === undefined
    ? `"${text}" will not do: write ${usages}`
    : { do: 'trigger', kind: word, durationMs };
}

export function formatAction(action: Action): string {
  switch (action.do) {
    case 'trigger':
      return action.durationMs === undefined ? action.kind : `${action.kind} ${action.durationMs / 1000}s`;
    case 'switch':
      return `${action.kind} ${action.active ? 'on' : 'off'}`;
    case 'power-cut':
      return action.offMs === undefined ? 'power-cut' : `power-cut ${action.offMs / 1000}s`;
    case 'network-cut':
      return `network-cut ${action.offMs / 1000}s`;
    case 'network':
      return `network ${action.connected ? 'on' : 'off'}`;
    case 'clock':
      return `clock ${action.byMs < 0 ? '' : '+'}${action.byMs / 1000}s`;
    case 'drift':
      return `drift ${action.partsPerMillion}ppm`;
    case 'traffic':
      return `traffic ${action.level}`;
    default:
      return action.do;
  }
}
