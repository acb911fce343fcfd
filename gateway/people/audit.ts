import type { Request } from 'express';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { clientAddress } from '../api/origin.ts';
import type { AuditStore } from '../store/audit.ts';

const keepMs = 180 * 86_400_000;

/** Who did what, kept for half a year. */
export interface Audit {
  record(action: string, more: { request?: Request; actor?: string; details?: object }): Promise<void>;
  prune(): Promise<unknown>;
}

export const createAudit = ({
  store,
  clock,
  log,
}: { store: AuditStore } & Pick<RuntimeDeps, 'clock' | 'log'>): Audit => ({
  async record(action, { request, actor, details = {} }) {
    const by = actor ?? request?.user?.actor ?? 'nobody';
    const address = request ? clientAddress(request) : 'gateway';
    log.info({ action, actor: by, address, details }, 'audit');
    await store.insert({ at: clock.now(), action, actor: by, address, details: JSON.stringify(details) });
  },
  prune: () => store.prune(clock.now() - keepMs),
});
