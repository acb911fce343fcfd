/** One picture: its NAL units without start codes, at an instant of the 90 kHz clock that does not wrap. */
export interface AccessUnit {
  /** 1/90,000 s since the first packet. */
  at: number;
  key: boolean;
  nals: Buffer[];
}

/** A picture larger than this is none. */
const largestUnitBytes = 8 << 20;
const mostNals = 4096;

/**
 * RTP packets into pictures (RFC 6184: single, STAP-A and FU-A). A picture with a lost packet is dropped, and all that
 * lean on it until the next key picture.
 */
export function createAccessUnits(payloadType: number, onUnit: (unit: AccessUnit) => void) {
  let lastSequence: number | undefined;
  let lastTimestamp: number | undefined;
  let at = 0;
  let nals: Buffer[] = [];
  let bytes = 0;
  let fragments: Buffer[] | undefined;
  let broken = true;

  const add = (nal: Buffer) => {
    if (nal.length === 0) return;
    nals.push(nal);
    bytes += nal.length;
  };
  const typeOf = (nal: Buffer) => nal[0]! & 0x1f;
  const flush = () => {
    const unit = { at, key: nals.some((nal) => typeOf(nal) === 5), nals };
    nals = [];
    bytes = 0;
    fragments = undefined;
    if (unit.key) broken = false;
    if (unit.nals.length > 0 && !broken) onUnit(unit);
  };
  const lose = () => {
    broken = true;
    nals = [];
    bytes = 0;
    fragments = undefined;
  };

  function take(payload: Buffer) {
    if (payload.length < 2) return;
    const type = payload[0]! & 0x1f;
    if (type >= 1 && type <= 23) add(payload);
    else if (type === 24) {
      for (let offset = 1; offset + 2 <= payload.length; ) {
        const size = payload.readUInt16BE(offset);
        add(payload.subarray(offset + 2, offset + 2 + size));
        offset += 2 + size;
      }
    } else if (type === 28) {
      const header = payload[1]!;
      if (header & 0x80) fragments = [Buffer.from([(payload[0]! & 0xe0) | (header & 0x1f)])];
      if (!fragments) return lose();
      fragments.push(payload.subarray(2));
      bytes += payload.length;
      if (header & 0x40) {
        const whole = Buffer.concat(fragments);
        fragments = undefined;
        bytes -= whole.length;
        add(whole);
      }
    }
    if (bytes > largestUnitBytes || nals.length > mostNals) lose();
  }

  return {
    /** One RTP packet (RFC 3550 §5.1), header included. */
    push(packet: Buffer) {
      if (packet.length < 12 || packet[0]! >> 6 !== 2 || (packet[1]! & 0x7f) !== payloadType) return;
      const sequence = packet.readUInt16BE(2);
      const timestamp = packet.readUInt32BE(4);
      let start = 12 + (packet[0]! & 0x0f) * 4;
      if (packet[0]! & 0x10 && packet.length >= start + 4) start += 4 + packet.readUInt16BE(start + 2) * 4;
      const end = packet.length - (packet[0]! & 0x20 ? packet[packet.length - 1]! : 0);
      if (start > end) return;
      if (lastSequence !== undefined && sequence !== ((lastSequence + 1) & 0xffff)) lose();
      lastSequence = sequence;
      if (lastTimestamp !== undefined && timestamp !== lastTimestamp) {
        // Some cameras forget the marker: another instant is another picture.
        if (nals.length > 0) flush();
        at += Math.max(1, (timestamp - lastTimestamp) | 0);
      }
      lastTimestamp = timestamp;
      take(packet.subarray(start, end));
      if (packet[1]! & 0x80) flush();
    },
  };
}
