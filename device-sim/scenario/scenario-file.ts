import { z } from 'zod';
import { parseDuration } from '../../core/runtime/clock.ts';
import { durationText } from '../duration-text.ts';
import { faultSpec } from '../faults/fault.ts';
import { profiles } from '../profiles/index.ts';
import { parseYaml, readYamlFile } from '../yaml-file.ts';
import { type Action, parseAction } from './action.ts';

/** Kinds some model sees; whether this camera does is asked when it happens. */
const kinds = [...new Set(Object.values(profiles).flatMap(({ topics }) => topics.map(({ kind }) => kind)))];

/** Time since the beginning: `08:05`, `08:05:30`, or a duration such as `90s`. */
const offset = z.union([z.string(), z.number()]).transform((given, context) => {
  const clock = /^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$/.exec(String(given).trim());
  if (clock) return (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0)) * 1000;
  try {
    const ms = typeof given === 'number' ? given * 1000 : parseDuration(given);
    if (ms >= 0) return ms;
  } catch {
    // said below
  }
  context.addIssue({ code: 'custom', message: `"${given}" is no time: write 08:05, 08:05:30 or 90s` });
  return z.NEVER;
});

const action = z.string().transform((text, context): Action => {
  const parsed = parseAction(text, kinds);
  if (typeof parsed !== 'string') return parsed;
  context.addIssue({ code: 'custom', message: parsed });
  return z.NEVER;
});

const step = z
  .strictObject({
    at: offset,
    /** Again and again from `at` on … */
    every: durationText.optional(),
    /** … until then; to the end when absent. */
    until: offset.optional(),
    /** Name of a camera; all of them when neither is given. */
    camera: z.string().optional(),
    cameras: z.array(z.string()).min(1).optional(),
    do: z.union([action, z.array(action).min(1)]).optional(),
    fault: faultSpec.optional(),
  })
  .superRefine((one, context) => {
    const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (one.do === undefined && one.fault === undefined) say('do', 'a step needs "do" or "fault"');
    if (one.camera !== undefined && one.cameras !== undefined) say('camera', 'give "camera" or "cameras", not both');
    if (one.every !== undefined && one.every < 1000) say('every', 'at most once a second');
    if (one.until !== undefined && one.every === undefined) say('until', '"until" goes with "every"');
  });

export const scenarioSchema = z.strictObject({
  name: z.string().min(1).max(120).optional(),
  /** How long it goes on; without it, to the last step. */
  lasts: durationText.optional(),
  steps: z.array(step).min(1),
});

export interface Step {
  atMs: number;
  everyMs?: number;
  untilMs?: number;
  /** Names; absent: all cameras. */
  cameras?: string[];
  actions: Action[];
  fault?: z.output<typeof faultSpec>;
}
export interface Scenario {
  name: string;
  lastsMs: number;
  steps: Step[];
}

const scenarioOf = ({ name, lasts, steps }: z.output<typeof scenarioSchema>, fallback: string): Scenario => {
  const made = steps.map((one): Step => {
    const cameras = one.cameras ?? (one.camera === undefined ? undefined : [one.camera]);
    return {
      atMs: one.at,
      ...(one.every === undefined ? {} : { everyMs: one.every }),
      ...(one.until === undefined ? {} : { untilMs: one.until }),
      ...(cameras ? { cameras } : {}),
      actions: one.do === undefined ? [] : Array.isArray(one.do) ? one.do : [one.do],
      ...(one.fault ? { fault: one.fault } : {}),
    };
  });
  const last = Math.max(...made.map(({ atMs, untilMs }) => untilMs ?? atMs));
  // A little after the last step, so that what it began is seen.
  return { name: name ?? fallback, lastsMs: lasts ?? last + 60_000, steps: made };
};

export const readScenario = (path: string): Scenario => scenarioOf(readYamlFile(path, scenarioSchema), path);
export const parseScenario = (text: string, path = 'scenario'): Scenario =>
  scenarioOf(parseYaml(text, path, scenarioSchema), path);
