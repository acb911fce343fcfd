import { Agent, createServer, request as httpRequest } from 'node:http';
import { listen } from '../../../core/runtime/listen.ts';
import { say } from '../say.ts';

/** A proxy of nothing but `node:http`: `/<port>/…` goes to that port of this machine over kept connections. */
export async function run(): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((request, response) => {
    const [, port = '', path = ''] = /^\/(\d+)(\/.*)$/.exec(request.url ?? '') ?? [];
    const upstream = httpRequest(
      { agent, port: Number(port), path, method: request.method ?? 'GET', headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    upstream.once('error', () => response.destroy());
    upstream.end();
  });
  const { port } = await listen(server, 0);
  say({ port });
}
