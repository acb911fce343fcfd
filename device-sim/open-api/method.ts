import type { z } from 'zod';
import type { PtzHead } from '../onvif/ptz-head.ts';
import type { SimCamera } from '../sim-camera.ts';
import { OpenApiError, openApiCode } from './codes.ts';

export type Params = Record<string, unknown>;

/** What a method is given: the camera, and what nobody but the fleet knows. */
export interface MethodContext {
  camera: SimCamera;
  uptimeMs: number;
  /** The head of a camera that turns. */
  head: PtzHead | undefined;
}
/** Returns the `result`; throws OpenApiError. */
export type Method = (context: MethodContext, params: Params) => object;

/** A parameter by its schema; what is absent and what is wrong have codes of their own. */
export function take<T>(params: Params, name: string, schema: z.ZodType<T>): T {
  if (params[name] === undefined) throw new OpenApiError(openApiCode.valueMissing);
  return check(params[name], schema);
}

/** The same for one that may be absent. */
export const takeOptional = <T>(params: Params, name: string, schema: z.ZodType<T>): T | undefined =>
  params[name] === undefined ? undefined : check(params[name], schema);

function check<T>(value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new OpenApiError(openApiCode.parameter);
  return parsed.data;
}

/** A value of the camera's state under `key`, `initial` until a client sets it. */
export const remembered = <T>(key: string, initial: T) => ({
  read: ({ state }: SimCamera): T => (state.extra[key] as T | undefined) ?? initial,
  write(camera: SimCamera, value: T) {
    camera.state.extra[key] = value;
    camera.save();
  },
});
