import { z } from 'zod';
import type { AuditStore } from '../store/audit.ts';
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
  address: z.string(),
  details: z.unknown(),
});

export const auditRoutes = ({ audit }: { audit: AuditStore }): Route[] => [
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
      const rows = await audit.page(before, limit);
      const last = rows.at(-1);
      return {
        entries: rows.map((row) => ({ ...row, at: instant(row.at), details: JSON.parse(row.details) as unknown })),
        ...(last && rows.length === limit ? { next: last.id } : {}),
      };
    },
  }),
];
