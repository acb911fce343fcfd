import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { say } from '../say.ts';

/** The least a web service can do: read the request whole, answer so many bytes. */
export async function run({ answerBytes }: { answerBytes: number }): Promise<void> {
  const answer = 'x'.repeat(answerBytes);
  const server = createServer({ noDelay: true }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      Buffer.concat(chunks).toString('utf8');
      response.writeHead(200, [
        'Content-Type',
        'application/soap+xml; charset=utf-8',
        'Content-Length',
        String(Buffer.byteLength(answer)),
      ]);
      response.end(answer);
    });
  });
  server.listen(0, '127.0.0.1', () => say({ port: (server.address() as AddressInfo).port }));
}
