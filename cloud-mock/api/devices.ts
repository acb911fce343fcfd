import { z } from 'zod';
import type { Clock } from '../../core/runtime/clock.ts';
import { cameraStates } from '../store/cameras.ts';
import type { Store } from '../store/store.ts';
import { gatewayRoute, type Route, sessionRoute } from './route.ts';
import { instant, iso, siteId } from './schemas.ts';

/** A list of so many cameras is more than a VMS Local holds; each takes a few hundred bytes. */
const mostCameras = 4096;
const reportLimitBytes = 4 * 1024 * 1024;

const text = z
  .string()
  .max(128)
  .nullish()
  .transform((given) => given ?? '');
const reported = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(128),
  model: text,
  serial: text,
  mac: text,
  firmware: text,
  state: z.enum(cameraStates),
  lastSeenAt: instant.nullish().transform((given) => (given ? Date.parse(given) : null)),
});

const state = z.enum([...cameraStates, 'unreachable']).meta({
  description: 'As its VMS Local reported it; `unreachable` while that is not connected.',
});
const device = z.object({
  id: z.string(),
  name: z.string(),
  model: z.string(),
  serial: z.string(),
  mac: z.string(),
  firmware: z.string(),
  state,
  lastSeenAt: instant.optional(),
  gateway: z.object({ id: z.string(), name: z.string(), online: z.boolean() }),
  site: z.object({ id: z.string(), name: z.string() }),
  organisationId: z.string(),
});

/** The cameras of all VMS Locals that one may see, as those last reported them. */
export function deviceRoutes(deps: { store: Store; clock: Clock; online(gatewayId: string): boolean }): Route[] {
  const { store, clock, online } = deps;
  return [
    sessionRoute(
      {
        method: 'get',
        path: '/api/v1/devices',
        door: 'web-portal',
        summary: 'Cameras of all VMS Locals I may open, by site, VMS Local and name',
        query: z.object({
          q: z.string().trim().min(1).max(100).optional().meta({
            description: 'Looked for in name, model, serial number, MAC address, VMS Local and site.',
          }),
          site: siteId.optional(),
          gateway: z.string().min(1).max(64).optional(),
          state: state.optional(),
          limit: z.coerce.number().int().min(1).max(1000).default(200),
          skip: z.coerce.number().int().min(0).default(0),
        }),
        success: {
          status: 200,
          schema: z.object({ devices: z.array(device), total: z.number().int(), next: z.number().int().optional() }),
        },
      },
      async ({ query, session }) => {
        const { q, site, gateway, limit, skip } = query;
        const rows = await store.cameras.visibleTo(session.accountId, {
          ...(q === undefined ? {} : { q }),
          ...(site === undefined ? {} : { siteId: site }),
          ...(gateway === undefined ? {} : { gatewayId: gateway }),
        });
        const all = rows
          .map((row) => {
            const reached = online(row.gatewayId);
            const seenNow = row.state === 'online' || row.state === 'degraded';
            // Of a camera that was well the last report is the last that is known.
            const lastSeenAt = seenNow ? (reached ? undefined : row.reportedAt) : row.lastSeenAt;
            return {
              id: row.id,
              name: row.name,
              model: row.model,
              serial: row.serial,
              mac: row.mac,
              firmware: row.firmware,
              state: reached ? row.state : ('unreachable' as const),
              ...(lastSeenAt ? { lastSeenAt: iso(lastSeenAt) } : {}),
              gateway: { id: row.gatewayId, name: row.gatewayName, online: reached },
              site: { id: row.siteId, name: row.siteName },
              organisationId: row.organisationId,
            };
          })
          .filter((one) => query.state === undefined || one.state === query.state);
        return {
          devices: all.slice(skip, skip + limit),
          total: all.length,
          ...(skip + limit < all.length ? { next: skip + limit } : {}),
        };
      },
    ),
    gatewayRoute(
      {
        method: 'post',
        path: '/api/v1/gateway/cameras',
        door: 'machine',
        summary: 'The cameras of the calling VMS Local, all of them: takes the place of what it reported before',
        body: z.object({ cameras: z.array(reported).max(mostCameras) }),
        bodyLimitBytes: reportLimitBytes,
        success: { status: 204 },
      },
      async ({ gateway, body }) => {
        await store.transaction((tx) => tx.cameras.replace(gateway.id, body.cameras, clock.now()));
        return undefined;
      },
    ),
  ];
}
