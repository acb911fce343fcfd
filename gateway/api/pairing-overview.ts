import { z } from 'zod';
import type { Clock } from '../../core/runtime/clock.ts';
import { GatewayError } from '../errors.ts';
import type { Audit } from '../people/audit.ts';
import type { Database } from '../store/database.ts';
import { cancelTicket, listCertificates, listTickets } from '../store/pairing-overview.ts';
import { type Route, route } from './route.ts';
import { idParams, instant } from './schemas.ts';

/** How many tickets are shown: more than a person adds in a day. */
const mostTickets = 500;

const ticket = z.object({
  id: z.string(),
  serial: z.string(),
  operator: z.string(),
  state: z.enum(['open', 'claimed', 'proving', 'issued', 'expired', 'burned']),
  tries: z.number().int(),
  refusal: z.string().nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
const certificate = z.object({
  serialNumber: z.string().describe('of the certificate, hex'),
  camera: z.object({ id: z.string().nullable(), name: z.string(), serial: z.string() }),
  renewal: z.boolean().describe('a renewed one that was not used yet'),
  issuedAt: z.iso.datetime(),
  notAfter: z.iso.datetime(),
  usedAt: z.iso.datetime().nullable(),
});

/** What administrators see of pairing: tickets under way and lately ended, and the certificates that are good. */
export const pairingOverviewRoutes = ({
  db,
  cameraOf,
  audit,
  clock,
}: {
  db: Database;
  cameraOf(serial: string): { id: string; name: string } | undefined;
  audit: Audit;
  clock: Pick<Clock, 'now'>;
}): Route[] => [
  route({
    method: 'get',
    path: '/pairing',
    door: 'session',
    role: 'admin',
    tag: 'Pairing',
    summary:
      'Tickets of the last day, and the certificates that are good. A certificate ends with its camera: remove that.',
    answer: z.object({ tickets: z.array(ticket), certificates: z.array(certificate) }),
    async handle() {
      const tickets = await listTickets(db, mostTickets);
      const certificates = await listCertificates(db, clock.now());
      return {
        tickets: tickets.map((row) => ({
          ...row,
          state: row.state as z.infer<typeof ticket>['state'],
          createdAt: instant(row.createdAt),
          expiresAt: instant(row.expiresAt),
        })),
        certificates: certificates.map(({ serialNumber, device, state, issuedAt, notAfter, usedAt }) => {
          const camera = cameraOf(device);
          return {
            serialNumber,
            camera: { id: camera?.id ?? null, name: camera?.name ?? device, serial: device },
            renewal: state === 'pending',
            issuedAt: instant(issuedAt),
            notAfter: instant(notAfter),
            usedAt: usedAt === null ? null : instant(usedAt),
          };
        }),
      };
    },
  }),
  route({
    method: 'post',
    path: '/pairing/tickets/:id/cancel',
    door: 'session',
    role: 'admin',
    tag: 'Pairing',
    summary: 'End a ticket that is under way; a handshake in the middle loses its next step.',
    params: idParams,
    async handle({ params: { id }, request }) {
      if (!(await cancelTicket(db, id, clock.now())))
        throw new GatewayError('not_found', 'there is no such ticket under way');
      await audit.record('pairing.cancelled', { request, details: { ticket_id: id } });
    },
  }),
];
