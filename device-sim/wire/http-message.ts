import type { IncomingMessage } from 'node:http';
import type { WireMessage } from './wire-text.ts';

/** An HTTP request as the wire timeline keeps it. */
export const httpMessageOf = (request: IncomingMessage, body?: string): WireMessage => ({
  start: `${request.method} ${request.url} HTTP/${request.httpVersion}`,
  headers: request.rawHeaders,
  ...(body === undefined ? {} : { body }),
});

/** The path of a request, without its query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
