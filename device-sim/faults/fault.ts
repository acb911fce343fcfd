import { z } from 'zod';
import { parseDuration } from '../../core/runtime/clock.ts';
import { hint } from '../../core/runtime/settings.ts';
import { durationText } from '../duration-text.ts';

/** Doors of a camera at which a fault can wait; at `video` it strikes pictures, at `rtp` packets to a viewer. */
export const faultDoors = ['onvif', 'snapshot', 'rtsp', 'video', 'rtp', 'ds', 'openapi'] as const;
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
  | { do: 'status'; status: number }
  /** The picture stays as it is for so long, while the stream goes on. */
  | { do: 'freeze'; ms: number }
  /** So many key frames, or all for so long, are not sent. */
  | { do: 'withhold'; count: number }
  | { do: 'withhold'; ms: number }
  /** The time stamp is wrong by up to this, either way. */
  | { do: 'stamp'; ms: number }
  /** So many packets, this one first, are lost. */
  | { do: 'lose'; count: number }
  /** The packet comes up to so much late. */
  | { do: 'late'; ms: number }
  /** After this time nothing comes any more, though the connection stays. */
  | { do: 'stop'; ms: number };

/** What there is at the doors that are not asked over HTTP. */
const effectsAt: Partial<Record<FaultDoor, readonly Effect['do'][]>> = {
  rtsp: ['delay', 'drop', 'reset'],
  video: ['freeze', 'withhold', 'stamp'],
  rtp: ['lose', 'late', 'stop'],
};
const streamEffects: readonly Effect['do'][] = [...effectsAt.video!, ...effectsAt.rtp!];

const words: Record<Effect['do'], (rest: string) => Effect | undefined> = {
  delay: (rest) => durationOf(rest, (ms) => ({ do: 'delay', ms })),
  drop: (rest) => (rest === '' ? { do: 'drop' } : undefined),
  reset: (rest) => (rest === '' ? { do: 'reset' } : undefined),
  truncate: (rest) => (/^\d{1,7}$/.test(rest) ? { do: 'truncate', bytes: Number(rest) } : undefined),
  garble: (rest) => (rest === '' ? { do: 'garble' } : undefined),
  fault: (rest) => (/^ter:\w+(\/ter:\w+)*$/.test(rest) ? { do: 'fault', subcodes: rest.split('/') } : undefined),
  refuse: (rest) => (rest === '' ? { do: 'refuse' } : undefined),
  freeze: (rest) => durationOf(rest, (ms) => ({ do: 'freeze', ms })),
  withhold: (rest) =>
    countOf(rest, (count) => ({ do: 'withhold', count })) ?? durationOf(rest, (ms) => ({ do: 'withhold', ms })),
  stamp: (rest) => durationOf(rest, (ms) => ({ do: 'stamp', ms })),
  lose: (rest) => countOf(rest || '1', (count) => ({ do: 'lose', count })),
  late: (rest) => durationOf(rest, (ms) => ({ do: 'late', ms })),
  stop: (rest) => durationOf(rest || '0s', (ms) => ({ do: 'stop', ms })),
  status: (rest) => (/^[3-5]\d\d$/.test(rest) ? { do: 'status', status: Number(rest) } : undefined),
};
const examples =
  'delay 2s, drop, reset, truncate 100, garble, fault ter:ActionNotSupported, refuse or status 503; for pictures ' +
  'freeze 5s, withhold 3, withhold 10s or stamp 200ms; for packets lose, lose 20, late 200ms or stop 10s';

const countOf = (text: string, make: (count: number) => Effect): Effect | undefined =>
  /^[1-9]\d{0,5}$/.test(text) ? make(Number(text)) : undefined;

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
  freeze: { argument: 'time', example: 'freeze 5s', means: 'the picture stands still, the stream goes on' },
  withhold: { argument: 'number or time', example: 'withhold 3', means: 'key frames are missing' },
  stamp: { argument: 'time', example: 'stamp 200ms', means: 'time stamps wrong by up to this' },
  lose: { argument: 'packets', example: 'lose 20', means: 'so many packets in a row lost' },
  late: { argument: 'time', example: 'late 200ms', means: 'packets up to so much late' },
  stop: { argument: 'time', example: 'stop 10s', means: 'no packet any more after this time, the connection stays' },
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
    /** Name of an operation (`GetProfiles`, `login`, `getDeviceInfo`) or of a stream (`stream1`); `*` stands for any letters. */
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
    const offered = effectsAt[spec.at];
    if (offered ? !offered.includes(effect) : streamEffects.includes(effect))
      context.addIssue({
        code: 'custom',
        path: ['do'],
        message: offered
          ? `at ${spec.at} there are ${offered.slice(0, -1).join(', ')} and ${offered.at(-1)}, not ${effect}`
          : `${effect} is for ${effectsAt.video!.includes(effect) ? 'pictures: at video' : 'packets: at rtp'}`,
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
    case 'freeze':
    case 'stamp':
    case 'late':
    case 'stop':
      return `${effect.do} ${effect.ms}ms`;
    case 'withhold':
      return 'ms' in effect ? `withhold ${effect.ms}ms` : `withhold ${effect.count}`;
    case 'lose':
      return `lose ${effect.count}`;
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
