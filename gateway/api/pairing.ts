import { z } from 'zod';
import { isTopicLevel } from '../../core/mqtt/topics.ts';
import { GatewayError } from '../errors.ts';
import type { PairingTickets } from '../pairing/tickets.ts';
import type { Audit } from '../people/audit.ts';
import { type Route, route } from './route.ts';
import { instant } from './schemas.ts';

const newTicket = z.strictObject({
  elevation: z.string().min(1).max(512).describe('made at the cloud for a fresh code; spent here'),
  serial: z.string().refine(isTopicLevel, 'letters, digits, dash and underscore, at most 64'),
  labelSecret: z.string().min(26).max(64).describe('from the label: QR or the printed characters'),
  camera: z.strictObject({
    host: z.string().min(1).max(255),
    httpsPort: z.number().int().min(1).max(65535),
  }),
});
const ticketParams = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

export const pairingRoutes = ({
  tickets,
  gatewayId,
  pairingPort,
  addressTowards,
  allow,
  audit,
}: {
  tickets: PairingTickets;
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
      summary: 'A ticket for one camera, for an operator with a fresh code.',
      body: newTicket,
      answer: z.object({
        ticketId: z.string(),
        ticket: z.string().describe('256 bits, Base64; shown this once'),
        expiresAt: z.iso.datetime(),
        gateway: z.object({ id: z.string(), host: z.string(), pairingPort: z.number().int() }),
      }),
      status: 201,
      async handle({ body, request, remote }) {
        allow(remote ? 'tunnel' : (request.socket.remoteAddress ?? ''));
        const host = await addressTowards(body.camera.host, body.camera.httpsPort);
        const { id, ticket, expiresAt, operatorSub } = await tickets.create(body);
        await audit.record('pairing.ticket', {
          request,
          actor: `tplink:${operatorSub}`,
          details: { serial: body.serial, ticket_id: id },
        });
        return {
          ticketId: id,
          ticket,
          expiresAt: instant(expiresAt),
          gateway: { id: gatewayId, host, pairingPort: pairingPort() },
        };
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
      }),
      async handle({ params, request }) {
        const ticket = bearer(request.headers.authorization);
        const row = ticket && (await tickets.find(params.id, ticket));
        if (!row) throw invalid();
        return {
          state: row.state,
          triesLeft: row.state === 'open' ? tickets.maxTries - row.tries : 0,
          expiresAt: instant(row.expiresAt),
          ...(row.refusal === null ? {} : { refusal: row.refusal }),
          ...(row.cameraId === null ? {} : { cameraId: row.cameraId }),
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
