import type { Problem } from '../../../core/http/problem.ts';
import { readToken } from './token.ts';

/** A refusal of the fleet, or no answer at all (`fleet_unreachable`, status 0). `code` is what the pages act on. */
export class ApiError extends Error {
  override name = 'ApiError';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

interface CallOptions {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
}

async function send(path: string, { method = 'GET', body, signal }: CallOptions): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(new URL(`control/v1/${path}`, document.baseURI), {
      method,
      signal,
      headers: {
        authorization: `Bearer ${readToken() ?? ''}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, 'fleet_unreachable', 'The fleet does not answer.', {}, { cause });
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const { type: _type, title, status: _status, code, detail, ...details } = problem;
  const said = detail ?? title ?? `The fleet answered with status ${response.status}.`;
  throw new ApiError(response.status, code ?? `http_${response.status}`, said, details);
}

/** Ask the control API; the answer's JSON. Throws ApiError. */
export const call = async <T>(path: string, options: CallOptions = {}): Promise<T> =>
  (await (await send(path, options)).json()) as T;

export const fetchPicture = async (camera: string, stream: 'main' | 'sub', signal?: AbortSignal): Promise<Blob> =>
  (await send(`cameras/${camera}/picture?stream=${stream}`, { signal })).blob();
