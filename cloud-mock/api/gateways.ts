import { z } from 'zod';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Bindings } from '../access/bindings.ts';
import type { Gateways } from '../access/gateways.ts';
import { gatewayKey } from '../access/machine.ts';
import { lifetimes } from '../config.ts';
import { CloudError } from '../errors.ts';
import { rightsOf } from '../organisation/rights.ts';
import type { Engine } from '../sign-in/engine.ts';
import type { Store } from '../store/store.ts';
import type { Elevations } from '../tokens/elevations.ts';
import type { LimitsGuard } from './limits.ts';
import { codeBodyLimitBytes, gatewayRoute, openRoute, type Route, sessionRoute } from './route.ts';
import { code, instant, iso, nameOf, password, rights, role, secretText, siteId } from './schemas.ts';

const name = nameOf(64);
const version = z.string().max(32);
const redirectUris = z
  .array(
    z
      .url({ protocol: /^https?$/ })
      .max(512)
      .refine((uri) => !uri.includes('#'), 'a redirect address has no fragment'),
  )
  .max(32);
const gatewayId = z.string().min(1).max(64);
const userCode = z.string().min(1).max(32);
const binding = z.object({ userCode });
const person = z.object({ sub: z.string(), email: z.string(), name: z.string() });
const gatewayItem = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  site: z.object({ id: z.string(), name: z.string() }),
  organisationId: z.string(),
  role: role.meta({ description: 'What you are at this VMS Local.' }),
  rights,
  online: z.boolean(),
  boundAt: instant,
  lastSeenAt: instant.optional(),
  passwordPairing: z.boolean(),
});

/** Cloud Access as people use it (binding, my VMS Locals, elevations) and as gateways do (machine API). */
export function gatewayRoutes(deps: {
  store: Store;
  clock: Clock;
  engine: Engine;
  bindings: Bindings;
  gateways: Gateways;
  elevations: Elevations;
  limits: LimitsGuard;
}): Route[] {
  const { store, clock, engine, bindings, gateways, elevations, limits } = deps;
  return [
    openRoute(
      {
        method: 'post',
        path: '/api/v1/bindings',
        door: 'machine',
        summary: 'A VMS Local asks to be bound: it shows the user code and polls',
        body: z.object({ name, jwk: gatewayKey, redirectUris: redirectUris.default([]), version: version.default('') }),
        success: {
          status: 201,
          schema: z.object({
            bindingId: z.string(),
            pollToken: z.string(),
            userCode: z.string(),
            verificationUri: z.string(),
            verificationUriComplete: z.string(),
            expiresAt: instant,
            intervalSeconds: z.number(),
          }),
        },
        refuses: ['too_many_requests'],
      },
      async ({ body, visit }) => {
        await limits.binding(visit.address);
        const begun = await bindings.begin(body);
        return { ...begun, expiresAt: iso(begun.expiresAt) };
      },
    ),
    openRoute(
      {
        method: 'post',
        path: '/api/v1/bindings/poll',
        door: 'machine',
        summary: 'What became of a binding',
        body: z.object({ bindingId: secretText, pollToken: secretText }),
        success: {
          status: 200,
          schema: z.object({
            status: z.enum(['pending', 'approved', 'denied', 'expired']),
            gatewayId: z.string().optional(),
            issuer: z.string().optional(),
            tunnelUrl: z.string().optional(),
            owner: person.optional(),
          }),
        },
        refuses: ['binding_unknown'],
      },
      async ({ body }) => bindings.poll(body),
    ),
    sessionRoute(
      {
        method: 'get',
        path: '/api/v1/bindings/by-code/:userCode',
        door: 'web-portal',
        summary: 'Which VMS Local shows this code',
        params: binding,
        success: {
          status: 200,
          schema: z.object({ name: z.string(), version: z.string(), gatewayId: z.string(), expiresAt: instant }),
        },
        refuses: ['binding_unknown', 'too_many_requests'],
      },
      async ({ params, session }) => {
        await limits.userCode(session.accountId);
        const found = await bindings.look(params.userCode);
        return { ...found, expiresAt: iso(found.expiresAt) };
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/bindings/approve',
        door: 'web-portal',
        summary: 'Bind the VMS Local that shows this code; the sign-in must be recent, or the password comes along',
        body: binding.extend({ siteId: siteId.optional(), password: password.optional() }),
        success: { status: 200, schema: z.object({ gatewayId: z.string() }) },
        refuses: [
          'binding_unknown',
          'site_unknown',
          'role_insufficient',
          'gateway_bound_elsewhere',
          'reauthentication_required',
          'wrong_credentials',
          'too_many_requests',
        ],
      },
      async ({ body, session, visit }) => {
        await limits.userCode(session.accountId);
        if (body.password !== undefined) {
          await limits.aroundPassword(visit.address, session.accountId, () =>
            engine.confirmPassword(session, body.password!),
          );
        } else if (clock.now() - session.authenticatedAt > lifetimes.recentSignIn) {
          throw new CloudError('reauthentication_required', 'Enter your password again.');
        }
        return { gatewayId: await bindings.approve(visit, session, body) };
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/bindings/deny',
        door: 'web-portal',
        summary: 'Refuse the VMS Local that shows this code',
        body: binding,
        success: { status: 204 },
        refuses: ['binding_unknown', 'too_many_requests'],
      },
      async ({ body, session, visit }) => {
        await limits.userCode(session.accountId);
        await bindings.deny(visit, session, body.userCode);
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'get',
        path: '/api/v1/gateways',
        door: 'web-portal',
        summary: 'The VMS Locals I may open',
        success: { status: 200, schema: z.object({ gateways: z.array(gatewayItem) }) },
      },
      async ({ session }) => ({
        gateways: (await gateways.list(session.accountId)).map((one) => ({
          id: one.id,
          name: one.name,
          version: one.version,
          site: { id: one.siteId, name: one.siteName },
          organisationId: one.organisationId,
          role: one.role,
          rights: rightsOf(one.role),
          online: one.online,
          boundAt: iso(one.boundAt),
          ...(one.lastSeenAt ? { lastSeenAt: iso(one.lastSeenAt) } : {}),
          passwordPairing: one.passwordPairing === 1,
        })),
      }),
    ),
    sessionRoute(
      {
        method: 'patch',
        path: '/api/v1/gateways/:id',
        door: 'web-portal',
        summary: 'Name a VMS Local, or move it to another site: whose role is another one there is put out at once',
        params: z.object({ id: gatewayId }),
        body: z
          .strictObject({ name: name.optional(), siteId: siteId.optional() })
          .refine((given) => Object.keys(given).length > 0, 'name what to change'),
        success: { status: 204 },
        refuses: ['gateway_unknown', 'site_unknown', 'role_insufficient'],
      },
      async ({ params, body, session, visit }) => {
        await gateways.settle(visit, session, params.id, body);
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'delete',
        path: '/api/v1/gateways/:id',
        door: 'web-portal',
        summary: 'Unbind a VMS Local: its tunnel closes, its tokens and relay sessions end',
        params: z.object({ id: gatewayId }),
        success: { status: 204 },
        refuses: ['gateway_unknown', 'role_insufficient'],
      },
      async ({ params, session, visit }) => {
        await gateways.unbind(visit, session, params.id);
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/gateways/:id/open',
        withoutCode: true,
        door: 'web-portal',
        summary:
          'A ticket to open a VMS Local, or one of its cameras, from outside: POST it to openUrl within a minute, once',
        params: z.object({ id: gatewayId }),
        body: z.object({ camera: z.string().min(1).max(64).optional() }),
        bodyOptional: true,
        success: { status: 200, schema: z.object({ openUrl: z.string(), ticket: z.string(), expiresAt: instant }) },
        refuses: ['gateway_unknown', 'gateway_offline', 'device_unknown'],
      },
      async ({ params, body, session }) => {
        const opened = await gateways.open(session, params.id, body.camera);
        return { ...opened, expiresAt: iso(opened.expiresAt) };
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/elevations',
        withoutCode: true,
        door: 'elevation',
        summary: 'The right to add devices to one VMS Local: by a fresh code; 120 s, once',
        body: z.object({ gatewayId, code: code.optional(), password: password.optional() }),
        bodyLimitBytes: codeBodyLimitBytes,
        success: { status: 201, schema: z.object({ elevation: z.string(), expiresAt: instant }) },
        refuses: [
          'wrong_code',
          'locked_out',
          'second_factor_enrolment_required',
          'wrong_credentials',
          'gateway_unknown',
          'role_insufficient',
          'too_many_requests',
          'busy',
        ],
      },
      async ({ body, session, visit }) => {
        const made = await limits.aroundPassword(visit.address, session.accountId, () =>
          elevations.request(visit, session, body),
        );
        return { elevation: made.elevation, expiresAt: iso(made.expiresAt) };
      },
    ),

    gatewayRoute(
      {
        method: 'get',
        path: '/api/v1/gateway/self',
        door: 'machine',
        summary: 'What the cloud knows of the calling VMS Local',
        success: {
          status: 200,
          schema: z.object({
            id: z.string(),
            name: z.string(),
            version: z.string(),
            redirectUris: z.array(z.string()),
            policy: z.object({ passwordPairing: z.boolean() }),
            owner: person,
            members: z.array(person.extend({ role })),
            boundAt: instant,
            revocationsAfter: z.number().int(),
          }),
        },
      },
      async ({ gateway }) => {
        const { owner, members } = await gateways.members(gateway);
        return {
          id: gateway.id,
          name: gateway.ownName,
          version: gateway.version,
          redirectUris: JSON.parse(gateway.redirectUris) as string[],
          policy: { passwordPairing: gateway.passwordPairing === 1 },
          owner,
          members,
          boundAt: iso(gateway.boundAt),
          revocationsAfter: await store.revocations.last(),
        };
      },
    ),
    gatewayRoute(
      {
        method: 'patch',
        path: '/api/v1/gateway/self',
        door: 'machine',
        summary: 'Change name, version, redirect addresses or policy',
        body: z.object({
          name: name.optional(),
          version: version.optional(),
          redirectUris: redirectUris.optional(),
          policy: z.object({ passwordPairing: z.boolean() }).optional(),
        }),
        success: { status: 204 },
      },
      async ({ gateway, body }) => {
        await store.gateways.update(gateway.id, {
          ...(body.name === undefined ? {} : { name: body.name }),
          ...(body.version === undefined ? {} : { version: body.version }),
          ...(body.redirectUris ? { redirectUris: JSON.stringify(body.redirectUris) } : {}),
          ...(body.policy ? { passwordPairing: Number(body.policy.passwordPairing) } : {}),
        });
        return undefined;
      },
    ),
    gatewayRoute(
      {
        method: 'post',
        path: '/api/v1/gateway/self/unbind',
        door: 'machine',
        summary: 'Leave the account',
        success: { status: 204 },
      },
      async ({ gateway, visit }) => {
        await gateways.unbindSelf(visit, gateway);
        return undefined;
      },
    ),
    gatewayRoute(
      {
        method: 'post',
        path: '/api/v1/gateway/elevations/redeem',
        door: 'machine',
        summary: 'Spend an elevation: once',
        body: z.object({ elevation: secretText }),
        success: {
          status: 200,
          schema: z.object({
            elevationId: z.string(),
            sub: z.string(),
            email: z.string(),
            amr: z.array(z.string()),
            scope: z.string(),
          }),
        },
        refuses: ['elevation_invalid'],
      },
      async ({ gateway, body, visit }) => elevations.redeem(visit, gateway, body.elevation),
    ),
    gatewayRoute(
      {
        method: 'get',
        path: '/api/v1/gateway/revocations',
        door: 'machine',
        summary:
          'Whose sessions ended, for a VMS Local that was away; with sid only that one, without it all before `at`',
        query: z.object({ after: z.coerce.number().int().min(0).default(0) }),
        success: {
          status: 200,
          schema: z.object({
            revocations: z.array(
              z.object({ seq: z.number().int(), sub: z.string(), sid: z.string().optional(), at: instant }),
            ),
            last: z.number().int(),
          }),
        },
      },
      async ({ gateway, query }) => {
        const { rows, last } = await gateways.revocations(gateway, query.after);
        return {
          revocations: rows.map((row) => ({
            seq: row.seq,
            sub: row.sub,
            ...(row.sid ? { sid: row.sid } : {}),
            at: iso(row.at),
          })),
          last,
        };
      },
    ),
  ];
}
