import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import type { Live } from '../live/live.ts';
import { type Route, route } from './route.ts';
import { idParams } from './schemas.ts';

const liveQuery = z.strictObject({
  stream: z.enum(['main', 'sub']).default('sub').describe('the larger or the smaller picture'),
  format: z.enum(['mp4', 'h264']).default('mp4').describe('fragmented MP4, or H.264 as it comes (Annex B)'),
});

/** Live video as one answer that goes on until somebody leaves: any player of progressive MP4, `curl`, or a page. */
export const liveRoutes = ({ live }: { live: Live }): Route[] => [
  route({
    method: 'get',
    path: '/cameras/:id/live',
    door: 'session',
    role: 'live_only',
    tag: 'Cameras',
    summary: 'Live video (H.264) from the last key picture on, until the request ends; it ends with the session.',
    params: idParams,
    query: liveQuery,
    answerType: 'video/mp4',
    async handle({ params, query, response, user }) {
      const over = new Promise<void>((resolve) => response.once('close', () => resolve()));
      let ended = () => {};
      const finished = new Promise<void>((resolve) => {
        ended = resolve;
      });
      const watching = await live.watch(params.id, query.stream, {
        sessionId: user.sessionId,
        format: query.format,
        begin: (type) =>
          void response
            .status(200)
            .set({ 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }),
        get behindBytes() {
          return response.writableLength;
        },
        write: (bytes) => void response.write(bytes),
        end: ended,
      });
      await Promise.race([over, finished]);
      watching[Symbol.dispose]();
      if (!response.headersSent && !response.closed)
        throw new GatewayError('live_unavailable', 'no live video: the camera sends no picture');
      response.end();
    },
  }),
];
