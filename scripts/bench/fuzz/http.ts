import { Agent, request } from 'node:http';
import { longestAnswerMs } from './target.ts';

export const keptAlive = () => new Agent({ keepAlive: true, maxSockets: 32 });

/** Post bytes; rejects when no answer comes in time. */
export function post(agent: Agent, url: URL, body: Buffer | string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        agent,
        method: 'POST',
        headers: { 'content-type': 'application/soap+xml', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    asked.setTimeout(longestAnswerMs, () => asked.destroy(new Error('no answer')));
    asked.on('error', reject);
    asked.end(body);
  });
}
