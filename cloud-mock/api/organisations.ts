import { z } from 'zod';
import type { Organisations } from '../organisation/organisations.ts';
import { type Route, sessionRoute } from './route.ts';
import { instant, iso, nameOf, rights, role, siteId } from './schemas.ts';

const zones = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]);

const name = nameOf(64);
const timeZone = z
  .string()
  .refine((zone) => zones.has(zone), 'not a time zone, such as Europe/Berlin')
  .meta({ description: 'IANA name, such as Europe/Berlin.' });
const address = z.string().trim().max(200, 'an address has at most 200 characters');
const organisationId = z.object({ id: z.string().min(1).max(64) });
const siteParams = z.object({ id: siteId });

const site = z.object({
  id: z.string(),
  name: z.string(),
  timeZone: z.string(),
  address: z.string(),
  createdAt: instant,
  role,
  rights,
});
const organisation = z.object({
  id: z.string(),
  name: z.string(),
  region: z.string(),
  timeZone: z.string(),
  createdAt: instant,
  own: z.boolean().meta({ description: 'Founded by this account.' }),
  role: role.optional().meta({ description: 'What you are at every site that has no role of its own.' }),
  rights,
  sites: z.array(site),
});

/** Organisations and sites. */
export function organisationRoutes({ organisations }: { organisations: Organisations }): Route[] {
  return [
    sessionRoute(
      {
        method: 'get',
        path: '/api/v1/organisations',
        door: 'web-portal',
        summary: 'My organisations, with the sites I may see and what I may do there',
        success: { status: 200, schema: z.object({ organisations: z.array(organisation) }) },
      },
      async ({ session }) => ({
        organisations: (await organisations.of(session.accountId)).map((one) => ({
          id: one.id,
          name: one.name,
          region: one.region,
          timeZone: one.timeZone,
          createdAt: iso(one.createdAt),
          own: one.own,
          ...(one.role ? { role: one.role } : {}),
          rights: one.rights,
          sites: one.sites.map(({ organisationId: _, createdAt, ...rest }) => ({ ...rest, createdAt: iso(createdAt) })),
        })),
      }),
    ),
    sessionRoute(
      {
        method: 'patch',
        path: '/api/v1/organisations/:id',
        door: 'web-portal',
        summary: 'Change name or time zone of an organisation',
        params: organisationId,
        body: z.strictObject({ name: name.optional(), timeZone: timeZone.optional() }),
        success: { status: 204 },
        refuses: ['organisation_unknown', 'role_insufficient'],
      },
      async ({ params, body, session, visit }) => {
        await organisations.change(visit, session, params.id, body);
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'post',
        path: '/api/v1/organisations/:id/sites',
        door: 'web-portal',
        summary: 'Make a site',
        params: organisationId,
        body: z.strictObject({ name, timeZone: timeZone.default('UTC'), address: address.default('') }),
        success: { status: 201, schema: z.object({ id: z.string() }) },
        refuses: ['organisation_unknown', 'role_insufficient', 'site_exists'],
      },
      async ({ params, body, session, visit }) => ({
        id: await organisations.makeSite(visit, session, params.id, body),
      }),
    ),
    sessionRoute(
      {
        method: 'patch',
        path: '/api/v1/sites/:id',
        door: 'web-portal',
        summary: 'Change name, time zone or address of a site',
        params: siteParams,
        body: z.strictObject({ name: name.optional(), timeZone: timeZone.optional(), address: address.optional() }),
        success: { status: 204 },
        refuses: ['site_unknown', 'site_exists', 'role_insufficient'],
      },
      async ({ params, body, session, visit }) => {
        await organisations.changeSite(visit, session, params.id, body);
        return undefined;
      },
    ),
    sessionRoute(
      {
        method: 'delete',
        path: '/api/v1/sites/:id',
        door: 'web-portal',
        summary: 'Remove a site that has no VMS Local; roles for it alone go with it',
        params: siteParams,
        success: { status: 204 },
        refuses: ['site_unknown', 'site_in_use', 'role_insufficient'],
      },
      async ({ params, session, visit }) => {
        await organisations.removeSite(visit, session, params.id);
        return undefined;
      },
    ),
  ];
}
