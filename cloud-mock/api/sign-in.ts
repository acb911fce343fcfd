import type { Request, Response } from 'express';
import { z } from 'zod';
import { may } from '../organisation/rights.ts';
import type { SignIn } from '../sign-in/engine.ts';
import { hashSecret } from '../sign-in/secret-token.ts';
import type { MintedSession } from '../sign-in/sessions.ts';
import type { AccountRow } from '../store/accounts.ts';
import type { Tx } from '../store/store.ts';
import { readSessionCookie, sessionCookie } from './cookies.ts';
import { accountJson, type PeopleDeps } from './people.ts';
import { codeBodyLimitBytes, openRoute, type Route, sessionRoute } from './route.ts';
import {
  account,
  code,
  codeRequired,
  email,
  instant,
  iso,
  nameOf,
  password,
  secretText,
  session,
  signedIn,
} from './schemas.ts';

const delivery = z
  .enum(['cookie', 'bearer'])
  .default('cookie')
  .meta({ description: 'How the session comes: a cookie (browsers) or a token in the answer (programs).' });

const elevationAnswer = z.object({ elevation: z.string(), elevationExpiresAt: instant });

/** Register, sign in with both steps, lost phone, sign out. */
export function signInRoutes(deps: PeopleDeps): Route[] {
  const { engine, cookies, clock, limits } = deps;
  const deliver = async (signIn: SignIn, how: 'cookie' | 'bearer', response: Response) => {
    if (signIn.status === 'code_required') {
      const { status, challengeId, expiresAt, triesLeft } = signIn;
      return { status, challengeId, expiresAt: iso(expiresAt), triesLeft };
    }
    const answer = { status: signIn.status, account: await accountJson(deps.store, signIn.account) };
    if (how === 'bearer') return { ...answer, token: signIn.token };
    cookies.set(response, sessionCookie, signIn.token, { maxAgeMs: signIn.session.expiresAt - clock.now() });
    return answer;
  };
  const presentSession = async (request: Request) => {
    const { token } = readSessionCookie(request);
    return token ? deps.sessions.find(token) : undefined;
  };
  const kindOf = { cookie: 'web', bearer: 'bearer' } as const;

  return [
    openRoute(
      {
        method: 'post',
        path: '/api/v1/sign-up',
        door: 'sign-up',
        summary: 'Register a TP-Link ID. An address that is taken is answered alike; its owner gets a mail.',
        body: z.object({ email, name: nameOf(64), password }),
        success: { status: 201, schema: z.object({ account: z.object({ email: z.string(), name: z.string() }) }) },
        refuses: ['password_unfit', 'too_many_requests', 'busy'],
      },
      async ({ body, visit }) => {
        await limits.signUp(visit.address, body.email);
        await deps.accounts.register(visit, body);
        return { account: { email: body.email.toLowerCase(), name: body.name } };
      },
    ),
    openRoute(
      {
        method: 'post',
        path: '/api/v1/sign-in',
        door: 'web-portal',
        summary: 'First step: e-mail address and password',
        body: z.object({ email, password, delivery }),
        success: { status: 200, schema: z.union([signedIn, codeRequired]) },
        refuses: ['wrong_credentials', 'locked_out', 'too_many_requests', 'busy'],
      },
      async ({ body, visit, request, response }) => {
        const present = body.delivery === 'cookie' ? await presentSession(request) : undefined;
        const signIn = await limits.aroundPassword(visit.address, body.email, () =>
          engine.authenticate(visit, body, kindOf[body.delivery], present),
        );
        return deliver(signIn, body.delivery, response);
      },
    ),
    openRoute(
      {
        method: 'post',
        path: '/api/v1/sign-in/code',
        door: 'web-portal',
        summary: 'Second step: the code, or a saved recovery code',
        body: z.object({
          challengeId: secretText,
          code: code.optional(),
          recoveryCode: z
            .unknown()
            .optional()
            .meta({ description: 'In place of the code: one of the ten saved recovery codes.' }),
          elevateFor: secretText.optional().meta({
            description:
              'A VMS Local this account may add devices to: the same fresh code also buys the elevation to add devices to it. Not with a recovery code.',
          }),
        }),
        bodyLimitBytes: codeBodyLimitBytes,
        success: { status: 200, schema: signedIn.extend(elevationAnswer.partial().shape) },
        refuses: ['wrong_code', 'challenge_ended', 'locked_out', 'busy'],
      },
      async ({ body, visit, request, response }) => {
        const { elevateFor } = body;
        let bought: { elevation: string; elevationExpiresAt: string } | undefined;
        const also = async (tx: Tx, { session: made }: MintedSession, owner: AccountRow) => {
          if (elevateFor === undefined || made.amr.includes('recovery')) return;
          // Not theirs: the sign-in stands, and asking for the elevation itself says why there is none.
          if (!may(await tx.members.roleAtGateway(owner.id, elevateFor), 'device.pair')) return;
          const paired = { ...visit, door: 'elevation' as const };
          const { elevation, expiresAt } = await deps.elevations.make(tx, paired, owner, made, elevateFor, made.amr);
          bought = { elevation, elevationExpiresAt: iso(expiresAt) };
        };
        const present = await presentSession(request);
        const signIn = await engine.answer(visit, body.challengeId, body, { present, also });
        const how = signIn.session.kind === 'web' ? 'cookie' : 'bearer';
        return { ...(await deliver(signIn, how, response)), ...bought };
      },
    ),
    openRoute(
      {
        method: 'post',
        path: '/api/v1/sign-in/lost-device',
        door: 'mail-link',
        summary: 'Have a link mailed that turns two-factor authentication off; only after the right password',
        body: z.object({ challengeId: secretText }),
        success: { status: 202, schema: z.object({ status: z.literal('mail_sent') }) },
        refuses: ['challenge_ended', 'too_many_requests'],
      },
      async ({ body, visit }) => {
        await deps.secondFactor.askForLink(visit, body.challengeId);
        return { status: 'mail_sent' };
      },
    ),
    openRoute(
      {
        method: 'post',
        path: '/api/v1/two-factor/off',
        door: 'mail-link',
        summary: 'Turn two-factor authentication off by the mailed link and the password; signs nobody in',
        body: z.object({ token: secretText, password }),
        success: { status: 204 },
        refuses: ['link_invalid', 'wrong_credentials', 'too_many_requests', 'busy'],
      },
      async ({ body, visit, response }) => {
        // Counted by link: guesses at one use up the tries of no other.
        await limits.aroundPassword(visit.address, `mail-link ${hashSecret(body.token)}`, () =>
          deps.secondFactor.turnOffByLink(visit, body),
        );
        cookies.clear(response, sessionCookie);
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'get',
        path: '/api/v1/session',
        door: 'web-portal',
        summary: 'Who is signed in',
        success: { status: 200, schema: z.object({ account, session }) },
      },
      async ({ session: live }) => {
        const row = (await deps.store.accounts.byId(live.accountId))!;
        return {
          account: await accountJson(deps.store, row),
          session: { id: live.id, amr: live.amr, acr: live.acr, authenticatedAt: iso(live.authenticatedAt) },
        };
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/sign-out',
        withoutCode: true,
        door: 'web-portal',
        summary: 'Sign out: ends the session, its tokens, and its sessions at gateways',
        success: { status: 204 },
      },
      async ({ session: live, visit, response }) => {
        await deps.sessions.end(visit, live, 'signed_out');
        cookies.clear(response, sessionCookie);
        return undefined;
      },
    ),
  ];
}
