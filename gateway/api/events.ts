import { z } from 'zod';
import { eventKinds } from '../../core/onvif/event.ts';
import { viewOf } from '../events/intake.ts';
import type { Queries } from '../store/database.ts';
import { searchEvents } from '../store/events.ts';
import { type Route, route } from './route.ts';

export const eventSchema = z.object({
  id: z.number().int(),
  cameraId: z.string(),
  cameraName: z.string(),
  kind: z.enum(eventKinds),
  active: z.boolean().nullable().describe('begins or ends; null for what only happens'),
  topic: z.string(),
  route: z.enum(['mqtt', 'pull-point']),
  occurredAt: z.iso.datetime(),
  receivedAt: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
});

const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .describe('ISO 8601');
const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'a whole number')
  .transform(Number);

const search = z.strictObject({
  camera: z.string().min(1).max(64).optional(),
  kind: z.enum(eventKinds).optional(),
  active: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  since: instant.optional(),
  until: instant.optional(),
  q: z.string().max(100).optional().describe('in camera name, kind, topic or data'),
  limit: wholeNumber.pipe(z.number().int().min(1).max(500)).default(100),
  before: wholeNumber.optional().describe('only older ones than this id'),
});

export const eventRoutes = ({ db }: { db: Queries }): Route[] => [
  route({
    method: 'get',
    path: '/events',
    door: 'session',
    role: 'viewer',
    tag: 'Events',
    summary: 'Search stored events, newest first.',
    query: search,
    answer: z.object({
      events: z.array(eventSchema),
      next: z.number().int().optional().describe('give it as `before` for the next page'),
    }),
    async handle({ query: { camera, q, limit, ...query } }) {
      const found = await searchEvents(db, {
        ...query,
        ...(camera === undefined ? {} : { cameraId: camera }),
        ...(q === undefined ? {} : { text: q }),
        limit: limit + 1,
      });
      const events = found.slice(0, limit).map(viewOf) as z.infer<typeof eventSchema>[];
      return { events, ...(found.length > limit ? { next: events.at(-1)!.id } : {}) };
    },
  }),
];
