import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import express, { type RequestHandler } from 'express';
import { listen } from '../core/runtime/listen.ts';
import type { Log } from '../core/runtime/log.ts';
import type { Random } from '../core/runtime/random.ts';
import { answerErrors } from './api/mount.ts';
import type { CloudAccess } from './cloud-access/cloud-access.ts';
import { GatewayError } from './errors.ts';

export interface Control {
  url: string;
  token: string;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** The lab's own door: a listener of its own on loopback, with a token made at start. */
export async function startControl({
  cloudAccess,
  random,
  log,
}: {
  cloudAccess: CloudAccess;
  random: Random;
  log: Log;
}): Promise<Control & AsyncDisposable & { port: number }> {
  const token = random.bytes(32).toString('base64url');
  const expected = digest(`Bearer ${token}`);
  const tokenOnly: RequestHandler = (request, _response, next) => {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected))
      throw new GatewayError('sign_in_required', 'send the token that was printed at start');
    next();
  };
  const app = express();
  app.disable('x-powered-by');
  app.use(tokenOnly);
  app.get('/control/v1/state', async (_request, response) => {
    response.json({ cloudAccess: await cloudAccess.view() });
  });
  app.post('/control/v1/tunnel/cut', (_request, response) => {
    cloudAccess.cutTunnel();
    response.status(204).end();
  });
  app.use(() => {
    throw new GatewayError('not_found', 'there is nothing at this address');
  });
  app.use(answerErrors(log));
  const listening = await listen(createServer(app), 0, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${listening.port}`,
    token,
    port: listening.port,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}
