import { z } from 'zod';
import type { CloudAccess } from '../cloud-access/cloud-access.ts';
import type { UserStore } from '../store/users.ts';
import { type Route, route } from './route.ts';

const statusSchema = z.object({
  name: z.string(),
  version: z.string(),
  gatewayId: z.string(),
  setupRequired: z.boolean(),
  cloudAccess: z.object({
    bound: z.boolean(),
    online: z.boolean(),
    account: z.string().optional().describe('only with a session'),
  }),
  caFingerprint: z.string().optional().describe('SHA-256 of the local CA, where the gateway serves TLS'),
});

export const statusRoutes = (parts: {
  name: string;
  version: string;
  gatewayId: string;
  caFingerprint: string | undefined;
  users: UserStore;
  cloudAccess: CloudAccess;
}): Route[] => [
  route({
    method: 'get',
    path: '/status',
    door: 'status',
    tag: 'Status',
    summary: 'What may be known before sign-in.',
    answer: statusSchema,
    async handle({ request }) {
      const { state, online, account } = await parts.cloudAccess.view();
      return {
        name: parts.name,
        version: parts.version,
        gatewayId: parts.gatewayId,
        setupRequired: !(await parts.users.anybody()),
        cloudAccess: {
          bound: state === 'bound',
          online,
          // An address is nobody's business on the LAN before sign-in.
          ...(account && request.user ? { account } : {}),
        },
        ...(parts.caFingerprint ? { caFingerprint: parts.caFingerprint } : {}),
      };
    },
  }),
];
