import { once } from 'node:events';
import { z } from 'zod';
import type { Access } from '../organisation/access.ts';
import type { Store } from '../store/store.ts';
import { type Route, sessionRoute } from './route.ts';
import { instant, iso } from './schemas.ts';

/** Rows read at a time for a download: it has no end of its own and must not stand in memory. */
const rowsAtOnce = 500;

const kind = z.string().regex(/^[a-z0-9_.]{1,64}\*?$/, 'not a kind, such as signed_in or gateway.*');
const moment = instant.transform((text) => Date.parse(text)).optional();
const line = z.object({
  id: z.number().int(),
  at: instant,
  kind: z.string(),
  who: z.object({ id: z.string(), email: z.string(), name: z.string() }).optional(),
  door: z.string(),
  address: z.string(),
  userAgent: z.string(),
  sessionId: z.string().optional(),
  detail: z.record(z.string(), z.unknown()),
});

type Row = Awaited<ReturnType<Store['audit']['ofOrganisation']>>[number];
const lineOf = (row: Row): z.infer<typeof line> => ({
  id: row.seq,
  at: iso(row.at),
  kind: row.kind,
  ...(row.accountId && row.email !== null && row.name !== null
    ? { who: { id: row.accountId, email: row.email, name: row.name } }
    : {}),
  door: row.door,
  address: row.address,
  userAgent: row.userAgent,
  ...(row.sessionId ? { sessionId: row.sessionId } : {}),
  detail: JSON.parse(row.detail) as Record<string, unknown>,
});

/** The audit log of an organisation. */
export function auditRoutes({ store, access }: { store: Store; access: Access }): Route[] {
  return [
    sessionRoute(
      {
        method: 'get',
        path: '/api/v1/organisations/:id/audit',
        door: 'web-portal',
        summary:
          'What happened in the organisation and with its users’ sign-ins, newest first; with format=ndjson (or Accept: application/x-ndjson) all of it as a download',
        params: z.object({ id: z.string().min(1).max(64) }),
        query: z.object({
          q: z.string().trim().min(1).max(100).optional().meta({
            description: 'Looked for in kind, person, address, program, door and details.',
          }),
          kind: z
            .string()
            .max(500)
            .transform((text) => text.split(','))
            .pipe(z.array(kind).max(20))
            .optional()
            .meta({
              description: 'Kinds or beginnings of kinds with `*`, separated by commas: `signed_in,gateway.*`.',
            }),
          from: moment,
          to: moment,
          before: z.coerce.number().int().min(1).optional().meta({ description: 'Older than the line of this id.' }),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          format: z.enum(['json', 'ndjson']).optional(),
        }),
        success: { status: 200, schema: z.object({ lines: z.array(line), next: z.number().int().optional() }) },
        refuses: ['organisation_unknown', 'role_insufficient'],
      },
      async ({ params, query, session, request, response }) => {
        await access.organisation(store, session.accountId, params.id, 'audit.read');
        const { q, kind: kinds = [], from, to, limit } = query;
        const page = (before: number | undefined, rows: number) =>
          store.audit.ofOrganisation(params.id, { q, kinds, from, to, before, limit: rows });
        const wantsLines =
          query.format === 'ndjson' ||
          (query.format === undefined &&
            request.accepts(['application/json', 'application/x-ndjson']) === 'application/x-ndjson');
        if (!wantsLines) {
          const rows = await page(query.before, limit);
          return { lines: rows.map(lineOf), ...(rows.length === limit ? { next: rows.at(-1)!.seq } : {}) };
        }
        response.attachment('audit.ndjson').type('application/x-ndjson');
        for (let before = query.before; ; ) {
          const rows = await page(before, rowsAtOnce);
          const text = rows.map((row) => `${JSON.stringify(lineOf(row))}\n`).join('');
          // A reader that is slow is waited for; one that left ends it.
          if (text && !response.write(text)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
          if (rows.length < rowsAtOnce || response.destroyed) break;
          before = rows.at(-1)!.seq;
        }
        response.end();
        return undefined;
      },
    ),
  ];
}
