import { z } from 'zod';
import type { BrokerAccounts } from '../broker/accounts.ts';
import { GatewayError } from '../errors.ts';
import type { Audit } from '../people/audit.ts';
import { type Route, route } from './route.ts';
import { instant } from './schemas.ts';

const nameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, dot, dash and underscore');
const account = z.object({
  name: z.string(),
  createdAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime().nullable(),
  topics: z.array(z.string()).describe('what it may subscribe'),
});
const nameParams = z.object({ name: nameSchema });

export const brokerAccountRoutes = ({
  accounts,
  evictAccount,
  gatewayId,
  audit,
}: {
  accounts: BrokerAccounts;
  evictAccount(name: string): Promise<void>;
  gatewayId: string;
  audit: Audit;
}): Route[] => {
  const topics = [`vigi/${gatewayId}/event/#`, 'homeassistant/#'];
  return [
    route({
      method: 'get',
      path: '/broker-accounts',
      door: 'session',
      role: 'admin',
      tag: 'MQTT',
      summary: 'Accounts of programs that listen to events by MQTT.',
      answer: z.object({ accounts: z.array(account) }),
      handle: async () => ({
        accounts: (await accounts.list()).map(({ name, createdAt, lastSeenAt }) => ({
          name,
          createdAt: instant(createdAt),
          lastSeenAt: lastSeenAt === null ? null : instant(lastSeenAt),
          topics,
        })),
      }),
    }),
    route({
      method: 'post',
      path: '/broker-accounts',
      door: 'session',
      role: 'admin',
      tag: 'MQTT',
      summary: 'Make an account; its password is shown this once.',
      body: z.strictObject({ name: nameSchema }),
      answer: z.object({ name: z.string(), password: z.string(), topics: z.array(z.string()) }),
      status: 201,
      async handle({ body: { name }, user, request }) {
        const password = await accounts.add(name, user.actor);
        if (password === undefined) throw new GatewayError('broker_account_exists', 'there is an account of this name');
        await audit.record('broker_account.added', { request, details: { name } });
        return { name, password, topics };
      },
    }),
    route({
      method: 'delete',
      path: '/broker-accounts/:name',
      door: 'session',
      role: 'admin',
      tag: 'MQTT',
      summary: 'Remove an account; its connections end at once.',
      params: nameParams,
      async handle({ params: { name }, request }) {
        if (!(await accounts.remove(name))) throw new GatewayError('not_found', 'there is no such account');
        await evictAccount(name);
        await audit.record('broker_account.removed', { request, details: { name } });
      },
    }),
  ];
};
