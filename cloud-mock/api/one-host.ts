import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatProblem, problemType } from '../../core/http/problem.ts';

/**
 * Names that may stand in a request once. Of two, Node takes the first where a proxy before us may take the last; and RFC
 * 9112 §3.2 has a server refuse two of `Host`.
 */
const single = new Set(['host', 'authorization', 'origin', 'content-type']);

/** Refuse a request that says one of them twice; true when it was answered. */
export function refuseDoubled(request: IncomingMessage, response: ServerResponse): boolean {
  const seen = new Set<string>();
  for (let n = 0; n < request.rawHeaders.length; n += 2) {
    const name = request.rawHeaders[n]!.toLowerCase();
    if (!single.has(name)) continue;
    if (!seen.has(name)) {
      seen.add(name);
      continue;
    }
    response.writeHead(400, { 'Content-Type': problemType, Connection: 'close' });
    response.end(JSON.stringify(formatProblem(400, 'body_invalid', `The request has two headers ${name}.`)));
    return true;
  }
  return false;
}
