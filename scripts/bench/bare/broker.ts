import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { Aedes } from 'aedes';
import { realClock } from '../../../core/runtime/clock.ts';
import { listen } from '../../../core/runtime/listen.ts';
import { secureRandom } from '../../../core/runtime/random.ts';
import { openAuthority } from '../../../gateway/tls/authority.ts';
import { say } from '../say.ts';

/** aedes as it comes, behind the same TLS with client certificates as ours. */
export async function run({ dataDir }: { dataDir: string }): Promise<void> {
  const authority = await openAuthority(join(dataDir, 'tls'), { clock: realClock, random: secureRandom });
  const identity = await authority.issueServer(['127.0.0.1']);
  const broker = await Aedes.createBroker();
  const server = createServer(
    { ...identity, ca: authority.caPem, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    (socket: TLSSocket) => {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      broker.handle(socket);
    },
  );
  const { port } = await listen(server, 0);
  say({ port });
}
