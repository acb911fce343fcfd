import type { Request, Response } from 'express';
import { z } from 'zod';
import type { DoorId } from '../doors.ts';
import { CloudError, type ErrorCode } from '../errors.ts';
import type { LiveSession } from '../sign-in/sessions.ts';
import type { Visit } from '../sign-in/visit.ts';
import type { GatewayRow } from '../store/access.ts';

/** Who a route is for: anybody, a live session (cookie or bearer), a bound gateway's own assertion. */
export type Audience = 'anybody' | 'session' | 'gateway';
export type Method = 'get' | 'post' | 'patch' | 'delete';

export interface Call<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  visit: Visit;
  request: Request;
  response: Response;
}

/** What a handler answers: a body, or nothing for 204. */
export type Answer = object | undefined;

export interface RouteSpec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  method: Method;
  path: string;
  door: DoorId;
  summary: string;
  params?: P;
  query?: Q;
  body?: B;
  /** Largest body, bytes. */
  bodyLimitBytes?: number;
  /** The body may be left out. */
  bodyOptional?: boolean;
  /** Changes something, and yet is for a trusted terminal's session too: what it changes is its own, or wants a fresh code. */
  withoutCode?: boolean;
  success: { status: number; schema?: z.ZodType };
  refuses?: readonly ErrorCode[];
}

/** A route as the application and the API description see it. */
export interface Route {
  spec: RouteSpec<z.ZodType, z.ZodType, z.ZodType>;
  audience: Audience;
  run(call: Call<never, never, never>, who: { session?: LiveSession; gateway?: GatewayRow }): Promise<Answer>;
}

type Infer<T extends z.ZodType> = z.infer<T>;

const asRoute = (spec: unknown, audience: Audience, run: unknown): Route => ({ spec, audience, run }) as Route;

/** A route for anybody. */
export const openRoute = <
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
>(
  spec: RouteSpec<P, Q, B>,
  run: (call: Call<Infer<P>, Infer<Q>, Infer<B>>) => Promise<Answer>,
) => asRoute(spec, 'anybody', run);

/** A route for whoever is signed in. */
export const sessionRoute = <
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
>(
  spec: RouteSpec<P, Q, B>,
  run: (call: Call<Infer<P>, Infer<Q>, Infer<B>> & { session: LiveSession }) => Promise<Answer>,
) =>
  asRoute(spec, 'session', (call: never, who: { session: LiveSession }) =>
    run({ ...(call as object), session: who.session } as never),
  );

/** A route for a bound gateway. */
export const gatewayRoute = <
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
>(
  spec: RouteSpec<P, Q, B>,
  run: (call: Call<Infer<P>, Infer<Q>, Infer<B>> & { gateway: GatewayRow }) => Promise<Answer>,
) =>
  asRoute(spec, 'gateway', (call: never, who: { gateway: GatewayRow }) =>
    run({ ...(call as object), gateway: who.gateway } as never),
  );

/** Largest body unless a route says otherwise. */
export const bodyLimitBytes = 100 * 1024;
/** Routes that take a code let a long one in: it is a wrong code, not a refused request. */
export const codeBodyLimitBytes = 2 * 1024 * 1024;

/** Pass what came in through a schema; the first thing wrong is named. */
export function parse<T extends z.ZodType>(
  schema: T,
  given: unknown,
  code: 'body_invalid' | 'query_invalid',
): z.infer<T> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = issue?.path.join('.') ?? '';
  throw new CloudError(code, at ? `${at}: ${issue?.message}` : (issue?.message ?? 'not valid'), {
    ...(at ? { field: at } : {}),
  });
}

export const nothing = z.undefined();
