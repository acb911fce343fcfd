import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import type { Audit } from '../people/audit.ts';
import { roleCovers, type SignedIn } from '../people/roles.ts';
import type { SecondFactors } from '../people/second-factor.ts';
import type { Sessions } from '../people/sessions.ts';
import type { LocalSignIn } from '../people/sign-in.ts';
import type { UserRow, UserStore } from '../store/users.ts';
import { clientAddress } from './origin.ts';
import { type Route, route } from './route.ts';
import { codeSchema, idParams, instant, passwordSchema } from './schemas.ts';

const withPassword = z.strictObject({ password: passwordSchema });
const withCode = z.strictObject({ code: codeSchema });
const withBoth = z.strictObject({ password: passwordSchema, code: codeSchema });

const elevationBody = z.strictObject({
  username: z.string().min(1).max(64),
  password: passwordSchema,
  code: codeSchema.optional().describe('of the authenticator app; needed where the account has a second factor'),
});

interface Parts {
  /** May accounts without a second factor add cameras? */
  passwordPairing(): Promise<boolean>;
  users: UserStore;
  secondFactors: SecondFactors;
  localSignIn: LocalSignIn;
  sessions: Sessions;
  audit: Audit;
}

/** The second factor of a local account. That of a TP-Link ID is the cloud's. */
export const secondFactorRoutes = ({
  passwordPairing,
  users,
  secondFactors,
  localSignIn,
  sessions,
  audit,
}: Parts): Route[] => {
  const own = async (user: SignedIn): Promise<UserRow> => {
    const row = user.via === 'local' ? await users.byId(user.actor.slice('user:'.length)) : undefined;
    if (!row) throw new GatewayError('local_only', 'a TP-Link ID has its second factor at the cloud');
    return row;
  };
  return [
    route({
      method: 'get',
      path: '/auth/second-factor',
      door: 'session',
      role: 'live_only',
      tag: 'Second factor',
      summary: 'Is the second factor of your local account on?',
      answer: z.object({ on: z.boolean() }),
      handle: async ({ user }) => ({ on: secondFactors.isOn(await own(user)) }),
    }),
    route({
      method: 'post',
      path: '/auth/second-factor',
      door: 'session',
      role: 'live_only',
      tag: 'Second factor',
      summary: 'Begin to switch it on: a secret for an authenticator app, shown this once.',
      body: withPassword,
      answer: z.object({ secret: z.string(), uri: z.string().describe('what the QR says') }),
      async handle({ body, user, request }) {
        const row = await own(user);
        await localSignIn.check({ username: row.name, password: body.password, address: clientAddress(request) });
        return secondFactors.begin(row);
      },
    }),
    route({
      method: 'post',
      path: '/auth/second-factor/confirm',
      door: 'session',
      role: 'live_only',
      tag: 'Second factor',
      summary: 'Switch it on by a code of that secret; your other sessions end.',
      body: withCode,
      async handle({ body, user, request }) {
        const row = await own(user);
        await secondFactors.confirm(row, body.code);
        await sessions.endOfUser(row.id, user.sessionId);
        await audit.record('second_factor.on', { request, details: { name: row.name } });
      },
    }),
    route({
      method: 'post',
      path: '/auth/second-factor/off',
      door: 'session',
      role: 'live_only',
      tag: 'Second factor',
      summary: 'Switch it off by password and code; your other sessions end.',
      body: withBoth,
      async handle({ body, user, request }) {
        const row = await own(user);
        await localSignIn.check({ username: row.name, ...body, address: clientAddress(request) });
        if (!(await secondFactors.switchOff(row.id))) throw new GatewayError('not_found', 'the second factor is off');
        await sessions.endOfUser(row.id, user.sessionId);
        await audit.record('second_factor.off', { request, details: { name: row.name } });
      },
    }),
    route({
      method: 'delete',
      path: '/users/:id/second-factor',
      door: 'session',
      role: 'admin',
      tag: 'Second factor',
      summary: 'Switch off that of somebody else who lost the phone; their sessions end.',
      params: idParams,
      async handle({ params, user, request }) {
        const row = await users.byId(params.id);
        if (!row) throw new GatewayError('not_found', 'there is no such user');
        if (!roleCovers(user.role, row.role))
          throw new GatewayError('role_insufficient', `only who has the role ${row.role} may do this`);
        if (user.actor === `user:${row.id}`)
          throw new GatewayError('local_only', 'your own goes off by password and code, or by another administrator');
        if (!(await secondFactors.switchOff(row.id))) throw new GatewayError('not_found', 'the second factor is off');
        await sessions.endOfUser(row.id);
        await audit.record('second_factor.off', { request, details: { name: row.name, by: user.name } });
      },
    }),
    route({
      method: 'post',
      path: '/pairing/elevations',
      door: 'local',
      tag: 'Pairing',
      summary:
        'For a local administrator, by name, password and a fresh code: an elevation to add cameras, once, for 120 s.',
      body: elevationBody,
      answer: z.object({ elevation: z.string(), expiresAt: z.iso.datetime() }),
      status: 201,
      async handle({ body, request, remote }) {
        if (remote) throw new GatewayError('local_only', 'local accounts are for the network of the gateway');
        const user = await localSignIn.check({ ...body, address: clientAddress(request) });
        if (!roleCovers(user.role, 'admin'))
          throw new GatewayError('role_insufficient', 'adding cameras with a local account needs the role admin');
        if (!secondFactors.isOn(user) && !(await passwordPairing()))
          throw new GatewayError(
            'second_factor_enrolment_required',
            'adding cameras needs a second factor: turn it on under Settings > My account',
          );
        const { elevation, expiresAt } = await secondFactors.elevate(user);
        await audit.record('pairing.elevation', {
          request,
          actor: `user:${user.id}`,
          details: { name: user.name, amr: secondFactors.isOn(user) ? 'password and code' : 'password' },
        });
        return { elevation, expiresAt: instant(expiresAt) };
      },
    }),
  ];
};
