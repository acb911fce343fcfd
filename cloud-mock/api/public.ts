import { z } from 'zod';
import type { describeMessages } from './asyncapi.ts';
import type { describeApi } from './openapi.ts';
import { referencePage } from './reference-page.ts';
import { openRoute, type Route } from './route.ts';

/** Health and the description of the API itself. */
export function publicRoutes(
  describe: () => ReturnType<typeof describeApi>,
  messages: () => ReturnType<typeof describeMessages>,
): Route[] {
  return [
    openRoute(
      {
        method: 'get',
        path: '/healthz',
        door: 'public',
        summary: 'Is it up?',
        success: { status: 200, schema: z.object({ status: z.literal('ok') }) },
      },
      async () => ({ status: 'ok' }),
    ),
    openRoute(
      {
        method: 'get',
        path: '/api/v1/openapi.json',
        door: 'public',
        summary: 'This description',
        success: { status: 200 },
      },
      async () => describe(),
    ),
    openRoute(
      {
        method: 'get',
        path: '/api/v1/asyncapi.json',
        door: 'public',
        summary: 'What goes over WebSockets, and what the cloud says to VMS Locals: AsyncAPI 3.0',
        success: { status: 200 },
      },
      async () => messages(),
    ),
    openRoute(
      {
        method: 'get',
        path: '/api/v1/docs',
        door: 'public',
        summary: 'The same as a page to read',
        success: { status: 200 },
      },
      async ({ response }) => {
        response.type('html').send(referencePage(describe()));
        return undefined;
      },
    ),
  ];
}
