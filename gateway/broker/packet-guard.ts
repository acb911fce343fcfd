/**
 * Counts MQTT packets as they come off a socket (MQTT 3.1.1 §2.2), because the parser below keeps a packet until it is
 * whole and a length field may say 256 MB. `accepts` is false once a packet is announced that is over the limit.
 */
export interface PacketGuard {
  accepts(chunk: Buffer): boolean;
  /** Largest packet, its fixed header not counted; may be raised once the sender is known. */
  limitBytes: number;
}

export function createPacketGuard(limitBytes: number): PacketGuard {
  /** Bytes of the present packet's body still to come. */
  let left = 0;
  /** Reading the length field: how many of its bytes were read, and its value so far. `-1`: the type byte is next. */
  let lengthBytes = -1;
  let length = 0;
  return {
    limitBytes,
    accepts(chunk) {
      for (let at = 0; at < chunk.length; ) {
        if (left > 0) {
          const taken = Math.min(left, chunk.length - at);
          left -= taken;
          at += taken;
          continue;
        }
        const byte = chunk[at]!;
        at += 1;
        if (lengthBytes < 0) {
          lengthBytes = 0;
          length = 0;
          continue;
        }
        length += (byte & 0x7f) * 128 ** lengthBytes;
        lengthBytes += 1;
        if (byte & 0x80) {
          if (lengthBytes === 4) return false;
          continue;
        }
        if (length > this.limitBytes) return false;
        left = length;
        lengthBytes = -1;
      }
      return true;
    },
  };
}
