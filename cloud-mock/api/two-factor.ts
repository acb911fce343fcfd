import type { Response } from 'express';
import { z } from 'zod';
import type { LiveSession } from '../sign-in/sessions.ts';
import { sessionCookie } from './cookies.ts';
import type { PeopleDeps } from './people.ts';
import { codeBodyLimitBytes, type Route, sessionRoute } from './route.ts';
import { code, instant, iso, password, secretText } from './schemas.ts';

const recoveryCodes = z.array(z.string()).meta({ description: 'Ten, shown once.' });

/** Admin > Account > Two-Factor Authentication. */
export function twoFactorRoutes(deps: PeopleDeps): Route[] {
  const { secondFactor, cookies, clock, limits } = deps;
  /** The session goes on under a new token: in the cookie, or told to a program. */
  const reissue = (session: LiveSession, token: string, response: Response) => {
    if (session.kind !== 'web') return { token };
    cookies.set(response, sessionCookie, token, { maxAgeMs: session.expiresAt - clock.now() });
    return {};
  };
  const guarded = <T>(address: string, session: LiveSession, work: () => Promise<T>) =>
    limits.aroundPassword(address, session.accountId, work);

  return [
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/two-factor/enrolment',
        withoutCode: true,
        door: 'web-portal',
        summary: 'Begin: password again (and a code, when it is on already); the secret is shown once',
        body: z.object({ password, code: code.optional() }),
        bodyLimitBytes: codeBodyLimitBytes,
        success: {
          status: 200,
          schema: z.object({
            enrolmentId: z.string(),
            secret: z.string().meta({ description: 'Base32, 160 bits' }),
            uri: z.string().meta({ description: 'otpauth:// key URI; the QR is drawn from it' }),
            expiresAt: instant,
          }),
        },
        refuses: ['wrong_credentials', 'wrong_code', 'locked_out', 'too_many_requests', 'busy'],
      },
      async ({ body, session, visit }) => {
        const begun = await guarded(visit.address, session, () => secondFactor.enrol(visit, session, body));
        return { ...begun, expiresAt: iso(begun.expiresAt) };
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/two-factor/enrolment/confirm',
        withoutCode: true,
        door: 'web-portal',
        summary: 'Finish with a first code, which is spent; all other sessions end',
        body: z.object({ enrolmentId: secretText, code }),
        bodyLimitBytes: codeBodyLimitBytes,
        success: { status: 200, schema: z.object({ recoveryCodes, token: z.string().optional() }) },
        refuses: ['wrong_code', 'enrolment_ended', 'busy'],
      },
      async ({ body, session, visit, response }) => {
        const { token, recoveryCodes: codes } = await secondFactor.confirm(visit, session, body);
        return { recoveryCodes: codes, ...reissue(session, token, response) };
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/two-factor/disable',
        withoutCode: true,
        door: 'web-portal',
        summary: 'Turn it off with password and a fresh code; all other sessions end',
        body: z.object({ password, code }),
        bodyLimitBytes: codeBodyLimitBytes,
        success: { status: 204 },
        refuses: ['wrong_credentials', 'wrong_code', 'locked_out', 'second_factor_off', 'too_many_requests', 'busy'],
      },
      async ({ body, session, visit, response }) => {
        const token = await guarded(visit.address, session, () => secondFactor.disable(visit, session, body));
        const { token: told } = reissue(session, token, response);
        if (told) response.set('Vigil-Session-Token', told);
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/two-factor/recovery-codes',
        withoutCode: true,
        door: 'web-portal',
        summary: 'New recovery codes in place of the old ones',
        body: z.object({ password, code }),
        bodyLimitBytes: codeBodyLimitBytes,
        success: { status: 200, schema: z.object({ recoveryCodes }) },
        refuses: ['wrong_credentials', 'wrong_code', 'locked_out', 'second_factor_off', 'too_many_requests', 'busy'],
      },
      async ({ body, session, visit }) => ({
        recoveryCodes: await guarded(visit.address, session, () =>
          secondFactor.renewRecoveryCodes(visit, session, body),
        ),
      }),
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/account/password',
        door: 'web-portal',
        summary: 'Change the password; all other sessions end',
        body: z.object({ currentPassword: password, newPassword: password }),
        success: { status: 200, schema: z.object({ token: z.string().optional() }) },
        refuses: ['wrong_credentials', 'password_unfit', 'too_many_requests', 'busy'],
      },
      async ({ body, session, visit, response }) =>
        reissue(
          session,
          await guarded(visit.address, session, () => deps.accounts.changePassword(visit, session, body)),
          response,
        ),
    ),
  ];
}
