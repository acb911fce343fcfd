import { createServer } from 'node:http';
import { say } from '../say.ts';

/** So many listening HTTP servers, and nothing behind them. */
export async function run({ count }: { count: number }): Promise<void> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()))));
  say({ count });
}
