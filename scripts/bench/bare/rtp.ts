import { type AddressInfo, createServer, type Socket } from 'node:net';
import { say } from '../say.ts';

const packetBytes = 1400;

/** The least an RTSP server can do: the same ready-made interleaved packets to everybody, picture by picture. */
export async function run({ kbps, fps }: { kbps: number; fps: number }): Promise<void> {
  const viewers = new Set<Socket>();
  const frame = frameOf(Math.round((kbps * 1000) / 8 / fps));
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('close', () => viewers.delete(socket));
    socket.once('data', () => viewers.add(socket));
  });
  const startedAt = performance.now();
  let sent = 0;
  setInterval(() => {
    for (; sent < ((performance.now() - startedAt) * fps) / 1000; sent++)
      for (const viewer of viewers) viewer.write(frame);
  }, 1000 / fps);
  server.listen(0, '127.0.0.1', () => say({ port: (server.address() as AddressInfo).port }));
}

function frameOf(bytes: number): Buffer {
  const packets: Buffer[] = [];
  for (let left = bytes; left > 0; left -= packetBytes) {
    const body = Math.min(left, packetBytes);
    const packet = Buffer.alloc(4 + 12 + body);
    packet[0] = 0x24;
    packet.writeUInt16BE(12 + body, 2);
    packet[4] = 0x80;
    packet[5] = left <= packetBytes ? 0xe0 : 0x60;
    packets.push(packet);
  }
  return Buffer.concat(packets);
}
