import type { ErrorRequestHandler } from 'express';
import { formatProblem, problemType } from '../../core/http/problem.ts';
import type { Log } from '../../core/runtime/log.ts';
import { CloudError, errorStatus } from '../errors.ts';
import { DatabaseClosed } from '../store/database.ts';

/** What express' own body parser throws, as codes of ours. */
const parserErrors: Record<string, CloudError> = {
  'entity.parse.failed': new CloudError('body_invalid', 'The body is not valid JSON.'),
  'entity.too.large': new CloudError('body_too_large', 'The body is too large.'),
  'encoding.unsupported': new CloudError('content_type_unsupported', 'That content encoding is not supported.'),
  'charset.unsupported': new CloudError('content_type_unsupported', 'That charset is not supported.'),
  'request.aborted': new CloudError('body_invalid', 'The body ended early.'),
  'request.size.invalid': new CloudError('body_invalid', 'The body does not have the length it announced.'),
};

export function toCloudError(error: unknown): CloudError | undefined {
  if (error instanceof CloudError) return error;
  if (error instanceof DatabaseClosed) return new CloudError('busy', 'The cloud is stopping.');
  if (error instanceof URIError) return new CloudError('not_found', 'There is nothing at this address.');
  const { type, status } = error as { type?: unknown; status?: unknown };
  if (typeof type === 'string' && parserErrors[type]) return parserErrors[type];
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new CloudError('body_invalid', 'The request cannot be read.');
  }
  return undefined;
}

/** The one place where an error becomes an answer: a problem document. What is no CloudError is a bug: logged whole, told as a bare 500. */
export const answerErrors =
  (log: Log): ErrorRequestHandler =>
  (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const known = toCloudError(error);
    if (!known) {
      log.error({ err: error, method: request.method, path: request.path }, 'request failed');
      response
        .status(500)
        .type(problemType)
        .send(JSON.stringify(formatProblem(500, 'internal', 'Something went wrong here.')));
      return;
    }
    const status = errorStatus[known.code];
    const retryAfter = known.details['retryAfterSeconds'];
    if (typeof retryAfter === 'number') response.set('Retry-After', String(retryAfter));
    response
      .status(status)
      .type(problemType)
      .send(JSON.stringify(formatProblem(status, known.code, known.message, known.details)));
  };
