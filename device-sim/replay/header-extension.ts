import { framingBytes, type PacketBatch } from '../rtsp/rtp.ts';

/** What goes with each access unit of a replay (Streaming §6.3). */
export interface ReplayMark {
  /** Camera's clock. */
  at: number;
  /** C: needs no other unit. */
  clean: boolean;
  /** E: the last one before a gap. */
  end: boolean;
  /** D: does not follow what was sent before. */
  discontinuity: boolean;
  /** T: there is no more. */
  terminal: boolean;
  /** CSeq of the PLAY it belongs to. */
  cseq: number;
}

const rtpHeaderBytes = 12;
export const extensionBytes = 16;
/** Seconds between 1900 (NTP) and 1970 (Unix). */
const ntpEpochSeconds = 2_208_988_800;

export function formatExtension({ at, clean, end, discontinuity, terminal, cseq }: ReplayMark): Buffer {
  const out = Buffer.alloc(extensionBytes);
  out.writeUInt16BE(0xabac, 0);
  out.writeUInt16BE(3, 2);
  out.writeUInt32BE((Math.floor(at / 1000) + ntpEpochSeconds) >>> 0, 4);
  out.writeUInt32BE(Math.floor((((at % 1000) + 1000) % 1000) * 4_294_967.296) >>> 0, 8);
  out[12] = (clean ? 0x80 : 0) | (end ? 0x40 : 0) | (discontinuity ? 0x20 : 0) | (terminal ? 0x10 : 0);
  out[13] = cseq & 0xff;
  return out;
}

/** The batch with the extension in its first packet: there it marks the whole access unit. */
export function withExtension(batch: PacketBatch, mark: ReplayMark): PacketBatch {
  const { bytes, starts } = batch;
  const headerEnd = framingBytes + rtpHeaderBytes;
  const out = Buffer.allocUnsafe(bytes.length + extensionBytes);
  bytes.copy(out, 0, 0, headerEnd);
  formatExtension(mark).copy(out, headerEnd);
  bytes.copy(out, headerEnd + extensionBytes, headerEnd);
  out[framingBytes] = out[framingBytes]! | 0x10;
  out.writeUInt16BE(out.readUInt16BE(2) + extensionBytes, 2);
  const moved = starts.map((start, i) => (i === 0 ? start : start + extensionBytes));
  return {
    bytes: out,
    starts: moved,
    firstSequence: batch.firstSequence,
    timestamp: batch.timestamp,
    onChannel(channel) {
      // Nobody else gets these packets, so the channel is written where it belongs.
      for (const start of moved) if (start < out.length) out[start + 1] = channel;
      return out;
    },
  };
}
