/** RTP (RFC 3550) and the payload format of H.264 (RFC 6184), packetised once for all viewers of a stream. */

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
    const bytes = this.bytes.subarray(0, this.at);
    const starts = [...this.starts, this.at];
    const copies = new Map<number, Buffer>([[0, bytes]]);
    return {
      bytes,
      starts,
      firstSequence: this.firstSequence,
      timestamp: this.timestamp,
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
}

const stapA = 24;
const fuA = 28;

/** NAL units of one access unit: small ones share a packet (STAP-A), large ones are cut (FU-A). */
export function packetizeH264(state: RtpState, timestamp: number, nals: readonly Buffer[]): PacketBatch {
  let room = 0;
  let most = 0;
  for (const nal of nals) {
    const pieces = Math.ceil(nal.length / (payloadBytes - 2));
    most += pieces;
    room += nal.length + 3 * pieces;
  }
  const out = new PacketWriter(state, timestamp, room, most);
  for (let i = 0; i < nals.length; ) {
    const nal = nals[i]!;
    if (nal.length > payloadBytes) {
      cut(out, nal, i === nals.length - 1);
      i++;
      continue;
    }
    let together = 1;
    let size = 1 + 2 + nal.length;
    while (i + together < nals.length && size + 2 + nals[i + together]!.length <= payloadBytes)
      size += 2 + nals[i + together++]!.length;
    const last = i + together === nals.length;
    out.begin();
    if (together === 1) out.copy(nal);
    else {
      let importance = 0;
      for (let k = i; k < i + together; k++) importance = Math.max(importance, nals[k]![0]! & 0x60);
      out.byte(importance | stapA);
      for (let k = i; k < i + together; k++) out.size16(nals[k]!.length).copy(nals[k]!);
    }
    out.end(last);
    i += together;
  }
  return out.batch();
}

function cut(out: PacketWriter, nal: Buffer, last: boolean): void {
  const [indicator, type] = [(nal[0]! & 0xe0) | fuA, nal[0]! & 0x1f];
  for (let from = 1; from < nal.length; ) {
    const to = Math.min(nal.length, from + payloadBytes - 2);
    const end = to === nal.length;
    out
      .begin()
      .byte(indicator)
      .byte((from === 1 ? 0x80 : 0) | (end ? 0x40 : 0) | type)
      .copy(nal, from, to)
      .end(last && end);
    from = to;
  }
}
