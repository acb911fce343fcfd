import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Log } from '../../core/runtime/log.ts';
import type { CloudAccess } from '../cloud-access/cloud-access.ts';
import { GatewayError } from '../errors.ts';
import type { Audit } from '../people/audit.ts';
import type { Sessions, StartedSession } from '../people/sessions.ts';
import type { LocalSignIn } from '../people/sign-in.ts';
import { type Route, route } from './route.ts';
import { codeSchema, formatUser, passwordSchema, userAnswer } from './schemas.ts';
import { beginSession, clearFlowCookie, clearSessionCookie, flowSecret, setFlowCookie } from './session-cookie.ts';

const localBody = z.object({
  username: z.string().min(1).max(64),
  password: passwordSchema,
  code: codeSchema.optional().describe('of the authenticator app, when the account has a second factor'),
});
const assertionBody = z.object({ assertion: z.string().min(1).max(8192) });
const logoutBody = z.object({ logout_token: z.string().min(1).max(8192) });

interface AuthParts {
  localSignIn: LocalSignIn;
  sessions: Sessions;
  cloudAccess: CloudAccess;
  audit: Audit;
  log: Log;
  /** Where the cloud may send a browser back to, first the one to prefer. */
  redirectUris(): string[];
}

export const authRoutes = (parts: AuthParts): Route[] => [
  ...sessionRoutes(parts),
  ...tplinkRoutes(parts),
  route({
    method: 'post',
    path: '/auth/assertion',
    door: 'assertion',
    tag: 'Sign-in',
    summary: 'Sign in with an assertion that the bound cloud made for this gateway; good once.',
    body: assertionBody,
    answer: userAnswer,
    async handle({ body, request, response }) {
      const proof = await parts.cloudAccess.takeAssertion(body.assertion);
      const started = await parts.sessions.startTplink(request, proof);
      return welcome(parts, { request, response }, started, 'assertion');
    },
  }),
  route({
    method: 'post',
    path: '/auth/backchannel-logout',
    door: 'backchannel',
    tag: 'Sign-in',
    summary: 'OpenID Connect back-channel logout: the bound cloud ends sessions.',
    machine: true,
    bodyType: 'form',
    body: logoutBody,
    status: 200,
    async handle({ body, response }) {
      await parts.cloudAccess.takeLogout(body.logout_token);
      response.status(200).end();
    },
  }),
];

/** Give the browser its session and write down that it began. */
async function welcome(
  { sessions, audit }: AuthParts,
  call: { request: Request; response: Response },
  started: StartedSession,
  how: string,
) {
  await beginSession(sessions, call, started);
  const { actor, name, amr } = started.user;
  await audit.record('session.started', { request: call.request, actor, details: { name, how, amr } });
  return { user: formatUser(started.user) };
}

const sessionRoutes = (parts: AuthParts): Route[] => [
  route({
    method: 'post',
    path: '/auth/sign-in',
    door: 'local',
    tag: 'Sign-in',
    summary: 'Sign in with a local account. `second_factor_required` asks for the same again with a code.',
    body: localBody,
    answer: userAnswer,
    async handle({ body, request, response, remote }) {
      if (remote) throw new GatewayError('local_only', 'local accounts sign in on the network of the gateway');
      const user = await parts.localSignIn.check({ ...body, address: request.socket.remoteAddress ?? '' });
      const started = await parts.sessions.startLocal(request, user);
      return welcome(
        parts,
        { request, response },
        started,
        user.totp_sealed === null ? 'password' : 'password and code',
      );
    },
  }),
  route({
    method: 'get',
    path: '/auth/session',
    door: 'session',
    role: 'live_only',
    tag: 'Sign-in',
    summary: 'Who is signed in.',
    answer: userAnswer,
    handle: ({ user }) => ({ user: formatUser(user) }),
  }),
  route({
    method: 'post',
    path: '/auth/sign-out',
    door: 'session',
    tag: 'Sign-in',
    summary: 'End this session.',
    async handle({ request, response }) {
      if (request.user) {
        await parts.sessions.end(request.user.sessionId);
        await parts.audit.record('session.ended', { request });
      }
      clearSessionCookie(request, response);
    },
  }),
];

const callbackQuery = z.record(z.string(), z.unknown());
const startQuery = z.object({ again: z.string().optional() });

const tplinkRoutes = (parts: AuthParts): Route[] => {
  const { cloudAccess, sessions, log } = parts;
  /** A refusal goes to the sign-in page, which explains it; the address carries nothing but the code. */
  const orExplain = async (response: Response, work: () => Promise<string>) => {
    try {
      response.redirect(302, await work());
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      log.info({ code: error.code, cause: error.cause }, 'a sign-in with a TP-Link ID was refused');
      response.redirect(302, `/#/sign-in?error=${error.code}`);
    }
  };
  const refuseRemote = (remote: boolean) => {
    if (remote) throw new GatewayError('local_only', 'through the tunnel, open this gateway from the cloud');
  };
  return [
    route({
      method: 'get',
      path: '/auth/tplink/start',
      door: 'tplink',
      tag: 'Sign-in',
      summary: 'Send the browser to the bound cloud to sign in with a TP-Link ID.',
      query: startQuery,
      status: 302,
      handle: ({ request, response, query, remote }) =>
        orExplain(response, async () => {
          refuseRemote(remote);
          const uris = parts.redirectUris();
          const own = uris.find((uri) => new URL(uri).host === request.headers.host);
          // The cloud only sends back to addresses it was told, and the cookie of the flow has to be of the same one.
          if (!own && query.again === undefined) return new URL('start?again=1', uris[0]).href;
          const { location, browserSecret } = await cloudAccess.startLanSignIn(own ?? uris[0]!);
          setFlowCookie(request, response, browserSecret);
          return location;
        }),
    }),
    route({
      method: 'get',
      path: '/auth/tplink/callback',
      door: 'tplink',
      tag: 'Sign-in',
      summary: 'Where the cloud sends the browser back to.',
      query: callbackQuery,
      status: 302,
      handle: ({ request, response, remote }) =>
        orExplain(response, async () => {
          refuseRemote(remote);
          const url = new URL(request.originalUrl, 'http://gateway');
          const proof = await cloudAccess.finishLanSignIn(url, flowSecret(request));
          const started = await sessions.startTplink(request, proof);
          clearFlowCookie(request, response);
          await welcome(parts, { request, response }, started, 'tplink');
          return '/#/';
        }),
    }),
  ];
};
