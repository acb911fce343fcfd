import { z } from 'zod';
import { isTopicLevel } from '../../core/mqtt/topics.ts';
import { GatewayError } from '../errors.ts';
import { operatorActor, type PairingTickets } from '../pairing/tickets.ts';
import type { Audit } from '../people/audit.ts';
import { type Route, route } from './route.ts';
import { instant } from './schemas.ts';

const elevation = z.string().min(1).max(512).describe('made at the cloud for a fresh code; spent here');
const device = z.strictObject({
  serial: z.string().refine(isTopicLevel, 'letters, digits, dash and underscore, at most 64'),
  labelSecret: z.string().min(26).max(64).describe('from the label: QR or the printed characters'),
  camera: z.strictObject({
    host: z.string().min(1).max(255),
    httpsPort: z.number().int().min(1).max(65535),
  }),
});
const order = z.union([
  z.strictObject({ elevation, devices: z.array(device).min(1).max(200) }).describe('several cameras, one elevation'),
  device.extend({ elevation }).describe('one camera'),
]);
const ticket = z.object({
  serial: z.string(),
  ticketId: z.string(),
  ticket: z.string().describe('256 bits, Base64; shown this once'),
  expiresAt: z.iso.datetime(),
  gateway: z.object({ id: z.string(), host: z.string(), pairingPort: z.number().int() }),
});
const ticketParams = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

export const pairingRoutes = ({
  tickets,
  cameraState,
  gatewayId,
  pairingPort,
  addressTowards,
  allow,
  audit,
}: {
  tickets: PairingTickets;
  /** Undefined for a camera that is gone. */
  cameraState(id: string): string | undefined;
  gatewayId: string;
  pairingPort(): number;
  /** Our own address as a camera at `host` sees it. */
  addressTowards(host: string, port: number): Promise<string>;
  /** Throws `too_many_requests`: each try costs a call to the cloud. */
  allow(address: string): void;
  audit: Audit;
}): Route[] => {
  const bearer = (authorization: string | undefined) => /^Bearer ([A-Za-z0-9+/]{43}=)$/.exec(authorization ?? '')?.[1];
  const invalid = () => new GatewayError('pairing_ticket_invalid', 'there is no such ticket');
  return [
    route({
      method: 'post',
      path: '/pairing/tickets',
      door: 'elevation',
      tag: 'Pairing',
      summary: 'Tickets for the cameras of one order, for an operator with a fresh code: all of them or none.',
      body: order,
      answer: z.union([z.object({ tickets: z.array(ticket) }), ticket]),
      status: 201,
      async handle({ body, request, remote }) {
        allow(remote ? 'tunnel' : (request.socket.remoteAddress ?? ''));
        const devices = 'devices' in body ? body.devices : [body];
        const hosts = new Map<string, string>();
        for (const { serial, camera } of devices)
          hosts.set(serial, await addressTowards(camera.host, camera.httpsPort));
        const made = await tickets.create({ elevation: body.elevation, devices });
        const answers = [];
        for (const { serial, id, ticket, expiresAt } of made.tickets) {
          await audit.record('pairing.ticket', {
            request,
            actor: operatorActor(made.operatorSub),
            details: { serial, ticket_id: id },
          });
          const gateway = { id: gatewayId, host: hosts.get(serial)!, pairingPort: pairingPort() };
          answers.push({ serial, ticketId: id, ticket, expiresAt: instant(expiresAt), gateway });
        }
        return 'devices' in body ? { tickets: answers } : answers[0]!;
      },
    }),
    route({
      method: 'get',
      path: '/pairing/tickets/:id',
      door: 'elevation',
      tag: 'Pairing',
      summary: 'How far a pairing has come; asked with the ticket itself.',
      params: ticketParams,
      answer: z.object({
        state: z.enum(['open', 'claimed', 'proving', 'issued', 'expired', 'burned']),
        triesLeft: z.number().int(),
        expiresAt: z.iso.datetime(),
        refusal: z.string().optional(),
        cameraId: z.string().optional(),
        camera: z.object({ serial: z.string(), state: z.string() }).optional(),
      }),
      async handle({ params, request }) {
        const ticket = bearer(request.headers.authorization);
        const row = ticket && (await tickets.find(params.id, ticket));
        if (!row) throw invalid();
        const state = row.cameraId === null ? undefined : cameraState(row.cameraId);
        return {
          state: row.state,
          triesLeft: row.state === 'open' ? tickets.maxTries - row.tries : 0,
          expiresAt: instant(row.expiresAt),
          ...(row.refusal === null ? {} : { refusal: row.refusal }),
          ...(row.cameraId === null ? {} : { cameraId: row.cameraId }),
          ...(state === undefined ? {} : { camera: { serial: row.serial, state } }),
        };
      },
    }),
    route({
      method: 'delete',
      path: '/pairing/tickets/:id',
      door: 'elevation',
      tag: 'Pairing',
      summary: 'Give a ticket up.',
      params: ticketParams,
      async handle({ params, request }) {
        const ticket = bearer(request.headers.authorization);
        if (!ticket || !(await tickets.cancel(params.id, ticket))) throw invalid();
      },
    }),
  ];
};
