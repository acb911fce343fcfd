import type { NalUnits } from '../video/nal.ts';

/** RTP (RFC 3550) and the payload formats of H.264 and H.265, packetised once for all viewers of a stream. */

/** Largest RTP packet without its header: fits an Ethernet frame with IPv4 or IPv6, UDP and a tunnel's header. */
export const payloadBytes = 1388;
const rtpHeaderBytes = 12;
/** `$`, channel, length: in front of each packet, so that one buffer serves TCP (whole) and UDP (without them). */
export const framingBytes = 4;

export interface RtpState {
  readonly ssrc: number;
  readonly payloadType: number;
  /** Sequence number of the next packet. */
  sequence: number;
  packets: number;
  octets: number;
}

/** One access unit as packets, each with its interleaved framing in front. */
export interface PacketBatch {
  /** For channel 0. */
  readonly bytes: Buffer;
  /** Where each packet's framing begins, and the end. */
  readonly starts: readonly number[];
  readonly firstSequence: number;
  readonly timestamp: number;
  /** The same for another channel; made once. */
  onChannel(channel: number): Buffer;
}

/** Writes packets one after the other into one buffer. */
export class PacketWriter {
  private readonly state: RtpState;
  private readonly timestamp: number;
  private readonly bytes: Buffer;
  private readonly starts: number[] = [];
  private readonly firstSequence: number;
  private at = 0;

  /** `roomBytes` covers all payloads; `packets` is how many there are at most. */
  constructor(state: RtpState, timestamp: number, roomBytes: number, packets: number) {
    this.state = state;
    this.timestamp = timestamp >>> 0;
    this.firstSequence = state.sequence;
    this.bytes = Buffer.allocUnsafe(roomBytes + packets * (framingBytes + rtpHeaderBytes));
  }

  begin(): this {
    this.starts.push(this.at);
    this.at += framingBytes + rtpHeaderBytes;
    return this;
  }

  byte(value: number): this {
    this.bytes[this.at++] = value;
    return this;
  }

  size16(value: number): this {
    this.at = this.bytes.writeUInt16BE(value, this.at);
    return this;
  }

  copy(source: Uint8Array, from = 0, to = source.length): this {
    this.bytes.set(from === 0 && to === source.length ? source : source.subarray(from, to), this.at);
    this.at += to - from;
    return this;
  }

  /** Close the packet begun last. */
  end(marker: boolean): this {
    const { bytes, state } = this;
    const start = this.starts.at(-1)!;
    const length = this.at - start - framingBytes;
    bytes[start] = 0x24;
    bytes[start + 1] = 0;
    bytes.writeUInt16BE(length, start + 2);
    bytes[start + 4] = 0x80;
    bytes[start + 5] = (marker ? 0x80 : 0) | state.payloadType;
    bytes.writeUInt16BE(state.sequence, start + 6);
    bytes.writeUInt32BE(this.timestamp, start + 8);
    bytes.writeUInt32BE(state.ssrc, start + 12);
    state.sequence = (state.sequence + 1) & 0xffff;
    state.packets = (state.packets + 1) >>> 0;
    state.octets = (state.octets + length - rtpHeaderBytes) >>> 0;
    return this;
  }

  batch(): PacketBatch {
    return createBatch(this.bytes.subarray(0, this.at), [...this.starts, this.at], this.firstSequence, this.timestamp);
  }
}

function createBatch(bytes: Buffer, starts: readonly number[], firstSequence: number, timestamp: number): PacketBatch {
  const copies = new Map<number, Buffer>([[0, bytes]]);
  return {
    bytes,
    starts,
    firstSequence,
    timestamp,
    onChannel(channel) {
      let copy = copies.get(channel);
      if (!copy) {
        copy = Buffer.from(bytes);
        for (const start of starts) if (start < copy.length) copy[start + 1] = channel;
        copies.set(channel, copy);
      }
      return copy;
    },
  };
}

/** Packets `from` up to `to` of a batch, as they are. */
export function pickPackets(
  { bytes, starts, firstSequence, timestamp }: PacketBatch,
  from: number,
  to: number,
): PacketBatch {
  const first = starts[from]!;
  return createBatch(
    bytes.subarray(first, starts[to]!),
    starts.slice(from, to + 1).map((start) => start - first),
    (firstSequence + from) & 0xffff,
    timestamp,
  );
}

/** How a codec's NAL units travel: the header a unit has, the packet for several of them, and the one for a part. */
export interface NalPayload {
  readonly headerBytes: number;
  /** Header of a packet with units `from` up to `to`. */
  together(out: PacketWriter, units: NalUnits, from: number, to: number): void;
  /** Header of a packet with a part of the unit that begins at `at`. */
  part(out: PacketWriter, bytes: Uint8Array, at: number, first: boolean, last: boolean): void;
  readonly partHeaderBytes: number;
}

/** RFC 6184: STAP-A and FU-A. */
export const h264Payload: NalPayload = {
  headerBytes: 1,
  partHeaderBytes: 2,
  together(out, { bytes, ends }, from, to) {
    let importance = 0;
    for (let i = from; i < to; i++) importance = Math.max(importance, bytes[ends[i - 1] ?? 0]! & 0x60);
    out.byte(importance | 24);
  },
  part(out, bytes, at, first, last) {
    out.byte((bytes[at]! & 0xe0) | 28).byte((first ? 0x80 : 0) | (last ? 0x40 : 0) | (bytes[at]! & 0x1f));
  },
};

/** RFC 7798: aggregation packets (48) and fragmentation units (49). */
export const h265Payload: NalPayload = {
  headerBytes: 2,
  partHeaderBytes: 3,
  together: (out) => void out.byte(48 << 1).byte(1),
  part(out, bytes, at, first, last) {
    const type = (bytes[at]! >> 1) & 0x3f;
    out
      .byte((49 << 1) | (bytes[at]! & 0x81))
      .byte(bytes[at + 1]!)
      .byte((first ? 0x80 : 0) | (last ? 0x40 : 0) | type);
  },
};

/** NAL units of one access unit: small ones share a packet, large ones are cut. */
export function packetizeNals(state: RtpState, timestamp: number, units: NalUnits, payload: NalPayload): PacketBatch {
  const { headerBytes, partHeaderBytes } = payload;
  const { bytes, ends } = units;
  const mostInPart = payloadBytes - partHeaderBytes;
  let most = 0;
  for (let i = 0, from = 0; i < ends.length; i++) {
    most += Math.ceil((ends[i]! - from) / mostInPart);
    from = ends[i]!;
  }
  const out = new PacketWriter(state, timestamp, bytes.length + (partHeaderBytes + 1) * most, most);
  for (let i = 0, from = 0; i < ends.length; ) {
    const end = ends[i]!;
    if (end - from > payloadBytes) {
      cut(out, bytes, from, end, payload, i === ends.length - 1);
      from = end;
      i++;
      continue;
    }
    let to = i + 1;
    let size = headerBytes + 2 + end - from;
    while (to < ends.length && size + 2 + ends[to]! - ends[to - 1]! <= payloadBytes) {
      size += 2 + ends[to]! - ends[to - 1]!;
      to++;
    }
    out.begin();
    if (to === i + 1) out.copy(bytes, from, end);
    else {
      payload.together(out, units, i, to);
      for (let at = from; i < to; i++) {
        const next = ends[i]!;
        out.size16(next - at).copy(bytes, at, next);
        at = next;
      }
    }
    out.end(to === ends.length);
    i = to;
    from = ends[to - 1]!;
  }
  return out.batch();
}

/** A unit too long for one packet, `begin` up to `end` of the bytes. */
function cut(
  out: PacketWriter,
  bytes: Uint8Array,
  begin: number,
  end: number,
  { headerBytes, partHeaderBytes, part }: NalPayload,
  last: boolean,
): void {
  for (let from = begin + headerBytes; from < end; ) {
    const to = Math.min(end, from + payloadBytes - partHeaderBytes);
    out.begin();
    part(out, bytes, begin, from === begin + headerBytes, to === end);
    out.copy(bytes, from, to).end(last && to === end);
    from = to;
  }
}
