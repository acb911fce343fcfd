import type { JpegPicture } from '../video/jpeg/snapshot-coder.ts';
import { type PacketBatch, PacketWriter, payloadBytes, type RtpState } from './rtp.ts';

/** Payload type of JPEG (RFC 3551). */
export const jpegPayloadType = 26;
/** Sides are told in units of eight samples, one byte each (RFC 2435 §3.1). */
export const longestJpegSide = 2040;

/** 4:2:0 with restart markers. */
const type = 65;
const mainHeaderBytes = 8;
const restartHeaderBytes = 4;

/**
 * One JPEG as packets (RFC 2435): only the scan travels. Our tables are the ones the format knows by heart, and the
 * quality names the quantisers.
 */
export function packetizeJpeg(state: RtpState, timestamp: number, picture: JpegPicture): PacketBatch {
  const { width, height, quality, rows } = picture;
  const scan = Buffer.concat(
    rows.flatMap((row, i) => (i === 0 ? [row] : [Buffer.from([0xff, 0xd0 + ((i - 1) & 7)]), row])),
  );
  const headerBytes = mainHeaderBytes + restartHeaderBytes;
  const dataBytes = payloadBytes - headerBytes;
  const pieces = Math.ceil(scan.length / dataBytes);
  const out = new PacketWriter(state, timestamp, scan.length + pieces * headerBytes, pieces);
  for (let from = 0; from < scan.length; from += dataBytes) {
    const to = Math.min(scan.length, from + dataBytes);
    out.begin();
    out
      .byte(0)
      .byte(from >>> 16)
      .size16(from & 0xffff);
    out
      .byte(type)
      .byte(quality)
      .byte((width + 7) >> 3)
      .byte((height + 7) >> 3);
    // A restart interval is a row of units; packets follow no interval's bounds (F and L set, count all ones).
    out.size16((width + 15) >> 4).size16(0xffff);
    out.copy(scan, from, to).end(to === scan.length);
  }
  return out.batch();
}
