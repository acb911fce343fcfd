import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Log } from '../core/runtime/log.ts';
import { webRoot } from '../core/runtime/package-root.ts';
import { answerErrors, mount } from './api/mount.ts';
import type { Route } from './api/route.ts';
import { GatewayError } from './errors.ts';

export interface AppParts {
  log: Log;
  /** Everything below `/api/v1`. */
  routes: readonly Route[];
  /** Routes at the root: health and metrics. */
  rootRoutes: readonly Route[];
  /** Finds who a request comes from and puts it on the request; refuses nobody. */
  identify: RequestHandler;
  /** Counts and times requests. */
  observe: RequestHandler;
}

/** The Express app that the LAN and the tunnel reach alike. */
export function createApp({ log, routes, rootRoutes, identify, observe }: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(observe);
  app.use(securityHeaders);
  app.use('/api', noStore, identify);
  app.use('/metrics', identify);
  app.use('/api/v1', mount(routes));
  app.use(mount(rootRoutes));
  app.use(express.static(webRoot('gateway'), { index: 'index.html', setHeaders: cacheHashedFiles }));
  app.use(() => {
    throw new GatewayError('not_found', 'there is nothing at this address');
  });
  app.use(answerErrors(log));
  return app;
}

const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      // The page library writes style attributes.
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      mediaSrc: ["'self'", 'blob:'],
      connectSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  // The certificate is of a local CA and the port is shared with nobody: a host-wide promise would break its neighbours.
  strictTransportSecurity: false,
  // With `no-referrer` browsers send `Origin: null` on form posts, which the Origin check refuses.
  referrerPolicy: { policy: 'same-origin' },
});

const noStore: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store');
  next();
};

/** Vite puts a hash into the names below assets/: they never change. */
function cacheHashedFiles(response: express.Response, path: string): void {
  response.set('cache-control', /[\\/]assets[\\/]/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
}
