import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/**
 * Our address as somebody at `host` sees it: the one the system would send from. Connecting a UDP socket asks the routing
 * table and sends nothing.
 */
export async function addressTowards(host: string, port: number): Promise<string | undefined> {
  const bare = host.replace(/^\[|\]$/g, '');
  let target: { address: string; family: number };
  try {
    target = isIP(bare) ? { address: bare, family: isIP(bare) } : await lookup(bare);
  } catch {
    return undefined; // a name nobody knows: whoever asked will hear it from the camera's side
  }
  const socket = createSocket(target.family === 6 ? 'udp6' : 'udp4');
  try {
    return await new Promise<string | undefined>((resolve) => {
      socket.on('error', () => resolve(undefined));
      socket.connect(port, target.address, () => resolve(socket.address().address));
    });
  } finally {
    socket.close();
  }
}
