import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { Log } from '../../core/runtime/log.ts';
import type { DoorId } from '../doors.ts';
import { CloudError, refusals } from '../errors.ts';
import type { LiveSession } from '../sign-in/sessions.ts';
import type { Visit } from '../sign-in/visit.ts';
import type { GatewayRow } from '../store/access.ts';
import { answerErrors } from './answer-errors.ts';
import { clientAddress } from './client-address.ts';
import { readSessionCookie } from './cookies.ts';
import { type Answer, type Audience, bodyLimitBytes, parse, type Route } from './route.ts';

/** The cloud's own time, on every answer of `/api/v1`: ISO 8601, UTC. Our own. */
export const timeHeader = 'Vigil-Time';

/** Who knows the caller by what it brings. */
export interface Identify {
  session(token: string): Promise<LiveSession | undefined>;
  /** An access token of the device grant. */
  accessToken(token: string): Promise<LiveSession | undefined>;
  gateway(assertion: string): Promise<GatewayRow | undefined>;
}

/** A handler outside the JSON routes (oidc-provider, pages, TP-Link API), with the door it belongs to. */
export interface Mount {
  door: DoorId;
  method: 'get' | 'post' | 'all' | 'use';
  path: string;
  handler: RequestHandler;
}

/** Every path express knows, with its door; the doors test compares it with what express has really registered. */
export interface Registered {
  method: string;
  path: string;
  door: DoorId;
}

const bearerOf = (request: Request) => /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1];

export const visitOf = (request: Request, door: DoorId): Visit => ({
  door,
  address: clientAddress(request),
  userAgent: (request.headers['user-agent'] ?? '').slice(0, 200),
});

/**
 * A cookie comes along on requests that other pages make. SameSite keeps other sites out, but not another port of this
 * host (the relay shows pages of gateways there): so the origin must be ours.
 */
function refuseForeignOrigin(request: Request, publicOrigin: string) {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const foreign =
    origin !== undefined
      ? origin !== publicOrigin && !(URL.canParse(origin) && new URL(origin).host === host)
      : site !== undefined && site !== 'same-origin' && site !== 'none';
  if (foreign) throw new CloudError('origin_refused', 'This request does not come from the portal.');
}

export function createApp(deps: {
  log: Log;
  /** Milliseconds since 1970 by the cloud's clock, which a lab may have moved. */
  now(): number;
  publicUrl: string;
  /** Where VMS Locals are shown, as a source of a Content-Security-Policy. */
  relaySource: string;
  routes: readonly Route[];
  /** Before the body is read. */
  mounts: readonly Mount[];
  /** After everything else: pages. */
  pages: readonly Mount[];
  /** What a browser is shown at an address that leads nowhere; it sets the status. */
  notFoundPage?: RequestHandler;
  identify: Identify;
}): { app: Express; registered: Registered[] } {
  const { identify } = deps;
  const publicOrigin = new URL(deps.publicUrl).origin;
  const secure = publicOrigin.startsWith('https:');
  const app = express();
  const registered: Registered[] = [];
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('trust proxy', false);
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          // Mantine sets its colours by style elements it makes at run time.
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", 'data:'],
          fontSrc: ["'self'"],
          connectSrc: ["'self'"],
          manifestSrc: ["'self'"],
          frameSrc: ["'self'"],
          // A VMS Local is opened by a form sent to the relay.
          formAction: ["'self'", deps.relaySource],
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
        },
      },
      referrerPolicy: { policy: 'strict-origin' },
      strictTransportSecurity: secure,
      crossOriginOpenerPolicy: { policy: 'same-origin' },
      xFrameOptions: { action: 'deny' },
    }),
  );

  const mount = ({ method, path, handler, door }: Mount) => {
    app[method](path, handler);
    registered.push({ method, path, door });
  };
  deps.mounts.forEach(mount);

  const sessionOf = async (request: Request, response: Response): Promise<LiveSession> => {
    const bearer = bearerOf(request);
    if (bearer) {
      const session = (await identify.session(bearer)) ?? (await identify.accessToken(bearer));
      if (session) return session;
      throw refusals.sessionRequired();
    }
    const { token, planted } = readSessionCookie(request);
    if (planted) {
      response.set('Clear-Site-Data', '"cookies"');
      throw new CloudError('session_required', 'This browser brings two sessions. Clear its cookies, then sign in.');
    }
    const session = token ? await identify.session(token) : undefined;
    if (!session) throw refusals.sessionRequired();
    return session;
  };
  const gatewayOf = async (request: Request): Promise<GatewayRow> => {
    const bearer = bearerOf(request);
    const gateway = bearer ? await identify.gateway(bearer) : undefined;
    if (!gateway) throw new CloudError('assertion_invalid', 'This is no valid assertion of a bound VMS Local.');
    return gateway;
  };
  const whoOf: Record<
    Audience,
    (request: Request, response: Response) => Promise<{ session?: LiveSession; gateway?: GatewayRow }>
  > = {
    anybody: async () => ({}),
    session: async (request, response) => ({ session: await sessionOf(request, response) }),
    gateway: async (request) => ({ gateway: await gatewayOf(request) }),
  };

  for (const { spec, audience, run } of deps.routes) {
    const handlers: RequestHandler[] = [];
    if (spec.body) {
      const limit = spec.bodyLimitBytes ?? bodyLimitBytes;
      handlers.push((request, _response, next) => {
        const empty = request.headers['content-length'] === '0' || !('content-type' in request.headers);
        // A form or text/plain can be sent by a foreign page without asking; JSON cannot.
        if (!(spec.bodyOptional && empty) && !request.is('application/json')) {
          throw new CloudError('content_type_unsupported', 'Send JSON: Content-Type: application/json.');
        }
        next();
      });
      handlers.push(express.json({ limit, strict: false, inflate: false }));
    }
    handlers.push(async (request: Request, response: Response) => {
      response.set('Cache-Control', 'no-store');
      // `Date` is the machine's, and has whole seconds; what pages call "2 minutes ago" is told by the clock that noted it.
      response.set(timeHeader, new Date(deps.now()).toISOString());
      if (spec.method !== 'get') refuseForeignOrigin(request, publicOrigin);
      const who = await whoOf[audience](request, response);
      // A trusted terminal signed in without the code: it looks, and opens VMS Locals that let it in, but decides nothing.
      // Else it could invite somebody whom they do let in.
      if (spec.method !== 'get' && !spec.withoutCode && who.session?.amr.includes('trusted')) {
        throw new CloudError('reauthentication_required', 'This sign-in was made without the code. Sign in with it.');
      }
      const call = {
        params: spec.params && parse(spec.params, request.params, 'query_invalid'),
        query: spec.query && parse(spec.query, request.query, 'query_invalid'),
        body: spec.body && parse(spec.body, spec.bodyOptional ? (request.body ?? {}) : request.body, 'body_invalid'),
        visit: visitOf(request, spec.door),
        request,
        response,
      };
      const answer: Answer = await run(call as never, who);
      if (response.headersSent) return;
      if (answer === undefined) response.status(spec.success.status).end();
      else response.status(spec.success.status).json(answer);
    });
    app[spec.method](spec.path, ...handlers);
    registered.push({ method: spec.method, path: spec.path, door: spec.door });
  }

  deps.pages.forEach(mount);
  app.use((request: Request, response: Response, next: NextFunction) => {
    // Whoever navigates here is shown a page; programs are told by a problem.
    const browses = request.method === 'GET' && /\btext\/html\b/.test(request.headers.accept ?? '');
    if (browses && deps.notFoundPage) deps.notFoundPage(request, response, next);
    else next(new CloudError('not_found', 'There is nothing at this address.'));
  });
  app.use(answerErrors(deps.log));
  return { app, registered };
}
