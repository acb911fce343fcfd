import type { IncomingMessage } from 'node:http';

/** Longest JSON body anybody may send to a camera or to the control API. */
export const maxBodyBytes = 100 * 1024;

/** The body as text, or undefined when it is longer than `most`: the answer should then close the connection. */
export async function readBody(request: IncomingMessage, most = maxBodyBytes): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
