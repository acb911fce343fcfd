import type { IncomingMessage } from 'node:http';
import type { WireMessage } from './wire-text.ts';

/** An HTTP request as the wire timeline keeps it. */
export const httpMessageOf = (request: IncomingMessage, body?: string): WireMessage => ({
  start: `${request.method} ${request.url} HTTP/${request.httpVersion}`,
  headers: request.rawHeaders,
  ...(body === undefined ? {} : { body }),
});
