import { z } from 'zod';
import type { CloudAccess } from '../cloud-access/cloud-access.ts';
import type { Audit } from '../people/audit.ts';
import { type Route, route } from './route.ts';

const view = z.object({
  state: z.enum(['unbound', 'pending', 'bound']),
  online: z.boolean(),
  account: z.string().optional(),
  cloudUrl: z.string().optional(),
  userCode: z.string().optional(),
  verificationUriComplete: z.string().optional(),
  expiresAt: z.iso.datetime().optional(),
  lastRefusal: z.string().optional().describe('why the last try to bind came to nothing'),
  passwordPairing: z.boolean().optional().describe('may accounts without a second factor add cameras'),
});
const bindBody = z.object({ cloudUrl: z.string().max(500).optional() });
const policyBody = z.object({ passwordPairing: z.boolean() });

export const cloudAccessRoutes = ({ cloudAccess, audit }: { cloudAccess: CloudAccess; audit: Audit }): Route[] => [
  route({
    method: 'get',
    path: '/cloud-access',
    door: 'session',
    role: 'viewer',
    tag: 'Cloud Access',
    summary: 'How the binding to a TP-Link ID stands.',
    answer: view,
    async handle({ user }) {
      const { userCode, verificationUriComplete, ...rest } = await cloudAccess.view();
      // Whoever holds the code of a pending binding can claim this gateway.
      const mayBind = user.role === 'super_admin' || user.role === 'admin';
      return mayBind ? { ...rest, userCode, verificationUriComplete } : rest;
    },
  }),
  route({
    method: 'post',
    path: '/cloud-access/bind',
    door: 'session',
    role: 'admin',
    tag: 'Cloud Access',
    summary: 'Begin to bind: the owner approves the code at the cloud.',
    body: bindBody,
    answer: view,
    status: 202,
    async handle({ body }) {
      await cloudAccess.bind(body.cloudUrl);
      return cloudAccess.view();
    },
  }),
  route({
    method: 'patch',
    path: '/cloud-access',
    door: 'session',
    role: 'super_admin',
    tag: 'Cloud Access',
    summary: 'Say whether accounts without a second factor may add cameras.',
    body: policyBody,
    answer: view,
    async handle({ body, request }) {
      await cloudAccess.setPasswordPairing(body.passwordPairing);
      await audit.record('cloud_access.policy', { request, details: body });
      return cloudAccess.view();
    },
  }),
  route({
    method: 'delete',
    path: '/cloud-access',
    door: 'session',
    role: 'admin',
    tag: 'Cloud Access',
    summary: 'Unbind, or give up a binding that is under way; every session of a TP-Link ID ends.',
    handle: () => cloudAccess.unbind(),
  }),
];
