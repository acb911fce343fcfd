import { z } from 'zod';
import type { AuditStore } from '../store/audit.ts';
import type { CloudStore } from '../store/cloud.ts';
import type { UserStore } from '../store/users.ts';
import { type Route, route } from './route.ts';
import { instant } from './schemas.ts';

const query = z.object({
  before: z.coerce.number().int().positive().default(Number.MAX_SAFE_INTEGER),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const entry = z.object({
  id: z.number(),
  at: z.iso.datetime(),
  action: z.string(),
  actor: z.string(),
  who: z.string().optional().describe('the actor as people know it: name of a local user, e-mail of a TP-Link ID'),
  address: z.string(),
  details: z.unknown(),
});

interface Parts {
  audit: AuditStore;
  users: Pick<UserStore, 'list'>;
  cloud: Pick<CloudStore, 'members'>;
}

/** Names by actor of those who are still here. */
const namesOf = async ({ users, cloud }: Parts): Promise<Map<string, string>> =>
  new Map([
    ...(await users.list()).map(({ id, name }) => [`user:${id}`, name] as const),
    ...(await cloud.members()).map(({ sub, email }) => [`tplink:${sub}`, email] as const),
  ]);

export const auditRoutes = (parts: Parts): Route[] => [
  route({
    method: 'get',
    path: '/audit',
    door: 'session',
    role: 'admin',
    tag: 'Audit',
    summary: 'Who did what, newest first.',
    query,
    answer: z.object({ entries: z.array(entry), next: z.number().optional() }),
    async handle({ query: { before, limit } }) {
      const rows = await parts.audit.page(before, limit);
      const names = await namesOf(parts);
      const last = rows.at(-1);
      return {
        entries: rows.map((row) => ({
          ...row,
          at: instant(row.at),
          ...(names.has(row.actor) ? { who: names.get(row.actor) } : {}),
          details: JSON.parse(row.details) as unknown,
        })),
        ...(last && rows.length === limit ? { next: last.id } : {}),
      };
    },
  }),
];
