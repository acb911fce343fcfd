import { z } from 'zod';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { GatewayError } from '../errors.ts';
import type { Audit } from '../people/audit.ts';
import { type Passwords, requireFitPassword } from '../people/passwords.ts';
import type { Sessions } from '../people/sessions.ts';
import type { SetupCode } from '../people/setup-code.ts';
import type { UserStore } from '../store/users.ts';
import { type Route, route } from './route.ts';
import { formatUser, passwordSchema, userAnswer, usernameSchema } from './schemas.ts';
import { beginSession } from './session-cookie.ts';

const setupBody = z.object({
  setupCode: z.string().min(1).max(64),
  username: usernameSchema,
  password: passwordSchema,
});

export const setupRoutes = (parts: {
  setupCode: SetupCode | undefined;
  users: UserStore;
  passwords: Passwords;
  sessions: Sessions;
  audit: Audit;
  clock: Pick<Clock, 'now'>;
  random: Random;
}): Route[] => [
  route({
    method: 'post',
    path: '/setup',
    door: 'setup',
    tag: 'Set-up',
    summary: 'Make the first administrator with the code printed at start.',
    body: setupBody,
    answer: userAnswer,
    status: 201,
    async handle({ body, request, response, remote }) {
      if (remote) throw new GatewayError('local_only', 'set-up is done on the network of the gateway');
      const done = () => new GatewayError('setup_done', 'this gateway has an administrator already');
      if (await parts.users.anybody()) throw done();
      if (!parts.setupCode?.matches(body.setupCode))
        throw new GatewayError('setup_code_wrong', 'this is not the set-up code that was printed at start');
      requireFitPassword(body.password, body.username);
      const user = {
        id: parts.random.uuid(),
        name: body.username,
        role: 'super_admin' as const,
        password_hash: await parts.passwords.hash(body.password),
        created_at: parts.clock.now(),
      };
      if (!(await parts.users.insertFirst(user))) throw done();
      const started = await parts.sessions.startLocal(request, { ...user, totp_sealed: null });
      await beginSession(parts.sessions, { request, response }, started);
      await parts.audit.record('setup.done', { request, actor: started.user.actor, details: { name: user.name } });
      return { user: formatUser(started.user) };
    },
  }),
];
