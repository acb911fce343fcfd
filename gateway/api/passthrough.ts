import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import type { WebApi, WebApiPlace } from '../local-api/web-api.ts';
import { roleCovers } from '../people/roles.ts';
import { type Route, route } from './route.ts';
import { idParams } from './schemas.ts';

/** Modules that decide who gets in, or to whom the camera belongs: not for a request carried along. */
const keptBack = new Set(['login', 'user_management', 'vms_pairing', 'cloud_config', 'cloud_status']);

const body = z
  .looseObject({ method: z.enum(['get', 'set', 'do', 'add', 'delete']) })
  .describe('a request of VIGI’s web API: `{"method":"get","device_info":{"name":["basic_info"]}}`');

/** A request to a camera's own web API, signed in by the gateway: what TP-Link's cloud calls passthrough. */
export const passthroughRoutes = ({
  webApiOf,
  webApi,
}: {
  webApiOf(id: string): WebApiPlace;
  webApi: WebApi;
}): Route[] => [
  route({
    method: 'post',
    path: '/cameras/:id/passthrough',
    door: 'session',
    role: 'operator',
    tag: 'Cameras',
    summary: 'Ask a paired camera’s own web API; what changes something needs an administrator.',
    params: idParams,
    body,
    answer: z.looseObject({ error_code: z.number() }),
    handle({ params, body: asked, user }) {
      const modules = Object.keys(asked).filter((name) => name !== 'method');
      const kept = modules.find((name) => keptBack.has(name));
      if (kept) throw new GatewayError('passthrough_refused', `${kept} is not handed on to cameras`);
      if (modules.length === 0) throw new GatewayError('passthrough_refused', 'name a module beside the method');
      if (asked.method !== 'get' && !roleCovers(user.role, 'admin')) {
        throw new GatewayError('role_insufficient', 'changing a camera needs the role admin');
      }
      return webApi.ask(params.id, webApiOf(params.id), asked);
    },
  }),
];
