import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import type { Audit } from '../people/audit.ts';
import { roleCovers, type SignedIn } from '../people/roles.ts';
import { actorOf, type Sessions } from '../people/sessions.ts';
import type { SessionRow } from '../store/sessions.ts';
import { type Route, route } from './route.ts';
import { idParams, instant, roleSchema } from './schemas.ts';

const sessionSchema = z.object({
  id: z.string(),
  current: z.boolean(),
  name: z.string(),
  role: roleSchema,
  via: z.enum(['local', 'tplink']),
  remote: z.boolean(),
  address: z.string(),
  userAgent: z.string(),
  startedAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});

/** Everybody sees and ends their own; administrators those of all. */
const mayHandle = (user: SignedIn, row: SessionRow) => actorOf(row) === user.actor || roleCovers(user.role, 'admin');

export const sessionRoutes = ({ sessions, audit }: { sessions: Sessions; audit: Audit }): Route[] => [
  route({
    method: 'get',
    path: '/sessions',
    door: 'session',
    role: 'live_only',
    tag: 'Sessions',
    summary: 'Sessions that are alive: your own, and for administrators those of all.',
    answer: z.object({ sessions: z.array(sessionSchema) }),
    async handle({ user }) {
      const rows = (await sessions.list()).filter((row) => mayHandle(user, row));
      return {
        sessions: rows.map((row) => ({
          id: row.id,
          current: row.id === user.sessionId,
          name: row.name,
          role: row.role,
          via: row.sub === null ? ('local' as const) : ('tplink' as const),
          remote: row.remote === 1,
          address: row.address,
          userAgent: row.user_agent,
          startedAt: instant(row.created_at),
          lastSeenAt: instant(row.last_seen_at),
          expiresAt: instant(row.expires_at),
        })),
      };
    },
  }),
  route({
    method: 'delete',
    path: '/sessions/:id',
    door: 'session',
    role: 'live_only',
    tag: 'Sessions',
    summary: 'End a session and its live sockets.',
    params: idParams,
    async handle({ params, user, request }) {
      const row = (await sessions.list()).find(({ id }) => id === params.id);
      if (!row || !mayHandle(user, row) || (await sessions.end(row.id)) === 0)
        throw new GatewayError('not_found', 'there is no such session');
      await audit.record('session.ended', { request, details: { name: row.name, session: row.id } });
    },
  }),
];
