import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type Express } from 'express';
import { z } from 'zod';
import type { Log } from '../core/runtime/log.ts';
import { answerErrors } from './api/answer-errors.ts';
import { parse } from './api/route.ts';
import { iso } from './api/schemas.ts';
import { CloudError } from './errors.ts';
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
}

const hash = (text: string) => createHash('sha256').update(text).digest();

/** Door 13: off unless asked for, on a loopback listener of its own, for whoever holds the token printed at start. */
export function createControl({ verbs, token, log }: { verbs: LabVerbs; token: string; log: Log }): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((request, _response, next) => {
    const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    // A page in a browser has no business here, whatever it knows.
    if (request.headers.origin !== undefined || !timingSafeEqual(hash(given), hash(token))) {
      throw new CloudError('session_required', 'The control token is missing or wrong.');
    }
    next();
  });
  app.use(express.json({ limit: '100kb' }));

  const to = z.object({ to: z.string().optional() });
  app.get('/control/v1/accounts/:email/code', async (request, response) => {
    response.json(await verbs.code(request.params.email));
  });
  app.get('/control/v1/accounts/:email/sessions', async (request, response) => {
    response.json({ sessions: await verbs.sessions(request.params.email) });
  });
  app.delete('/control/v1/accounts/:email/sessions', async (request, response) => {
    response.json({ ended: await verbs.endSessions(request.params.email) });
  });
  app.patch('/control/v1/accounts/:email', async (request, response) => {
    const { region } = parse(z.object({ region: z.string().regex(/^[a-z]{2,4}\d$/) }), request.body, 'body_invalid');
    await verbs.setRegion(request.params.email, region);
    response.status(204).end();
  });
  app.get('/control/v1/mail', async (request, response) => {
    const messages = await verbs.mail(parse(to, request.query, 'query_invalid').to);
    response.json({ messages: messages.map((mail) => ({ ...mail, sentAt: iso(mail.sentAt) })) });
  });
  app.delete('/control/v1/mail', async (request, response) => {
    await verbs.clearMail(parse(to, request.query, 'query_invalid').to);
    response.status(204).end();
  });
  app.get('/control/v1/clock', (_request, response) => {
    const { now, offsetMs } = verbs.clock();
    response.json({ now: iso(now), offsetMs });
  });
  app.post('/control/v1/clock', (request, response) => {
    const body = z.union([z.object({ offsetMs: z.number().int() }), z.object({ advanceMs: z.number().int().min(0) })]);
    const given = parse(body, request.body, 'body_invalid');
    verbs.setClockOffset('offsetMs' in given ? given.offsetMs : verbs.clock().offsetMs + given.advanceMs);
    const { now, offsetMs } = verbs.clock();
    response.json({ now: iso(now), offsetMs });
  });
  app.get('/control/v1/gateways', async (_request, response) => {
    response.json({ gateways: await verbs.gateways() });
  });
  app.post('/control/v1/gateways/:id/cut-tunnel', (request, response) => {
    response.json({ cut: verbs.cutTunnel(request.params.id) });
  });
  app.post('/control/v1/tplink', (request, response) => {
    verbs.setMfaForm(parse(z.object({ mfaForm: z.enum(['top', 'nested']) }), request.body, 'body_invalid').mfaForm);
    response.status(204).end();
  });
  app.use((_request, _response, next) => next(new CloudError('not_found', 'There is nothing at this address.')));
  app.use(answerErrors(log));
  return app;
}
