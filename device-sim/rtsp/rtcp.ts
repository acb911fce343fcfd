import type { RtpState } from './rtp.ts';

/** Seconds between 1900 (NTP) and 1970 (Unix). */
const ntpEpochSeconds = 2_208_988_800;

/** Sender report with a source description (RFC 3550 §6.4.1, §6.5); `nowMs` by the camera's clock. */
export function formatSenderReport(state: RtpState, nowMs: number, timestamp: number, cname: string): Buffer {
  const name = Buffer.from(cname, 'utf8').subarray(0, 255);
  const descriptionBytes = 8 + Math.ceil((2 + name.length + 1) / 4) * 4;
  const out = Buffer.alloc(28 + descriptionBytes);
  out[0] = 0x80;
  out[1] = 200;
  out.writeUInt16BE(6, 2);
  out.writeUInt32BE(state.ssrc, 4);
  out.writeUInt32BE((Math.floor(nowMs / 1000) + ntpEpochSeconds) >>> 0, 8);
  out.writeUInt32BE(Math.floor(((nowMs % 1000) / 1000) * 2 ** 32) >>> 0, 12);
  out.writeUInt32BE(timestamp >>> 0, 16);
  out.writeUInt32BE(state.packets, 20);
  out.writeUInt32BE(state.octets, 24);
  out[28] = 0x81;
  out[29] = 202;
  out.writeUInt16BE(descriptionBytes / 4 - 1, 30);
  out.writeUInt32BE(state.ssrc, 32);
  out[36] = 1;
  out[37] = name.length;
  name.copy(out, 38);
  return out;
}

/** Goodbye (§6.6) behind a sender report, as a compound packet begins with one (§6.1): alone, players do not take it. */
export function formatGoodbye(state: RtpState, nowMs: number, timestamp: number, cname: string): Buffer {
  const bye = Buffer.from([0x81, 203, 0, 1, 0, 0, 0, 0]);
  bye.writeUInt32BE(state.ssrc, 4);
  return Buffer.concat([formatSenderReport(state, nowMs, timestamp, cname), bye]);
}

/** Is this a compound packet that begins as one must: a receiver or sender report? It counts as a sign of life. */
export const isReport = (packet: Buffer): boolean =>
  packet.length >= 8 && packet[0]! >> 6 === 2 && (packet[1] === 201 || packet[1] === 200);

/** A packet in interleaved framing. */
export function interleave(channel: number, packet: Buffer): Buffer {
  const out = Buffer.allocUnsafe(4 + packet.length);
  out[0] = 0x24;
  out[1] = channel;
  out.writeUInt16BE(packet.length, 2);
  packet.copy(out, 4);
  return out;
}
