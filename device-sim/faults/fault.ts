import { z } from 'zod';
import { parseDuration } from '../../core/runtime/clock.ts';
import { hint } from '../../core/runtime/settings.ts';
import { durationText } from '../duration-text.ts';

/** Doors of a camera at which a fault can wait. */
export const faultDoors = ['onvif', 'snapshot', 'rtsp', 'ds', 'openapi'] as const;
export type FaultDoor = (typeof faultDoors)[number];

/** What a fault does to the request it strikes. */
export type Effect =
  | { do: 'delay'; ms: number }
  /** No answer, the connection stays. */
  | { do: 'drop' }
  /** The connection is reset. */
  | { do: 'reset' }
  /** So many bytes of the answer's body, then the connection ends. */
  | { do: 'truncate'; bytes: number }
  /** The answer's XML or JSON no longer closes. */
  | { do: 'garble' }
  | { do: 'fault'; subcodes: string[] }
  /** 401 with a fresh challenge, whatever was sent. */
  | { do: 'refuse' }
  | { do: 'status'; status: number };

/** Everywhere: these end or hold a connection. The rest needs a door that answers over HTTP. */
const connectionEffects = new Set<Effect['do']>(['delay', 'drop', 'reset']);

const words: Record<Effect['do'], (rest: string) => Effect | undefined> = {
  delay: (rest) => durationOf(rest, (ms) => ({ do: 'delay', ms })),
  drop: (rest) => (rest === '' ? { do: 'drop' } : undefined),
  reset: (rest) => (rest === '' ? { do: 'reset' } : undefined),
  truncate: (rest) => (/^\d{1,7}$/.test(rest) ? { do: 'truncate', bytes: Number(rest) } : undefined),
  garble: (rest) => (rest === '' ? { do: 'garble' } : undefined),
  fault: (rest) => (/^ter:\w+(\/ter:\w+)*$/.test(rest) ? { do: 'fault', subcodes: rest.split('/') } : undefined),
  refuse: (rest) => (rest === '' ? { do: 'refuse' } : undefined),
  status: (rest) => (/^[3-5]\d\d$/.test(rest) ? { do: 'status', status: Number(rest) } : undefined),
};
const examples = 'delay 2s, drop, reset, truncate 100, garble, fault ter:ActionNotSupported, refuse or status 503';

/** What each effect is to a person: its argument, one that fits, and what the client meets. */
export const effectForms: Record<Effect['do'], { argument?: string; example: string; means: string }> = {
  delay: { argument: 'time', example: 'delay 2s', means: 'the answer late' },
  drop: { example: 'drop', means: 'no answer, the connection stays' },
  reset: { example: 'reset', means: 'the connection reset' },
  truncate: { argument: 'bytes', example: 'truncate 100', means: 'so many bytes, then the end' },
  garble: { example: 'garble', means: 'an answer that no longer closes' },
  fault: { argument: 'subcodes', example: 'fault ter:ActionNotSupported', means: 'a SOAP fault' },
  refuse: { example: 'refuse', means: '401 with a challenge, whatever was sent' },
  status: { argument: 'status', example: 'status 503', means: 'that HTTP status' },
};

/** The grammar as data, for a form: which effects each door has. */
export const faultGrammar = () => ({
  doors: faultDoors.map((door) => ({
    door,
    operations: door !== 'rtsp',
    effects: Object.keys(effectForms).filter((word) => {
      const given = { at: door, do: effectForms[word as Effect['do']].example };
      return faultSpec.safeParse(given).success;
    }),
  })),
  effects: effectForms,
});

function durationOf(text: string, make: (ms: number) => Effect): Effect | undefined {
  try {
    const ms = parseDuration(text);
    return ms >= 0 ? make(ms) : undefined;
  } catch {
    return undefined;
  }
}

/** `delay 2s`, `fault ter:InvalidArgVal/ter:NoProfile` …; a sentence when it is none. */
export function parseEffect(text: string): Effect | string {
  const [word = '', ...rest] = text.trim().split(/\s+/);
  if (!Object.hasOwn(words, word))
    return `there is no effect "${word}"${hint(word, Object.keys(words))}; write ${examples}`;
  return words[word as Effect['do']](rest.join(' ')) ?? `"${text}" will not do: write ${examples}`;
}

/** A fault as a file, the control API or a test states it. */
export const faultSpec = z
  .strictObject({
    at: z.enum(faultDoors),
    /** Name of an operation (`GetProfiles`, `login`, `getDeviceInfo`); `*` stands for any letters. */
    operation: z
      .string()
      .regex(/^[\w.*-]{1,80}$/, 'the name of an operation, with * for any letters')
      .optional(),
    /** Only the nth matching request. */
    nth: z.number().int().min(1).optional(),
    /** Every so manieth. */
    every: z.number().int().min(1).optional(),
    /** With this probability; the fleet's seed makes a run repeat. */
    chance: z.number().gt(0).max(1).optional(),
    /** Gone after it struck so often. */
    times: z.number().int().min(1).optional(),
    /** Gone after this time. */
    for: durationText.optional(),
    do: z.string().transform((text, context) => {
      const effect = parseEffect(text);
      if (typeof effect !== 'string') return effect;
      context.addIssue({ code: 'custom', message: effect });
      return z.NEVER;
    }),
  })
  .superRefine((spec, context) => {
    const { do: effect } = spec.do;
    if (spec.at === 'rtsp' && !connectionEffects.has(effect))
      context.addIssue({
        code: 'custom',
        path: ['do'],
        message: `at rtsp there are delay, drop and reset, not ${effect}`,
      });
    if (effect === 'fault' && spec.at !== 'onvif')
      context.addIssue({ code: 'custom', path: ['do'], message: `a SOAP fault is for onvif, not for ${spec.at}` });
    if (spec.at === 'rtsp' && spec.operation !== undefined)
      context.addIssue({ code: 'custom', path: ['operation'], message: 'at rtsp a fault strikes whole connections' });
  });
export type FaultSpec = z.output<typeof faultSpec>;

export const formatEffect = (effect: Effect): string => {
  switch (effect.do) {
    case 'delay':
      return `delay ${effect.ms}ms`;
    case 'truncate':
      return `truncate ${effect.bytes}`;
    case 'fault':
      return `fault ${effect.subcodes.join('/')}`;
    case 'status':
      return `status ${effect.status}`;
    default:
      return effect.do;
  }
};
