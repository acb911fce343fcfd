import { createServer, type RequestListener } from 'node:http';
import express from 'express';
import helmet from 'helmet';
import { formatProblem, problemType } from '../../core/http/problem.ts';
import { listen, urlHost } from '../../core/runtime/listen.ts';
import { webRoot } from '../../core/runtime/package-root.ts';
import { controlPath } from '../control/control-api.ts';
import { hostIsOurs } from '../control/guard.ts';

/** Where a person looks at the fleet in a browser. */
export interface FleetConsole {
  url: string;
  token: string;
}

const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      // The page library writes style attributes.
      styleSrc: ["'self'", "'unsafe-inline'"],
      fontSrc: ["'self'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  strictTransportSecurity: false,
  referrerPolicy: { policy: 'no-referrer' },
});

/**
 * The fleet console: pages that hold nothing, and the control API beside them. The pages are for anybody who reaches
 * the port under a name that is ours; everything about the cameras needs the token.
 */
export async function startConsole(
  api: RequestListener,
  { host, port, token }: { host: string; port: number; token: string },
): Promise<FleetConsole & AsyncDisposable> {
  const pages = express();
  pages.disable('x-powered-by');
  pages.use(securityHeaders);
  pages.use((request, response, next) => {
    if (hostIsOurs(request.headers.host)) return next();
    response.status(403).type(problemType);
    response.send(formatProblem(403, 'host_refused', 'ask by address or by "localhost"'));
  });
  pages.use(
    express.static(webRoot('fleet'), {
      setHeaders: (response, path) =>
        response.set(
          'cache-control',
          /[\\/]assets[\\/]/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
        ),
    }),
  );
  pages.use((_request, response) => {
    response
      .status(404)
      .type(problemType)
      .send(formatProblem(404, 'not_found', 'there is nothing at this address'));
  });
  const server = createServer((request, response) =>
    request.url?.startsWith(`${controlPath}/`) ? api(request, response) : pages(request, response),
  );
  const listening = await listen(server, port, host);
  const shown = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return {
    url: `http://${urlHost(shown)}:${listening.port}/`,
    token,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}
