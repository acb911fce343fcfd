import { z } from 'zod';
import type { Cameras } from '../cameras/registry.ts';
import { GatewayError } from '../errors.ts';
import type { ElevationRedeemer } from '../pairing/tickets.ts';
import type { Audit } from '../people/audit.ts';
import { type Route, route } from './route.ts';
import { idParams } from './schemas.ts';

export const cameraSchema = z.object({
  id: z.string(),
  name: z.string(),
  model: z.string().nullable(),
  manufacturer: z.string().nullable(),
  serial: z.string().nullable(),
  mac: z.string().nullable(),
  firmware: z.string().nullable(),
  address: z.object({ host: z.string(), port: z.number().int() }),
  state: z.enum(['uninitialized', 'connecting', 'online', 'degraded', 'offline', 'wrong_password', 'locked']),
  stateDetail: z.string().nullable().describe('why it is not online, for people'),
  adoptedBy: z.enum(['pairing', 'onvif']),
  eventRoute: z.enum(['mqtt', 'pull-point']).nullable(),
  clockOffsetMs: z.number().nullable().describe("the camera's clock minus the gateway's"),
  addedAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime().nullable(),
});

const nameSchema = z.string().trim().min(1).max(64);
const newCamera = z.strictObject({
  address: z.string().min(1).max(512).describe('host, host:port, or http://host:port/path of the device service'),
  username: z.string().min(1).max(64),
  password: z.string().min(1).max(128),
  name: nameSchema.optional(),
  elevation: z.string().min(1).max(512).optional().describe('needed from outside: made at the cloud for a fresh code'),
});
const change = z
  .strictObject({
    name: nameSchema,
    username: z.string().min(1).max(64),
    password: z.string().min(1).max(128),
  })
  .partial()
  .refine((given) => Object.values(given).some((value) => value !== undefined), 'name what to change');

export const cameraRoutes = ({
  cameras,
  redeemer,
  audit,
}: {
  cameras: Cameras;
  redeemer: ElevationRedeemer;
  audit: Audit;
}): Route[] => [
  route({
    method: 'get',
    path: '/cameras',
    door: 'session',
    role: 'live_only',
    tag: 'Cameras',
    summary: 'All cameras with their state.',
    answer: z.object({ cameras: z.array(cameraSchema) }),
    handle: () => ({ cameras: cameras.list() }),
  }),
  route({
    method: 'post',
    path: '/cameras',
    door: 'session',
    role: 'admin',
    tag: 'Cameras',
    summary: 'Add an ONVIF camera by address and credentials.',
    body: newCamera,
    answer: cameraSchema,
    status: 201,
    async handle({ body: { elevation, ...camera }, user, remote, request }) {
      let actor = user.actor;
      if (remote) {
        // From outside a session is not enough: a fresh code, as when the Config Tool adds one.
        if (elevation === undefined)
          throw new GatewayError('elevation_required', 'adding a camera from outside needs a fresh code');
        const operator = await redeemer.redeemElevation(elevation);
        if (actor !== `tplink:${operator.sub}`)
          throw new GatewayError('elevation_invalid', 'the elevation belongs to somebody else');
        actor = `tplink:${operator.sub}`;
      }
      const added = await cameras.add(camera, actor);
      await audit.record('camera.added', { request, details: { camera: added.id, name: added.name, by: 'onvif' } });
      return added;
    },
  }),
  route({
    method: 'get',
    path: '/cameras/:id',
    door: 'session',
    role: 'live_only',
    tag: 'Cameras',
    summary: 'One camera.',
    params: idParams,
    answer: cameraSchema,
    handle: ({ params }) => cameras.get(params.id),
  }),
  route({
    method: 'patch',
    path: '/cameras/:id',
    door: 'session',
    role: 'admin',
    tag: 'Cameras',
    summary: 'Change name or credentials; new credentials are tried at once.',
    params: idParams,
    body: change,
    answer: cameraSchema,
    async handle({ params, body, request }) {
      const changed = await cameras.edit(params.id, body);
      await audit.record('camera.changed', { request, details: { camera: changed.id, what: Object.keys(body) } });
      return changed;
    },
  }),
  route({
    method: 'delete',
    path: '/cameras/:id',
    door: 'session',
    role: 'admin',
    tag: 'Cameras',
    summary: 'Remove a camera. A paired one is unpaired: its certificate and live connection end at once.',
    params: idParams,
    async handle({ params, request }) {
      const { id, name, adoptedBy } = await cameras.remove(params.id);
      await audit.record(adoptedBy === 'pairing' ? 'camera.unpaired' : 'camera.removed', {
        request,
        details: { camera: id, name },
      });
    },
  }),
  route({
    method: 'get',
    path: '/cameras/:id/snapshot',
    door: 'session',
    role: 'live_only',
    tag: 'Cameras',
    summary: 'A still picture as it is now.',
    params: idParams,
    answerType: 'image/jpeg',
    async handle({ params, response }) {
      const picture = await cameras.snapshot(params.id);
      // The bytes are the camera's: never anything but a picture, in whatever program they are opened.
      response
        .status(200)
        .set({ 'content-type': 'image/jpeg', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
        .end(picture);
    },
  }),
];
