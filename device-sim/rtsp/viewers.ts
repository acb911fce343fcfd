import type { JoinPoint, Viewer } from './media-stream.ts';
import { interleave } from './rtcp.ts';
import { framingBytes, type PacketBatch } from './rtp.ts';
import type { UdpPorts } from './udp-ports.ts';
import type { Wire } from './wire.ts';

/** A viewer on a slow line waits for the next IDR once so much has piled up, and goes on when this little is left. */
const mostBacklogBytes = 1 << 20;
const littleBacklogBytes = 1 << 16;

/** Packets between the messages of an RTSP connection (RFC 2326 §10.12). Buffers are shared by all viewers, never copied. */
export function interleavedViewer(wire: Wire, rtp: number, rtcp: number, begin: (point: JoinPoint) => void): Viewer {
  let behind = false;
  return {
    begin,
    send(batch, keyframe) {
      const { backlog } = wire;
      if (behind && !(keyframe && backlog <= littleBacklogBytes)) return;
      behind = backlog > mostBacklogBytes;
      if (!behind) wire.write(batch.onChannel(rtp));
    },
    report(packet) {
      if (!behind) wire.write(interleave(rtcp, packet));
    },
  };
}

/** Packets of a recording between the messages: none is left out, as whoever makes them waits for the client. */
export const patientViewer = (wire: Wire, rtp: number, rtcp: number): Viewer => ({
  begin: () => undefined,
  send: (batch) => wire.write(batch.onChannel(rtp)),
  report: (packet) => wire.write(interleave(rtcp, packet)),
});

/** Packets by UDP to the ports the client named, at the address it calls from. */
export function udpViewer(
  ports: UdpPorts,
  host: string,
  [rtp, rtcp]: [number, number],
  begin: (point: JoinPoint) => void,
): Viewer {
  return {
    begin,
    send({ bytes, starts }: PacketBatch) {
      for (let i = 0; i + 1 < starts.length; i++) {
        const from = starts[i]! + framingBytes;
        ports.sendRtp(bytes.subarray(from, starts[i + 1]!), rtp, host);
      }
    },
    report: (packet) => ports.sendRtcp(packet, rtcp, host),
  };
}
