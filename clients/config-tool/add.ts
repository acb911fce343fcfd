import type { ApiClient } from '../terminal/http.ts';
import { ProblemError } from '../terminal/http.ts';
import { someAtOnce } from '../terminal/some-at-once.ts';
import type { Device } from './device.ts';
import { signInDevice } from './local-api.ts';
import { refusalOf } from './refusal.ts';

/** One camera to add: where it is, and what its label says. */
export interface Candidate {
  device: Device;
  serial: string;
  labelSecret: string;
}

interface Ticket {
  serial: string;
  ticketId: string;
  ticket: string;
  gateway: { id: string; host: string; pairingPort: number };
}

interface GatewayCamera {
  serial: string;
  state: string;
}

export type AddStep = 'activated' | 'handshake' | 'online';
export interface AddProgress {
  serial: string;
  step: AddStep;
  /** Set at the end of a camera's way: it worked, or why not. */
  outcome?: 'added' | { refused: string; code: string };
  tookMs?: number;
}

export interface AddOrder<C extends Candidate> {
  elevation: string;
  candidates: readonly C[];
  cameraPassword(candidate: C): Promise<string>;
  /** Before a camera is paired, such as its activation; true when something was done. */
  prepare?(candidate: C): Promise<boolean>;
}

/**
 * Add cameras to a VMS Local (DESIGN §5): one elevation buys a ticket for each, each camera then proves itself to the
 * gateway with its label secret. `elevation` is spent even when a camera fails. A camera whose ticket ran out before its
 * turn is refused with `ticket_expired`.
 */
export async function addCameras<C extends Candidate>(
  gateway: ApiClient,
  order: AddOrder<C>,
  clock: { now(): number; sleep(ms: number): Promise<void> },
  onProgress: (progress: AddProgress) => void,
): Promise<void> {
  const { tickets } = await gateway.post<{ tickets: Ticket[] }>('/pairing/tickets', {
    elevation: order.elevation,
    devices: order.candidates.map(({ serial, labelSecret, device }) => ({
      serial,
      labelSecret,
      camera: { host: device.host, httpsPort: device.httpsPort },
    })),
  });
  const bySerial = new Map(tickets.map((ticket) => [ticket.serial, ticket]));
  // A few at a time: each camera answers only when its handshake has ended.
  await someAtOnce(8, order.candidates, async (candidate) => {
    const { serial, device } = candidate;
    const startedAt = clock.now();
    try {
      const ticket = bySerial.get(serial);
      if (!ticket) throw new ProblemError(409, 'ticket_missing', 'the gateway gave no ticket for this camera', {});
      if (await order.prepare?.(candidate)) onProgress({ serial, step: 'activated' });
      onProgress({ serial, step: 'handshake' });
      const session = await signInDevice(device, await order.cameraPassword(candidate));
      await session.pair({
        gatewayId: ticket.gateway.id,
        host: ticket.gateway.host,
        port: ticket.gateway.pairingPort,
        ticketId: ticket.ticketId,
        ticket: ticket.ticket,
      });
      onProgress({ serial, step: 'online' });
      await waitOnline(gateway, ticket, clock);
      onProgress({ serial, step: 'online', outcome: 'added', tookMs: clock.now() - startedAt });
    } catch (error) {
      const { code, message } = refusalOf(error);
      onProgress({
        serial,
        step: 'handshake',
        outcome: { refused: message, code },
        tookMs: clock.now() - startedAt,
      });
    }
  });
}

const onlineWithinMs = 15_000;

/** The gateway tells how far a ticket has come to whoever holds it. */
async function waitOnline(
  gateway: ApiClient,
  ticket: Ticket,
  clock: { now(): number; sleep(ms: number): Promise<void> },
) {
  const until = clock.now() + onlineWithinMs;
  for (;;) {
    const { state, camera } = await gateway
      .with(ticket.ticket)
      .get<{ state: string; camera?: GatewayCamera }>(`/pairing/tickets/${ticket.ticketId}`);
    if (state === 'issued' && camera?.state === 'online') return;
    if (state === 'burned' || state === 'expired')
      throw new ProblemError(409, `ticket_${state}`, `the pairing ticket is ${state}`, {});
    if (clock.now() > until) {
      throw new ProblemError(
        504,
        'not_online',
        `paired, but not online yet: the gateway says ${camera?.state ?? state}`,
        {},
      );
    }
    await clock.sleep(100);
  }
}
