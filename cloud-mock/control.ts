import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type Express } from 'express';
import type { Log } from '../core/runtime/log.ts';
import { answerErrors } from './api/answer-errors.ts';
import { describeApi } from './api/openapi.ts';
import { parse, type Route } from './api/route.ts';
import { controlRoutes } from './control-routes.ts';
import { CloudError } from './errors.ts';
import type { Fault, FaultWish } from './faults.ts';
import type { Mail } from './mail/mailer.ts';
import type { MfaForm } from './tplink-api/account.ts';

/** What the lab may do to the cloud: in process as functions, and by the control API for everybody else. */
export interface LabVerbs {
  /** The code an authenticator app of this account shows now, and how long still. */
  code(email: string): Promise<{ code: string; used: boolean; nextInMs: number }>;
  mail(to?: string): Promise<Mail[]>;
  clearMail(to?: string): Promise<void>;
  /** Move the cloud's clock ahead of the machine's by so much in all. */
  setClockOffset(offsetMs: number): void;
  clock(): { now: number; offsetMs: number };
  /** Drop a gateway's tunnel as a broken network would; false when none stood. */
  cutTunnel(gatewayId: string): boolean;
  gateways(): Promise<{ id: string; online: boolean }[]>;
  sessions(email: string): Promise<{ id: string; kind: string; door: string; amr: string[] }[]>;
  /** End every session of an account, as a breach would ask for; returns how many. */
  endSessions(email: string): Promise<number>;
  setRegion(email: string, region: string): Promise<void>;
  setMfaForm(form: MfaForm): void;
  /** Make matching requests late, refused or cut off; returns it with its id. */
  addFault(fault: FaultWish): Fault;
  faults(): readonly Fault[];
  /** One, or all; how many went. */
  clearFaults(id?: string): number;
  /** Tokens of apps and terminals run out now, refresh tokens stay: what a client meets after an hour. How many did. */
  expireTokens(email: string): Promise<number>;
  /** Shut the account as ten wrong codes would, for a quarter of an hour; and open it again. Needs a second factor. */
  lock(email: string): Promise<void>;
  unlock(email: string): Promise<void>;
  /** Sign with a new key from now on; returns its id. */
  rotateKeys(): Promise<string>;
}

const hash = (text: string) => createHash('sha256').update(text).digest();

/** Door 13: off unless asked for, on a loopback listener of its own, for whoever holds the token printed at start. */
export function createControl({ verbs, token, log }: { verbs: LabVerbs; token: string; log: Log }): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use((request, _response, next) => {
    const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    // A page in a browser has no business here, whatever it knows.
    if (request.headers.origin !== undefined || !timingSafeEqual(hash(given), hash(token))) {
      throw new CloudError('session_required', 'The control token is missing or wrong.');
    }
    next();
  });
  app.use(express.json({ limit: '100kb' }));
  const routes: Route[] = [...controlRoutes(verbs)];
  for (const { spec, run } of routes) {
    app[spec.method](spec.path, async (request, response) => {
      const call = {
        params: spec.params && parse(spec.params, request.params, 'query_invalid'),
        query: spec.query && parse(spec.query, request.query, 'query_invalid'),
        body: spec.body && parse(spec.body, request.body ?? {}, 'body_invalid'),
        visit: { door: 'control', address: 'lab', userAgent: '' },
        request,
        response,
      };
      const answer = await run(call as never, {});
      if (answer === undefined) response.status(spec.success.status).end();
      else response.status(spec.success.status).json(answer);
    });
  }
  app.get('/control/v1/openapi.json', (request, response) => {
    response.json(describeApi(routes, `http://${request.headers.host}`));
  });
  app.use((_request, _response, next) => next(new CloudError('not_found', 'There is nothing at this address.')));
  app.use(answerErrors(log));
  return app;
}
