import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatProblem, problemType } from '../../core/http/problem.ts';

/** What the App's server itself has to say no to. */
export const appStatus = {
  not_found: 404,
  method_not_allowed: 405,
  origin_refused: 403,
  body_invalid: 400,
  body_too_large: 413,
  sign_in_required: 401,
  vms_not_open: 401,
  role_insufficient: 403,
  gateway_refused: 502,
  cloud_unreachable: 502,
  camera_not_found: 404,
  camera_refused: 422,
  pairing_failed: 422,
  too_many_requests: 429,
} as const;

export class AppError extends Error {
  override name = 'AppError';
  constructor(
    readonly code: keyof typeof appStatus,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

const largestBodyBytes = 64 * 1024;

/** The JSON a request brings. Throws AppError. */
export async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const bytes = await readRaw(request);
  try {
    const parsed: unknown = JSON.parse(bytes.toString('utf8') || '{}');
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // Said below, alike for all that is no object.
  }
  throw new AppError('body_invalid', 'the body is no JSON object');
}

export async function readRaw(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > largestBodyBytes) throw new AppError('body_too_large', 'the body is too large');
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

export function sendJson(response: ServerResponse, status: number, body: object | undefined): void {
  if (response.headersSent) return;
  if (body === undefined) return void response.writeHead(status, { 'cache-control': 'no-store' }).end();
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

export function sendProblem(response: ServerResponse, { code, message, details }: AppError): void {
  if (response.headersSent) return void response.destroy();
  const status = appStatus[code];
  response.writeHead(status, { 'content-type': problemType, 'cache-control': 'no-store' });
  response.end(JSON.stringify(formatProblem(status, code, message, details)));
}
