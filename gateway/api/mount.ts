import express, { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import type { z } from 'zod';
import { formatProblem, problemType } from '../../core/http/problem.ts';
import type { Log } from '../../core/runtime/log.ts';
import { errorStatus, GatewayError } from '../errors.ts';
import type { SignedIn } from '../people/roles.ts';
import { fromOwnPages, isRemote } from './origin.ts';
import { type Call, type Route, requireRole } from './route.ts';

const bodyLimitBytes = 100 * 1024;
const changesSomething = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Put routes on a router: order of checks is origin, role, body, then the handler. */
export function mount(routes: readonly Route[]): Router {
  const router = Router();
  for (const one of routes) router[one.method](one.path, ...stepsOf(one));
  for (const [path, methods] of methodsByPath(routes)) {
    router.all(path, (_request, response) => {
      response.set('allow', methods.join(', '));
      throw new GatewayError('method_not_allowed', `this address takes ${methods.join(', ')}`);
    });
  }
  return router;
}

function methodsByPath(routes: readonly Route[]) {
  const paths = new Map<string, string[]>();
  for (const { path, method } of routes) paths.set(path, [...(paths.get(path) ?? []), method.toUpperCase()]);
  return paths;
}

function stepsOf(one: Route): RequestHandler[] {
  const steps: RequestHandler[] = [];
  if (!one.machine) steps.push(ownPagesOnly);
  if (one.role) steps.push(requireRole(one.role));
  if (one.body)
    steps.push(one.bodyType === 'form' ? readForm : readJson, one.bodyType === 'form' ? formBody : jsonBody);
  steps.push(async (request, response) => {
    const call: Call<unknown, unknown, unknown> & { user?: SignedIn } = {
      body: one.body && checked(one.body, request.body ?? {}, 'body_invalid'),
      query: one.query && checked(one.query, request.query, 'query_invalid'),
      params: one.params ? checked(one.params, request.params, 'not_found') : request.params,
      request,
      response,
      remote: isRemote(request),
      user: request.user,
    };
    const answer: unknown = await one.handle(call as never);
    if (response.headersSent || response.writableEnded) return;
    if (answer === undefined) response.status(one.status ?? 204).end();
    else response.status(one.status ?? 200).json(answer);
  });
  return steps;
}

const ownPagesOnly: RequestHandler = (request, _response, next) => {
  if (changesSomething.has(request.method) && !fromOwnPages(request))
    throw new GatewayError('origin_refused', 'requests that change something come from our own pages only');
  next();
};

const readJson = express.json({ limit: bodyLimitBytes, type: 'application/json', strict: true });
const readForm = express.urlencoded({ limit: bodyLimitBytes, extended: false });

const hasBody = (headers: NodeJS.Dict<string | string[]>) =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

/** JSON and nothing else: a form of another site cannot be taken for it. */
const jsonBody: RequestHandler = (request, _response, next) => {
  if (hasBody(request.headers) && !request.is('application/json'))
    throw new GatewayError('json_required', 'send the body as application/json');
  next();
};

const formBody: RequestHandler = (request, _response, next) => {
  if (!request.is('application/x-www-form-urlencoded'))
    throw new GatewayError('body_invalid', 'send the body as application/x-www-form-urlencoded');
  next();
};

function checked<T>(schema: z.ZodType<T>, value: unknown, code: 'body_invalid' | 'query_invalid' | 'not_found'): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const [issue] = issues;
  throw new GatewayError(code, issue ? `${issue.path || 'the request'}: ${issue.message}` : 'not valid', { issues });
}

/** Body parser failures by their `type`; anything else of theirs is a malformed body. */
const parserCodes: Record<string, 'body_too_large' | 'body_invalid'> = {
  'entity.too.large': 'body_too_large',
  'parameters.too.many': 'body_too_large',
};

/** The one place where an error becomes an HTTP answer. */
export const answerErrors =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const known = asGatewayError(error);
    if (!known) {
      log.error({ err: error, method: request.method, path: request.path }, 'a request failed by our own fault');
      response
        .status(500)
        .type(problemType)
        .json(formatProblem(500, 'internal_error', 'something went wrong here'));
      return;
    }
    const status = errorStatus[known.code];
    if (typeof known.details['retryAfterSeconds'] === 'number')
      response.set('retry-after', String(known.details['retryAfterSeconds']));
    response
      .status(status)
      .type(problemType)
      .json(formatProblem(status, known.code, known.message, known.details));
  };

function asGatewayError(error: unknown): GatewayError | undefined {
  if (error instanceof GatewayError) return error;
  const { type, status } = (error ?? {}) as { type?: string; status?: number };
  if (error instanceof URIError) return new GatewayError('not_found', 'there is nothing at this address');
  if (typeof status !== 'number' || status >= 500) return undefined;
  const code = parserCodes[type ?? ''] ?? (status === 404 ? 'not_found' : 'body_invalid');
  return new GatewayError(
    code,
    code === 'body_too_large' ? 'the body is too large' : 'the body cannot be read',
    {},
    { cause: error },
  );
}
