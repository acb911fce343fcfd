import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { formatProblem, problemType } from '../../core/http/problem.ts';
import type { Log } from '../../core/runtime/log.ts';
import { toCloudError } from '../api/answer-errors.ts';
import { plainPage } from '../api/plain-page.ts';
import { type CloudError, errorStatus } from '../errors.ts';

const page = (title: string, detail: string, portalUrl: string) =>
  plainPage({ title, paragraphs: [detail], link: { href: `${portalUrl}/`, label: 'Open it from the portal' } });

/** Answer an upgrade that is not taken: an ordinary response on the raw socket. */
export function refuseUpgrade(socket: Duplex, error: CloudError): void {
  const status = errorStatus[error.code];
  const body = JSON.stringify(formatProblem(status, error.code, error.message, error.details));
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `Content-Type: ${problemType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

/** The relay's own words where no gateway speaks: a page for whoever navigates there, a problem for programs. */
export const relayAnswers =
  ({ portalUrl, log }: { portalUrl: string; log: Log }) =>
  (request: IncomingMessage, response: ServerResponse, error: unknown): void => {
    const known = toCloudError(error);
    if (!known) log.error({ err: error, method: request.method }, 'relay failed');
    if (response.headersSent) return void response.destroy();
    const status = known ? errorStatus[known.code] : 500;
    const problem = formatProblem(
      status,
      known?.code ?? 'internal',
      known?.message ?? 'Something went wrong here.',
      known?.details,
    );
    const retryAfter = known?.details['retryAfterSeconds'];
    if (typeof retryAfter === 'number') response.setHeader('Retry-After', retryAfter);
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    const navigates = request.method === 'GET' || request.headers['content-type']?.includes('form');
    if (navigates && /\btext\/html\b/.test(request.headers.accept ?? '')) {
      response.writeHead(status, {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      });
      return void response.end(page(problem.title, problem.detail, portalUrl));
    }
    response.writeHead(status, { 'Content-Type': problemType });
    response.end(JSON.stringify(problem));
  };
