import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { Door } from '../doors.ts';
import { GatewayError } from '../errors.ts';
import { type Role, roleCovers, type SignedIn } from '../people/roles.ts';

declare global {
  namespace Express {
    interface Request {
      /** Who the session cookie says it is; absent without a session. */
      user?: SignedIn;
    }
  }
}

/** What a handler is given: everything has passed its schema, and the role was enough. */
export interface Call<B, Q, P> {
  body: B;
  query: Q;
  params: P;
  request: Request;
  response: Response;
  /** Came through the tunnel: known from the socket, never from a header. */
  remote: boolean;
}

export type SignedInCall<B, Q, P> = Call<B, Q, P> & { user: SignedIn };

interface RouteFacts<B, Q, P, A> {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** Below `/api/v1`, as express and `{name}` in OpenAPI: `/cameras/:id`. */
  path: string;
  /** The row of doors.ts it belongs to. */
  door: Door;
  /** One sentence for the reference page. */
  summary: string;
  tag: string;
  body?: z.ZodType<B>;
  /** `json` unless said otherwise. */
  bodyType?: 'json' | 'form';
  /** For requests of other machines that carry proof of their own (signature): no Origin check, no session. */
  machine?: boolean;
  query?: z.ZodType<Q>;
  params?: z.ZodType<P>;
  /** Schema of the answer: documentation, and the type `handle` must return. */
  answer?: z.ZodType<A>;
  /** Media type of an answer that is not JSON. */
  answerType?: string;
  /** Status of success; 204 without an answer, else 200. */
  status?: number;
}

/** What comes back is sent as JSON with the status of success; a handler may also answer on `response` itself. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers by itself returns nothing
type Answer<A> = Promise<A | undefined | void> | A | undefined | void;

/** A route anyone may call. */
export interface PublicRoute<B, Q, P, A> extends RouteFacts<B, Q, P, A> {
  role?: undefined;
  handle(call: Call<B, Q, P>): Answer<A>;
}

/** A route behind a session whose role is at least `role`. */
export interface RoleRoute<B, Q, P, A> extends RouteFacts<B, Q, P, A> {
  role: Role;
  handle(call: SignedInCall<B, Q, P>): Answer<A>;
}

// biome-ignore lint/suspicious/noExplicitAny: a list of routes holds every kind of body
export type Route = PublicRoute<any, any, any, any> | RoleRoute<any, any, any, any>;

/** One route as data: what checks the request, enforces the role and writes the OpenAPI document follow from it. */
export function route<B = undefined, Q = undefined, P = undefined, A = undefined>(
  definition: RoleRoute<B, Q, P, A>,
): Route;
export function route<B = undefined, Q = undefined, P = undefined, A = undefined>(
  definition: PublicRoute<B, Q, P, A>,
): Route;
export function route(definition: Route): Route {
  return definition;
}

/** Refuse who is not signed in or whose role is too small. */
export const requireRole =
  (role: Role): RequestHandler =>
  (request, _response, next) => {
    const { user } = request;
    if (!user) throw new GatewayError('sign_in_required', 'sign in first');
    if (!roleCovers(user.role, role)) throw new GatewayError('role_insufficient', `this needs the role ${role}`);
    next();
  };
