import { z } from 'zod';
import { CloudError } from '../errors.ts';
import { audit } from '../sign-in/audit.ts';
import { sessionCookie } from './cookies.ts';
import type { PeopleDeps } from './people.ts';
import { type Route, sessionRoute } from './route.ts';
import { instant, iso } from './schemas.ts';

const sessionItem = z.object({
  id: z.string(),
  current: z.boolean(),
  kind: z.string(),
  door: z.string(),
  amr: z.array(z.string()),
  authenticatedAt: instant,
  lastSeenAt: instant,
  expiresAt: instant,
  address: z.string(),
  userAgent: z.string(),
});
const historyItem = z.object({
  id: z.number().int(),
  at: instant,
  kind: z.string(),
  door: z.string(),
  address: z.string(),
  userAgent: z.string(),
  sessionId: z.string().optional(),
  detail: z.record(z.string(), z.unknown()),
});

/** Sessions, trusted terminals and history of the account. */
export function sessionRoutes({ sessions, store, clock, cookies }: PeopleDeps): Route[] {
  return [
    sessionRoute(
      {
        method: 'get',
        path: '/api/v1/sessions',
        door: 'web-portal',
        summary: 'Sessions of the account that are open',
        success: { status: 200, schema: z.object({ sessions: z.array(sessionItem) }) },
      },
      async ({ session }) => ({
        sessions: (await sessions.of(session.accountId)).map((one) => ({
          id: one.id,
          current: one.id === session.id,
          kind: one.kind,
          door: one.door,
          amr: one.amr,
          authenticatedAt: iso(one.authenticatedAt),
          lastSeenAt: iso(one.lastSeenAt),
          expiresAt: iso(one.expiresAt),
          address: one.address,
          userAgent: one.userAgent,
        })),
      }),
    ),
    sessionRoute(
      {
        method: 'delete',
        path: '/api/v1/sessions/:id',
        withoutCode: true,
        door: 'web-portal',
        summary: 'End one session',
        params: z.object({ id: z.string().max(64) }),
        success: { status: 204 },
        refuses: ['session_unknown'],
      },
      async ({ session, params, visit, response }) => {
        if (!(await sessions.end(visit, { id: params.id, accountId: session.accountId }, 'ended_by_owner'))) {
          throw new CloudError('session_unknown', 'There is no such open session.');
        }
        if (params.id === session.id) cookies.clear(response, sessionCookie);
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'delete',
        path: '/api/v1/sessions',
        withoutCode: true,
        door: 'web-portal',
        summary: 'End all sessions but this one',
        success: { status: 200, schema: z.object({ ended: z.number().int() }) },
      },
      async ({ session, visit }) => ({ ended: await sessions.endOthers(visit, session, 'ended_by_owner') }),
    ),
    sessionRoute(
      {
        method: 'get',
        path: '/api/v1/terminals',
        door: 'web-portal',
        summary: 'Terminals that are trusted not to be asked for a code (TP-Link JSON API)',
        success: {
          status: 200,
          schema: z.object({
            terminals: z.array(
              z.object({
                id: z.string(),
                name: z.string(),
                createdAt: instant,
                lastUsedAt: instant,
                expiresAt: instant,
              }),
            ),
          }),
        },
      },
      async ({ session }) => ({
        terminals: (await store.terminals.of(session.accountId, clock.now())).map((one) => ({
          ...one,
          createdAt: iso(one.createdAt),
          lastUsedAt: iso(one.lastUsedAt),
          expiresAt: iso(one.expiresAt),
        })),
      }),
    ),
    sessionRoute(
      {
        method: 'delete',
        path: '/api/v1/terminals/:id',
        withoutCode: true,
        door: 'web-portal',
        summary: 'Trust a terminal no longer',
        params: z.object({ id: z.string().max(64) }),
        success: { status: 204 },
        refuses: ['terminal_unknown'],
      },
      async ({ session, params, visit }) => {
        if (!(await store.terminals.forget(session.accountId, params.id))) {
          throw new CloudError('terminal_unknown', 'There is no such trusted terminal.');
        }
        await audit(store, clock, 'terminal.forgotten', visit, { accountId: session.accountId, sessionId: session.id });
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'get',
        path: '/api/v1/history',
        door: 'web-portal',
        summary: 'What happened with the account, newest first; as NDJSON with Accept: application/x-ndjson',
        query: z.object({
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          before: z.coerce.number().int().min(1).optional(),
        }),
        success: {
          status: 200,
          schema: z.object({ history: z.array(historyItem), next: z.number().int().optional() }),
        },
      },
      async ({ session, query, request, response }) => {
        const rows = await store.audit.of(session.accountId, query.limit, query.before);
        const history = rows.map((row) => ({
          id: row.seq,
          at: iso(row.at),
          kind: row.kind,
          door: row.door,
          address: row.address,
          userAgent: row.userAgent,
          ...(row.sessionId ? { sessionId: row.sessionId } : {}),
          detail: JSON.parse(row.detail) as Record<string, unknown>,
        }));
        if (request.accepts(['application/json', 'application/x-ndjson']) === 'application/x-ndjson') {
          response.type('application/x-ndjson').send(history.map((event) => `${JSON.stringify(event)}\n`).join(''));
          return undefined;
        }
        return { history, ...(rows.length === query.limit ? { next: rows.at(-1)!.seq } : {}) };
      },
    ),
  ];
}
