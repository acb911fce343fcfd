import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Clock } from '../core/runtime/clock.ts';
import { realClock } from '../core/runtime/clock.ts';
import type { Random } from '../core/runtime/random.ts';
import { newId } from './sign-in/secret-token.ts';

/** How the cloud fails on purpose: requests that match are late, refused, or cut off. Invented for the lab. */
export const faultShape = z
  .strictObject({
    path: z.string().startsWith('/').max(200).default('/').describe('requests whose path begins so'),
    method: z
      .string()
      .regex(/^[A-Z]{3,7}$/)
      .optional(),
    delayMs: z.number().int().min(1).max(60_000).optional().describe('answer so much later, by the machine’s clock'),
    status: z.number().int().min(500).max(599).optional().describe('answer with this status and do nothing'),
    drop: z.boolean().optional().describe('cut the connection without an answer'),
    times: z.number().int().min(1).max(1_000_000).optional().describe('so often, then never again'),
  })
  .refine(({ delayMs, status, drop }) => delayMs !== undefined || status !== undefined || drop === true, {
    message: 'say delayMs, status or drop',
  });
export type FaultWish = z.input<typeof faultShape>;
export type Fault = z.output<typeof faultShape> & { id: string; hits: number };

export function createFaults({ random }: { random: Random; clock: Clock }) {
  let set: Fault[] = [];
  return {
    list: (): readonly Fault[] => set,
    add(wish: FaultWish): Fault {
      const fault = { ...faultShape.parse(wish), id: newId('flt', random), hits: 0 };
      set = [...set, fault];
      return fault;
    },
    /** One, or all; how many went. */
    clear(id?: string): number {
      const before = set.length;
      set = id === undefined ? [] : set.filter((one) => one.id !== id);
      return before - set.length;
    },
    /** Resolves to true when the request was dealt with and nobody else should answer it. */
    async meet(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
      const path = request.url ?? '/';
      const fault = set.find(
        (one) =>
          path.startsWith(one.path) &&
          (one.method === undefined || one.method === request.method) &&
          (one.times === undefined || one.hits < one.times),
      );
      if (!fault) return false;
      fault.hits++;
      if (fault.delayMs !== undefined) await realClock.sleep(fault.delayMs);
      if (fault.drop) {
        request.socket.destroy();
        return true;
      }
      if (fault.status === undefined) return request.socket.destroyed;
      response.writeHead(fault.status, { 'Content-Type': 'application/problem+json', Connection: 'close' });
      response.end(JSON.stringify({ type: 'about:blank', title: 'Fault', status: fault.status, code: 'lab_fault' }));
      return true;
    },
    get any() {
      return set.length > 0;
    },
  };
}
export type Faults = ReturnType<typeof createFaults>;
