import { UsageError } from '../../core/runtime/settings.ts';

/** An API answered with a problem: the code is what a caller acts on. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown>,
  ) {
    super(message);
  }
}

/** `; try again in 90 s` where a refusal says how long to wait, else nothing. */
export function waitOf({ details }: ProblemError): string {
  const seconds = details['retryAfterSeconds'];
  if (typeof seconds !== 'number') return '';
  return `; try again in ${seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`}`;
}

/** Speak JSON to one of the house's HTTP APIs. */
export interface ApiClient {
  readonly url: string;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
  delete(path: string): Promise<void>;
  /** The same API with a bearer token. */
  with(token: string): ApiClient;
}

const maxAnswerBytes = 4 * 1024 * 1024;
const answerWithinMs = 30_000;

export function apiClient(url: string, what: string, token?: string): ApiClient {
  const base = url.replace(/\/+$/, '');
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    let response: Response;
    try {
      response = await fetch(`${base}/api/v1${path}`, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(answerWithinMs),
        headers: {
          accept: 'application/json',
          ...(body ? { 'content-type': 'application/json' } : {}),
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    } catch (error) {
      const cause = (error as Error).cause as { code?: string; message?: string } | undefined;
      const certificate = cause?.code?.includes('CERT') || cause?.code?.includes('SIGNED');
      const remedy = certificate
        ? 'its certificate is not trusted: name the file of its CA in NODE_EXTRA_CA_CERTS'
        : 'is it running, and is the address right?';
      throw new UsageError(
        `${what} at ${base} does not answer (${cause?.code ?? (error as Error).message}); ${remedy}`,
      );
    }
    const text = await response.text();
    if (text.length > maxAnswerBytes) throw new UsageError(`${what} at ${base} answered more than is sensible`);
    let parsed: unknown;
    try {
      parsed = text === '' ? undefined : JSON.parse(text);
    } catch {
      throw new UsageError(`${base} does not answer like ${what}: check the address`);
    }
    if (response.ok) return parsed;
    const problem = (parsed ?? {}) as Record<string, unknown>;
    throw new ProblemError(
      response.status,
      String(problem['code'] ?? `http_${response.status}`),
      String(problem['detail'] ?? `${what} answered ${response.status}`),
      problem,
    );
  };
  return {
    url: base,
    get: <T>(path: string) => send('GET', path) as Promise<T>,
    post: <T>(path: string, body: object) => send('POST', path, body) as Promise<T>,
    delete: async (path) => {
      await send('DELETE', path);
    },
    with: (bearer) => apiClient(url, what, bearer),
  };
}
