import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import type { OnvifClient } from '../onvif/client.ts';
import { isOnvifError } from '../onvif/errors.ts';
import { openPtz, type Ptz } from '../onvif/ptz.ts';
import { type Route, route } from './route.ts';
import { idParams } from './schemas.ts';

const speed = z.number().min(-1).max(1).default(0);
const moveBody = z
  .strictObject({
    pan: speed.describe('-1 left … 1 right'),
    tilt: speed.describe('-1 down … 1 up'),
    zoom: speed.describe('-1 out … 1 in'),
    seconds: z.number().int().min(1).max(10).default(1).describe('the longest it moves by itself'),
  })
  .refine(({ pan, tilt, zoom }) => pan !== 0 || tilt !== 0 || zoom !== 0, 'name a direction; to end a move, stop it');
const preset = z.object({ token: z.string(), name: z.string() });

/** Turning cameras: by whoever may operate, within the camera's own limits. */
export const ptzRoutes = ({ reachable }: { reachable(id: string): { client: OnvifClient } }): Route[] => {
  const using = async <T>(id: string, work: (ptz: Ptz) => Promise<T>): Promise<T> => {
    const { client } = reachable(id);
    try {
      return await work(await openPtz(client));
    } catch (error) {
      if (!isOnvifError(error)) throw error;
      const cause = { cause: error };
      if (error.failure === 'unsupported')
        throw new GatewayError('ptz_unsupported', 'this camera does not turn', {}, cause);
      if (error.subcodes.includes('NoToken'))
        throw new GatewayError('preset_unknown', 'the camera has no such preset', {}, cause);
      if (error.failure === 'fault')
        throw new GatewayError('ptz_refused', `the camera refuses: ${error.message}`, {}, cause);
      throw new GatewayError('camera_unreachable', `the camera cannot be reached: ${error.message}`, {}, cause);
    }
  };
  const facts = { door: 'session', role: 'operator', tag: 'PTZ', params: idParams } as const;
  return [
    route({
      ...facts,
      role: 'live_only',
      method: 'get',
      path: '/cameras/:id/ptz',
      summary: 'Does this camera turn, and which presets has it? 404 `ptz_unsupported` when it does not.',
      answer: z.object({ presets: z.array(preset) }),
      handle: ({ params }) => using(params.id, async (ptz) => ({ presets: await ptz.presets() })),
    }),
    route({
      ...facts,
      method: 'post',
      path: '/cameras/:id/ptz/move',
      summary: 'Move, until it is stopped or the seconds are over.',
      body: moveBody,
      handle: ({ params, body: { seconds, ...move } }) => using(params.id, (ptz) => ptz.move(move, seconds)),
    }),
    route({
      ...facts,
      method: 'post',
      path: '/cameras/:id/ptz/stop',
      summary: 'Stop moving.',
      handle: ({ params }) => using(params.id, (ptz) => ptz.stop()),
    }),
    route({
      ...facts,
      method: 'post',
      path: '/cameras/:id/ptz/goto',
      summary: 'Go to a preset, by its token or its name.',
      body: z.strictObject({ preset: z.string().min(1).max(64) }),
      handle: ({ params, body }) =>
        using(params.id, async (ptz) => {
          const known = await ptz.presets();
          const meant =
            known.find(({ token }) => token === body.preset) ?? known.find(({ name }) => name === body.preset);
          if (!meant) throw new GatewayError('preset_unknown', 'the camera has no such preset', { presets: known });
          await ptz.goTo(meant.token);
        }),
    }),
  ];
};
