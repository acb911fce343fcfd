import { startTimer } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { audit } from '../sign-in/audit.ts';
import type { Store } from '../store/store.ts';

/** A tunnel that is down for less is dialled anew and was no outage: two lines in this time at most, however it flaps. */
const outageMs = 30_000;

/** Tells an organisation's audit log when a VMS Local came online, and when it has gone. */
export function createTunnelHistory({ store, clock, log }: Pick<RuntimeDeps, 'clock' | 'log'> & { store: Store }) {
  /** Those the log calls online, and the outage that may be beginning. */
  const online = new Map<string, Disposable | undefined>();
  let closed = false;

  const write = async (kind: string, gatewayId: string, address: string, detail: object = {}) => {
    const gateway = await store.gateways.byId(gatewayId);
    // Unbound meanwhile: that has a line of its own.
    if (!gateway) return;
    const { organisationId, name } = gateway;
    const visit = { door: 'machine', address, userAgent: '' } as const;
    await audit(store, clock, kind, visit, { organisationId, detail: { gatewayId, name, ...detail } });
  };
  const tell = (...line: Parameters<typeof write>) => {
    write(...line).catch((error: unknown) => log.warn({ err: error }, 'a tunnel is missing in the audit log'));
  };

  return {
    /** A tunnel stands, or stands no more. */
    note(gatewayId: string, up: boolean, address: string): void {
      if (closed) return;
      if (up) {
        if (!online.has(gatewayId)) tell('gateway.online', gatewayId, address);
        online.get(gatewayId)?.[Symbol.dispose]();
        online.set(gatewayId, undefined);
      } else if (online.has(gatewayId) && !online.get(gatewayId)) {
        const since = new Date(clock.now()).toISOString();
        const outage = startTimer(clock, outageMs, () => {
          online.delete(gatewayId);
          tell('gateway.offline', gatewayId, address, { since });
        });
        online.set(gatewayId, outage);
      }
    },
    [Symbol.dispose]() {
      closed = true;
      for (const outage of online.values()) outage?.[Symbol.dispose]();
    },
  };
}
export type TunnelHistory = ReturnType<typeof createTunnelHistory>;
