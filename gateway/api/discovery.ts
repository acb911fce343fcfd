import { z } from 'zod';
import type { Cameras } from '../cameras/registry.ts';
import type { FoundDevice } from '../discovery/discover.ts';
import { GatewayError } from '../errors.ts';
import { type Route, route } from './route.ts';

const request = z.strictObject({ seconds: z.number().min(0.5).max(15).default(3) });
const device = z.object({
  address: z.string().describe('as POST /cameras takes it'),
  host: z.string(),
  port: z.number().int(),
  name: z.string().nullable(),
  model: z.string().nullable(),
  mac: z.string().nullable(),
  types: z.array(z.string()),
  scopes: z.array(z.string()),
  known: z.boolean().describe('is in the list already'),
});

export const discoveryRoutes = ({
  cameras,
  discover,
}: {
  cameras: Pick<Cameras, 'isKnown'>;
  discover(seconds: number): Promise<FoundDevice[]>;
}): Route[] => {
  let running: Promise<FoundDevice[]> | undefined;
  return [
    route({
      method: 'post',
      path: '/discovery',
      door: 'session',
      role: 'operator',
      tag: 'Cameras',
      summary: 'Look for ONVIF devices on the LAN.',
      body: request,
      answer: z.object({ devices: z.array(device) }),
      async handle({ body, remote }) {
        if (remote) throw new GatewayError('local_only', 'looking around the LAN is for those who are on it');
        // Whoever asks while one is running gets its answer.
        running ??= discover(body.seconds).finally(() => {
          running = undefined;
        });
        const devices = await running;
        return { devices: devices.map((found) => ({ ...found, known: cameras.isKnown(found.host, found.port) })) };
      },
    }),
  ];
};
