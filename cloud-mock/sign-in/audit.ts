import type { Clock } from '../../core/runtime/clock.ts';
import type { Tables } from '../store/store.ts';
import type { Visit } from './visit.ts';

/** What happened, in past tense; `detail` never holds a secret. */
export interface AuditEntry {
  accountId?: string;
  sessionId?: string;
  /** The organisation it concerns, whose Super Admins may read it. */
  organisationId?: string;
  detail?: Record<string, unknown>;
}

/** Write one line of the history that an owner can read. */
export const audit = (
  tables: Pick<Tables, 'audit'>,
  clock: Clock,
  kind: string,
  visit: Visit,
  { accountId, sessionId, organisationId, detail = {} }: AuditEntry = {},
) =>
  tables.audit.append({
    at: clock.now(),
    kind,
    accountId: accountId ?? null,
    sessionId: sessionId ?? null,
    organisationId: organisationId ?? null,
    door: visit.door,
    address: visit.address,
    userAgent: visit.userAgent,
    detail: JSON.stringify(detail),
  });
