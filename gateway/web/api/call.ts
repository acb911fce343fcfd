import type { Problem } from '../../../core/http/problem.ts';

/** A refusal of the gateway, or no answer at all (`gateway_unreachable`, status 0). `code` is what the pages act on. */
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

/** Relative to the document, so the same pages work at `/` and below the relay's `/<gateway>/`. */
export const apiUrl = (path: string) => new URL(`api/v1/${path}`, document.baseURI);

interface CallOptions {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
}

async function send(path: string, { method = 'GET', body, signal }: CallOptions): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(apiUrl(path), {
      method,
      signal,
      headers: {
        accept: 'application/json, application/problem+json, image/*',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, 'gateway_unreachable', 'The gateway does not answer.', {}, { cause });
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

async function refusalOf(response: Response): Promise<ApiError> {
  const problem = await response.json().then(
    (body: Partial<Problem>) => body,
    // A proxy between us and the gateway answers in HTML; the status is all there is to know.
    () => ({}) as Partial<Problem>,
  );
  const { type: _type, title, status: _status, code, detail, ...details } = problem;
  return new ApiError(
    response.status,
    code ?? (response.status >= 502 && response.status <= 504 ? 'gateway_unreachable' : `http_${response.status}`),
    detail ?? title ?? `The gateway answered with status ${response.status}.`,
    details,
  );
}

/** Ask the API; the answer's JSON, or undefined when it has no body. Throws ApiError. */
export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(path, options);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const fetchSnapshot = async (cameraId: string, signal?: AbortSignal): Promise<Blob> =>
  (await send(`cameras/${encodeURIComponent(cameraId)}/snapshot`, { signal })).blob();
