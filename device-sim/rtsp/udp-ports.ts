import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { hostOf } from './wire.ts';

/** The RTP and RTCP ports of one camera: an even one and the next, shared by all its UDP viewers. */
export interface UdpPorts extends Disposable {
  readonly rtp: number;
  readonly rtcp: number;
  sendRtp(packet: Buffer, port: number, host: string): void;
  sendRtcp(packet: Buffer, port: number, host: string): void;
}

const attempts = 64;

/** `hear` gets what viewers send, by address and port: reports, and sound for the back channel. */
export async function openUdpPorts(
  host: string,
  hear: (packet: Buffer, host: string, port: number) => void,
): Promise<UdpPorts> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const rtp = await bind(host, 0);
    const port = rtp.address().port;
    // RFC 3550 §11: RTP on an even port, RTCP on the next one.
    const partner = port % 2 === 0 ? await bind(host, port + 1).catch(() => undefined) : undefined;
    if (!partner) {
      rtp.close();
      continue;
    }
    for (const socket of [rtp, partner])
      socket.on('message', (packet, from) => hear(packet, hostOf(from.address), from.port));
    const quiet = () => undefined;
    return {
      rtp: port,
      rtcp: port + 1,
      // A viewer that is gone answers with ICMP errors; its session ends by its time-out.
      sendRtp: (packet, to, address) => rtp.send(packet, to, address, quiet),
      sendRtcp: (packet, to, address) => partner.send(packet, to, address, quiet),
      [Symbol.dispose]() {
        rtp.close();
        partner.close();
      },
    };
  }
  throw new Error(`no pair of UDP ports is free on ${host}`);
}

function bind(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', sendBufferSize: 1 << 20 });
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
