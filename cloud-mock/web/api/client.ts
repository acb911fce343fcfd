/** A refusal of the cloud, or `unreachable` / `server_fault` when there was no proper answer. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly code: string;
  readonly status: number;
  readonly details: Record<string, unknown>;
  constructor(status: number, code: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export const isApiError = (error: unknown, ...codes: string[]): error is ApiError =>
  error instanceof ApiError && (codes.length === 0 || codes.includes(error.code));

/** Whether the cloud answered last time it was asked; drives the one banner that says so. */
export const reach = {
  ok: true,
  listeners: new Set<() => void>(),
  tell(ok: boolean) {
    if (ok === reach.ok) return;
    reach.ok = ok;
    for (const listener of reach.listeners) listener();
  },
  subscribe(listener: () => void) {
    reach.listeners.add(listener);
    return () => reach.listeners.delete(listener);
  },
};

/**
 * How far the cloud's clock is ahead of this browser's. "3 minutes ago" is said by the clock that took the time, so a
 * wrong clock here (or a lab's moved one there) does not make it nonsense.
 */
export const cloudClock = {
  aheadMs: 0,
  now: () => new Date(Date.now() + cloudClock.aheadMs),
};

function readClock(response: Response) {
  const at = Date.parse(response.headers.get('vigil-time') ?? '');
  if (!Number.isNaN(at)) cloudClock.aheadMs = at - Date.now();
}

export interface CallOptions {
  body?: unknown;
  bearer?: string;
  signal?: AbortSignal;
}

/** One call of `/api/v1`: JSON in, JSON out, refusals as ApiError. */
export async function call<T>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  options: CallOptions = {},
): Promise<T> {
  const { body, bearer, signal } = options;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    reach.tell(false);
    throw new ApiError(0, 'unreachable', 'The cloud cannot be reached. Check that it is running, then try again.');
  }
  reach.tell(true);
  readClock(response);
  if (response.status === 204) return undefined as T;
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  const { code, detail, ...details } = (answer ?? {}) as { code?: string; detail?: string };
  throw new ApiError(
    response.status,
    code ?? (response.status >= 500 ? 'server_fault' : 'refused'),
    detail ?? `The cloud answered with status ${response.status}. Try again in a moment.`,
    details,
  );
}
