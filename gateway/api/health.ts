import type { Request } from 'express';
import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { roleCovers } from '../people/roles.ts';
import type { Database } from '../store/database.ts';
import { isRemote } from './origin.ts';
import { type Route, route } from './route.ts';

const isLoopback = (address: string | undefined) => /^(::ffff:)?127\.|^::1$/.test(address ?? '');

/** Figures tell about the house: for its own machine and for administrators. */
function requireOwn(request: Request): void {
  if (!isRemote(request) && isLoopback(request.socket.remoteAddress)) return;
  if (!request.user) throw new GatewayError('sign_in_required', 'sign in first');
  if (!roleCovers(request.user.role, 'admin')) throw new GatewayError('role_insufficient', 'this needs the role admin');
}

export const healthRoutes = ({ db, metrics }: { db: Database; metrics: Metrics }): Route[] => [
  route({
    method: 'get',
    path: '/healthz',
    door: 'health',
    tag: 'Health',
    summary: 'The process runs.',
    answer: z.object({ status: z.literal('ok') }),
    handle: () => ({ status: 'ok' as const }),
  }),
  route({
    method: 'get',
    path: '/readyz',
    door: 'health',
    tag: 'Health',
    summary: 'The gateway can work: its store answers. 503 otherwise.',
    answer: z.object({ ready: z.boolean() }),
    async handle({ response }) {
      const ready = await db.get('SELECT 1').then(
        () => true,
        () => false,
      );
      if (!ready) response.status(503).json({ ready });
      return { ready };
    },
  }),
  route({
    method: 'get',
    path: '/metrics',
    door: 'health',
    tag: 'Health',
    summary: 'Figures for Prometheus: from the same machine, or for administrators.',
    answerType: 'text/plain',
    async handle({ request, response }) {
      requireOwn(request);
      response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    },
  }),
];
