import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { ProblemError } from '../terminal/http.ts';
import { readJson, send } from '../terminal/request.ts';
import { AppError } from './answers.ts';

/** A VMS Local that one phone has open: where it is, and the cookies of its session, which no page ever sees. */
export interface OpenedVms {
  gatewayId: string;
  base: string;
  cookie: string;
  usedAt: number;
}

const idleMs = 12 * 3_600_000;
const mostOpen = 1000;

/** The VMS Locals that phones have open, each by a handle that only its browser holds. */
export interface OpenedVmsList {
  /** Open by the cloud's word for a live session; returns the handle. */
  open(gatewayId: string, authorization: string): Promise<string>;
  find(handle: string, gatewayId: string): OpenedVms | undefined;
  close(handle: string): void;
}

export function createOpenedVms(cloudUrl: string, { clock, random }: { clock: Clock; random: Random }): OpenedVmsList {
  const opened = new Map<string, OpenedVms>();
  const sweep = () => {
    const now = clock.now();
    for (const [handle, { usedAt }] of opened) if (now - usedAt > idleMs) opened.delete(handle);
  };
  return {
    async open(gatewayId, authorization) {
      sweep();
      if (opened.size >= mostOpen) throw new AppError('too_many_requests', 'too many VMS Locals are open here');
      try {
        const what = 'the TP-Link ID cloud';
        const asked = await send(`${cloudUrl}/api/v1/gateways/${encodeURIComponent(gatewayId)}/open`, {
          what,
          method: 'POST',
          json: {},
          headers: { authorization },
        });
        const { openUrl, ticket } = (await readJson(asked, what)) as { openUrl: string; ticket: string };
        const entered = await send(openUrl, { what: 'the relay', method: 'POST', json: { ticket } });
        const { url } = (await readJson(entered, 'the relay')) as { url: string };
        const cookie = (entered.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
        const handle = random.bytes(32).toString('base64url');
        opened.set(handle, { gatewayId, base: url.replace(/\/+$/, ''), cookie, usedAt: clock.now() });
        return handle;
      } catch (error) {
        throw refusalOf(error);
      }
    },
    find(handle, gatewayId) {
      const found = opened.get(handle);
      if (!found || found.gatewayId !== gatewayId || clock.now() - found.usedAt > idleMs) return undefined;
      found.usedAt = clock.now();
      return found;
    },
    close: (handle) => void opened.delete(handle),
  };
}

function refusalOf(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (!(error instanceof ProblemError)) return new AppError('cloud_unreachable', 'the cloud does not answer');
  if (error.code === 'session_required') return new AppError('sign_in_required', 'sign in first');
  return new AppError('gateway_refused', error.message, { reason: error.code });
}
