import { z } from 'zod';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { GatewayError } from '../errors.ts';
import type { Audit } from '../people/audit.ts';
import { type Passwords, requireFitPassword } from '../people/passwords.ts';
import { type Role, roleCovers, type SignedIn } from '../people/roles.ts';
import type { Sessions } from '../people/sessions.ts';
import type { LocalSignIn } from '../people/sign-in.ts';
import type { CloudStore } from '../store/cloud.ts';
import type { NewUser, UserRow, UserStore } from '../store/users.ts';
import { type Route, route } from './route.ts';
import { codeSchema, idParams, instant, passwordSchema, roleSchema, usernameSchema } from './schemas.ts';

const localUser = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  createdAt: z.iso.datetime(),
  secondFactor: z.boolean(),
});
const member = z.object({ email: z.string(), name: z.string(), role: roleSchema });
const newUser = z.object({ username: usernameSchema, password: passwordSchema, role: roleSchema });
const change = z
  .object({ role: roleSchema, password: passwordSchema })
  .partial()
  .refine((given) => given.role !== undefined || given.password !== undefined, 'name what to change');
const ownPassword = z.object({
  currentPassword: passwordSchema,
  password: passwordSchema,
  code: codeSchema.optional(),
});

interface UserParts {
  users: UserStore;
  cloud: CloudStore;
  passwords: Passwords;
  localSignIn: LocalSignIn;
  sessions: Sessions;
  audit: Audit;
  clock: Pick<Clock, 'now'>;
  random: Random;
}

const format = ({ id, name, role, created_at, totp_sealed }: UserRow) => ({
  id,
  name,
  role,
  createdAt: instant(created_at),
  secondFactor: totp_sealed !== null,
});

/** Nobody makes or touches somebody above them. */
function requireCovers(user: SignedIn, role: Role): void {
  if (!roleCovers(user.role, role))
    throw new GatewayError('role_insufficient', `only who has the role ${role} may do this`);
}

export const userRoutes = (parts: UserParts): Route[] => {
  const { users, cloud, passwords, localSignIn, sessions, audit, clock, random } = parts;
  const find = async (id: string) => {
    const row = await users.byId(id);
    if (!row) throw new GatewayError('not_found', 'there is no such user');
    return row;
  };
  const lastOne = () => new GatewayError('last_super_admin', 'the last super admin stays');
  return [
    route({
      method: 'get',
      path: '/users',
      door: 'session',
      role: 'admin',
      tag: 'Users',
      summary: 'Local users, and the TP-Link IDs the cloud lets in.',
      answer: z.object({ users: z.array(localUser), members: z.array(member) }),
      handle: async () => ({
        users: (await users.list()).map(format),
        members: (await cloud.members()).map(({ email, name, role }) => ({ email, name, role })),
      }),
    }),
    route({
      method: 'post',
      path: '/users',
      door: 'session',
      role: 'admin',
      tag: 'Users',
      summary: 'Add a local user.',
      body: newUser,
      answer: z.object({ user: localUser }),
      status: 201,
      async handle({ body, user, request }) {
        requireCovers(user, body.role);
        requireFitPassword(body.password, body.username);
        const made: NewUser = {
          id: random.uuid(),
          name: body.username,
          role: body.role,
          password_hash: await passwords.hash(body.password),
          created_at: clock.now(),
        };
        if (!(await users.insert(made))) throw new GatewayError('user_exists', 'this name is taken');
        await audit.record('user.added', { request, details: { name: made.name, role: made.role } });
        return { user: format({ ...made, totp_sealed: null }) };
      },
    }),
    route({
      method: 'patch',
      path: '/users/:id',
      door: 'session',
      role: 'admin',
      tag: 'Users',
      summary: 'Change role or password of a local user; its sessions end.',
      params: idParams,
      body: change,
      answer: z.object({ user: localUser }),
      async handle({ params, body, user, request }) {
        const row = await find(params.id);
        requireCovers(user, row.role);
        if (body.role) requireCovers(user, body.role);
        if (body.password !== undefined) requireFitPassword(body.password, row.name);
        if (body.role && !(await users.setRole(row.id, body.role))) throw lastOne();
        if (body.password !== undefined) await users.setPassword(row.id, await passwords.hash(body.password));
        await sessions.endOfUser(row.id, row.id === userIdOf(user) ? user.sessionId : undefined);
        await audit.record('user.changed', {
          request,
          details: { name: row.name, role: body.role, password: body.password !== undefined ? 'new' : undefined },
        });
        return { user: format(await find(row.id)) };
      },
    }),
    route({
      method: 'delete',
      path: '/users/:id',
      door: 'session',
      role: 'admin',
      tag: 'Users',
      summary: 'Remove a local user; its sessions end.',
      params: idParams,
      async handle({ params, user, request }) {
        const row = await find(params.id);
        requireCovers(user, row.role);
        if (!(await users.remove(row.id))) throw lastOne();
        await sessions.endOfUser(row.id);
        await audit.record('user.removed', { request, details: { name: row.name } });
      },
    }),
    route({
      method: 'post',
      path: '/auth/password',
      door: 'session',
      role: 'live_only',
      tag: 'Users',
      summary: 'Change your own password; your other sessions end.',
      body: ownPassword,
      async handle({ body, user, request }) {
        const id = userIdOf(user);
        if (!id) throw new GatewayError('local_only', 'a TP-Link ID has its password at the cloud');
        const row = await find(id);
        // By the same budget as a sign-in: a stolen session must not be a way to guess.
        const address = request.socket.remoteAddress ?? '';
        const { code } = body;
        const checked = await localSignIn.check({ username: row.name, password: body.currentPassword, code, address });
        requireFitPassword(body.password, row.name);
        if (!(await users.setPassword(id, await passwords.hash(body.password), checked.password_hash)))
          throw new GatewayError('wrong_credentials', 'the password was changed in the meantime');
        await sessions.endOfUser(id, user.sessionId);
        await audit.record('user.changed', { request, details: { name: row.name, password: 'new' } });
      },
    }),
  ];
};

const userIdOf = (user: SignedIn) => (user.via === 'local' ? user.actor.slice('user:'.length) : undefined);
