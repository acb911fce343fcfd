import { z } from 'zod';
import type { Gateways } from '../access/gateways.ts';
import type { DeviceGrants } from '../tokens/device.ts';
import type { Oidc } from '../tokens/oidc.ts';
import { readCookie } from './cookies.ts';
import type { LimitsGuard } from './limits.ts';
import { openRoute, type Route, sessionRoute } from './route.ts';
import { instant, iso } from './schemas.ts';

const uid = z.object({ uid: z.string().min(1).max(64) });
const userCode = z.string().min(1).max(32);

/** The portal's side of the token issuer: answering an authorization, allowing a terminal. */
export function oidcRoutesOf(deps: {
  oidc: Oidc;
  devices: DeviceGrants;
  gateways: Gateways;
  limits: LimitsGuard;
}): Route[] {
  const { oidc, devices, gateways, limits } = deps;
  return [
    openRoute(
      {
        method: 'get',
        path: '/api/v1/interactions/:uid',
        door: 'vms-local-oidc',
        summary: 'Which VMS Local sent this browser here',
        params: uid,
        success: { status: 200, schema: z.object({ clientId: z.string(), clientName: z.string() }) },
        refuses: ['interaction_expired'],
      },
      async ({ params, request }) => oidc.interaction(params.uid, readCookie(request, oidc.interactionCookie)),
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/interactions/:uid/finish',
        withoutCode: true,
        door: 'vms-local-oidc',
        summary: 'Answer by the live session; the browser then goes to redirectTo',
        params: uid,
        success: { status: 200, schema: z.object({ redirectTo: z.string() }) },
        refuses: ['interaction_expired', 'reauthentication_required'],
      },
      async ({ params, request, session }) => ({
        redirectTo: await oidc.finish(params.uid, readCookie(request, oidc.interactionCookie), session, (clientId) =>
          gateways.mayEnter(session.accountId, clientId),
        ),
      }),
    ),
    sessionRoute(
      {
        method: 'get',
        path: '/api/v1/device/:userCode',
        door: 'device-grant',
        summary: 'Which terminal shows this code',
        params: z.object({ userCode }),
        success: {
          status: 200,
          schema: z.object({
            clientId: z.string(),
            clientName: z.string(),
            scopes: z.array(z.string()),
            address: z.string(),
            userAgent: z.string(),
            expiresAt: instant,
          }),
        },
        refuses: ['device_code_unknown', 'too_many_requests'],
      },
      async ({ params, session }) => {
        await limits.userCode(session.accountId);
        const found = await devices.look(params.userCode);
        return { ...found, expiresAt: iso(found.expiresAt) };
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/device/approve',
        door: 'device-grant',
        summary: 'Sign the terminal in that shows this code; it gets a session of its own',
        body: z.object({ userCode }),
        success: { status: 204 },
        refuses: ['device_code_unknown', 'too_many_requests'],
      },
      async ({ body, session, visit }) => {
        await limits.userCode(session.accountId);
        await devices.approve(visit, session, body.userCode);
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/device/deny',
        door: 'device-grant',
        summary: 'Refuse the terminal that shows this code',
        body: z.object({ userCode }),
        success: { status: 204 },
        refuses: ['device_code_unknown', 'too_many_requests'],
      },
      async ({ body, session, visit }) => {
        await limits.userCode(session.accountId);
        await devices.deny(visit, session, body.userCode);
        return undefined;
      },
    ),
  ];
}
