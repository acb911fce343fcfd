import { z } from 'zod';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Invitations } from '../organisation/invitations.ts';
import type { Users } from '../organisation/users.ts';
import type { LimitsGuard } from './limits.ts';
import { openRoute, type Route, sessionRoute } from './route.ts';
import { access, email, instant, iso, role, secretText } from './schemas.ts';

const id = z.string().min(1).max(64);
const organisation = z.object({ id });
const token = z.object({ token: secretText });
const changeable = z.boolean().meta({ description: 'You may change or remove it.' });

/** Users of an organisation and their invitations. */
export function userRoutes(deps: {
  clock: Clock;
  users: Users;
  invitations: Invitations;
  limits: LimitsGuard;
}): Route[] {
  const { clock, users, invitations, limits } = deps;
  return [
    sessionRoute(
      {
        method: 'get',
        path: '/api/v1/organisations/:id/users',
        door: 'web-portal',
        summary: 'Users and open invitations, as far as they are yours to manage',
        params: organisation,
        success: {
          status: 200,
          schema: z.object({
            users: z.array(
              z.object({
                id: z.string(),
                email: z.string(),
                name: z.string(),
                twoFactor: z.boolean(),
                joinedAt: instant,
                self: z.boolean(),
                access,
                changeable,
              }),
            ),
            invitations: z.array(
              z.object({
                id: z.string(),
                email: z.string(),
                access,
                sentAt: instant,
                expiresAt: instant,
                lapsed: z.boolean(),
                changeable,
              }),
            ),
          }),
        },
        refuses: ['organisation_unknown', 'role_insufficient'],
      },
      async ({ params, session }) => {
        const found = await users.list(session.accountId, params.id);
        return {
          users: found.members.map((one) => ({
            id: one.accountId,
            email: one.email,
            name: one.name,
            twoFactor: one.secondFactor === 1,
            joinedAt: iso(one.joinedAt),
            self: one.accountId === session.accountId,
            access: one.access,
            changeable: one.changeable,
          })),
          invitations: found.invitations.map((one) => ({
            id: one.id,
            email: one.email,
            access: one.access,
            sentAt: iso(one.createdAt),
            expiresAt: iso(one.expiresAt),
            lapsed: one.expiresAt <= clock.now(),
            changeable: one.changeable,
          })),
        };
      },
    ),
    sessionRoute(
      {
        method: 'patch',
        path: '/api/v1/organisations/:id/users/:user',
        door: 'web-portal',
        summary: 'Give a user another role; where it differs they are put out of the VMS Locals at once',
        params: organisation.extend({ user: id }),
        body: z.strictObject({ access }),
        success: { status: 204 },
        refuses: ['organisation_unknown', 'member_unknown', 'access_invalid', 'role_insufficient', 'last_super_admin'],
      },
      async ({ params, body, session, visit }) => {
        await users.change(visit, session, params.id, params.user, body.access);
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'delete',
        path: '/api/v1/organisations/:id/users/:user',
        door: 'web-portal',
        summary: 'Remove a user, or leave: what they hold open at the VMS Locals ends at once',
        params: organisation.extend({ user: id }),
        success: { status: 204 },
        refuses: ['organisation_unknown', 'member_unknown', 'role_insufficient', 'last_super_admin'],
      },
      async ({ params, session, visit }) => {
        await users.remove(visit, session, params.id, params.user);
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/organisations/:id/invitations',
        door: 'web-portal',
        summary:
          'Invite a TP-Link ID by mail: the link is good for seven days, once; an earlier one to the address is dead',
        params: organisation,
        body: z.strictObject({ email, access }),
        success: { status: 201, schema: z.object({ id: z.string() }) },
        refuses: ['organisation_unknown', 'access_invalid', 'role_insufficient', 'already_member', 'too_many_requests'],
      },
      async ({ params, body, session, visit }) => {
        await limits.invitation(session.accountId, body.email);
        return { id: await invitations.invite(visit, session, params.id, body) };
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/organisations/:id/invitations/:invitation/resend',
        door: 'web-portal',
        summary: 'Send an invitation anew: seven more days, and the link before is dead',
        params: organisation.extend({ invitation: id }),
        success: { status: 204 },
        refuses: ['organisation_unknown', 'invitation_unknown', 'role_insufficient', 'too_many_requests'],
      },
      async ({ params, session, visit }) => {
        await limits.invitation(session.accountId, (await invitations.addressee(params.id, params.invitation)) ?? '');
        await invitations.resend(visit, session, params.id, params.invitation);
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'delete',
        path: '/api/v1/organisations/:id/invitations/:invitation',
        door: 'web-portal',
        summary: 'Withdraw an invitation',
        params: organisation.extend({ invitation: id }),
        success: { status: 204 },
        refuses: ['organisation_unknown', 'invitation_unknown', 'role_insufficient'],
      },
      async ({ params, session, visit }) => {
        await invitations.withdraw(visit, session, params.id, params.invitation);
        return undefined;
      },
    ),
    openRoute(
      {
        method: 'post',
        path: '/api/v1/invitations/look',
        door: 'invitation',
        summary: 'What a mailed link invites to; changes nothing',
        body: token,
        success: {
          status: 200,
          schema: z.object({
            email: z.string(),
            organisation: z.string(),
            from: z.object({ name: z.string(), email: z.string() }),
            access: z.array(z.object({ site: z.string().nullable(), role })),
            expiresAt: instant,
          }),
        },
        refuses: ['invitation_invalid'],
      },
      async ({ body }) => {
        const found = await invitations.look(body.token);
        return { ...found, expiresAt: iso(found.expiresAt) };
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/invitations/accept',
        door: 'invitation',
        summary: 'Join by the mailed link, signed in with the address it was sent to; once',
        body: token,
        success: { status: 200, schema: z.object({ organisationId: z.string(), organisation: z.string() }) },
        refuses: ['invitation_invalid', 'invitation_for_other'],
      },
      async ({ body, session, visit }) => invitations.accept(visit, session, body.token),
    ),
    openRoute(
      {
        method: 'post',
        path: '/api/v1/invitations/decline',
        door: 'invitation',
        summary: 'Decline by the mailed link',
        body: token,
        success: { status: 204 },
        refuses: ['invitation_invalid'],
      },
      async ({ body, visit }) => {
        await invitations.decline(visit, body.token);
        return undefined;
      },
    ),
  ];
}
